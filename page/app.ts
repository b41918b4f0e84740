/**
 * The interface through which the parts of the page use each other.
 */

import type { State } from '../ts/page/protocol.js'
import type { Names } from './names.js'

/** The page, for its parts. */
export interface App {
  /** The latest heads from the server. */
  readonly state: State
  readonly names: Names
  /** The view whose rows are shown. */
  readonly view: string
  /** The selected revision. */
  readonly chosen: string | undefined
  /** Selects a revision; `row` is its row in the view, if known. */
  choose(ref: string, row?: number): void
  /** Compares two revisions; the user is asked for missing ones. */
  compare(from?: string, to?: string): void
  /** Shows an error. */
  failed(error: unknown): void
}
