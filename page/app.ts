/**
 * What the parts of the page know of each other.
 */

import type { State } from '../ts/page/protocol.js'
import type { Names } from './names.js'

/** The page, as its parts see it. */
export interface App {
  /** The heads as they were told last. */
  readonly state: State
  readonly names: Names
  /** The rows that are shown. */
  readonly view: string
  /** The revision that is chosen. */
  readonly chosen: string | undefined
  /** Chooses a revision; `row` is its row in the view, if that is known. */
  choose(ref: string, row?: number): void
  /** Compares two revisions; those that are left out are asked for. */
  compare(from?: string, to?: string): void
  /** Tells that something failed. */
  failed(error: unknown): void
}
