/**
 * Sides of a synchronizer that run the exchange with a database of this process themselves, such as remote
 * databases.
 */

import type { SyncResult } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { Run } from './exchange.js'

/** The member that marks such a side. */
export const runs: unique symbol = Symbol('runs')

/** The member of a watch that resolves once it is subscribed and misses nothing after; absent if that is at once. */
export const begun: unique symbol = Symbol('begun')

/** The runs of such a side. */
export interface Runs {
  /** As the source: brings its head to `handle`. */
  pullInto(handle: Handle, run: Run): Promise<SyncResult>
  /** As the target: brings the head of `handle` there. */
  pushFrom(handle: Handle, run: Run): Promise<SyncResult>
  /** The head that the last `pushFrom` saw, and whether `setHead` can move it. */
  lastSeen(): HeadSeen
}

/** A head as it was seen last. */
export interface HeadSeen {
  readonly head: Ref | null
  /** Why it cannot move at all. */
  readonly fixed?: 'never' | 'no-setHead'
}

/** Returns the runs of a side that runs by itself. */
export function runsOf(side: object): Runs | undefined {
  return runs in side ? (side[runs] as Runs) : undefined
}
