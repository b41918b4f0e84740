/**
 * What can be the id of a revision in a user's store, and how the addon takes them.
 */

import type { Ref } from '../base/types.js'

/** Whether a store can have an id: it stands in the texts of descendants, as it is. */
export function isId(ref: Ref): boolean {
  return ref !== '' && ref.isWellFormed()
}

/** Ancestors as the addon takes them: a single one, as nearly all revisions have it, by itself. */
export function namesOf(ancestors: readonly Ref[]): Ref | readonly Ref[] {
  const [only] = ancestors
  return only !== undefined && ancestors.length === 1 ? only : ancestors
}
