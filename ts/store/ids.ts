/**
 * What can be the id of a revision in a user's store.
 */

import type { Ref } from '../types.js'

const loneSurrogate = /\p{Surrogate}/u

/** Whether a store can have an id: it stands in the texts of descendants, as it is. */
export function isId(ref: Ref): boolean {
  return ref !== '' && !loneSurrogate.test(ref)
}
