/**
 * What set discovery asks and finds: the seam between `discovery.ts` and an engine that has its own.
 */

import type { Ref } from './base/types.js'

/** Tells which of some refs the other side has, in order. */
export type Ask = (refs: readonly Ref[]) => Promise<readonly boolean[]>

/** What both sides have. */
export interface Discovered {
  /**
   * Of the history that was asked about, the other side has what these reach, and nothing else. Over an
   * embedded engine none of them reaches another.
   */
  readonly common: Ref[]
  /** How often `ask` was called. */
  readonly rounds: number
  /** About how many refs. */
  readonly asked: number
}
