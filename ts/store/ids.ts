/**
 * Ids of revisions in a user's store, and their form for the addon.
 */

import type { Ref } from '../base/types.js'

/** Whether a store can use this id, which is part of the texts of descendants. */
export function isId(ref: Ref): boolean {
  return ref !== '' && ref.isWellFormed()
}

/** Ancestors as the addon takes them: a single one, the usual case, without an array. */
export function namesOf(ancestors: readonly Ref[]): Ref | readonly Ref[] {
  const [only] = ancestors
  return only !== undefined && ancestors.length === 1 ? only : ancestors
}
