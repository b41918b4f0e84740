/**
 * Sides of a synchronizer that run an exchange with a database of this process by themselves, as those
 * do that are reached over a network.
 */

import type { SyncResult } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { Run } from './exchange.js'

/** The member by which such a side is known. */
export const runs: unique symbol = Symbol('runs')

/** The member of a watch that resolves once all is told that moves from then on, where that takes a while. */
export const begun: unique symbol = Symbol('begun')

/** How it runs. */
export interface Runs {
  /** As the source: brings its head to `handle`. */
  pullInto(handle: Handle, run: Run): Promise<SyncResult>
  /** As the target: brings the head of `handle` there. */
  pushFrom(handle: Handle, run: Run): Promise<SyncResult>
  /** What the last `pushFrom` was told of its head, and whether `setHead` can do nothing. */
  lastSeen(): HeadSeen
}

/** A head as it was a moment ago. */
export interface HeadSeen {
  readonly head: Ref | null
  /** Why it cannot move at all. */
  readonly fixed?: 'never' | 'no-setHead'
}

/** How `side` runs, if it does by itself. */
export function runsOf(side: object): Runs | undefined {
  return runs in side ? (side[runs] as Runs) : undefined
}
