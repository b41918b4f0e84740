/**
 * Pages of lists of refs.
 */

import type { Ref } from './types.js'

/** A part of a list of refs. */
export interface Page {
  /** The ref after which the page begins; `undefined` for the first page. */
  readonly after: Ref | undefined
  readonly limit: number
}

/** A page, and how many refs the whole list has. */
export interface Paged {
  readonly refs: Ref[]
  readonly total: number
}

/** A page of a complete list; `undefined` if the ref to begin after is not in the list. */
export function pageOf(refs: readonly Ref[], { after, limit }: Page): Paged | undefined {
  const start = after === undefined ? 0 : refs.indexOf(after) + 1
  if (after !== undefined && start === 0) return undefined
  return { refs: refs.slice(start, start + limit), total: refs.length }
}
