/**
 * Sides of a synchronizer that run the exchange with a database of this process themselves, such as remote
 * databases.
 */

import type { BranchOutcome, SyncResult } from '../base/sync-options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { ManyResult, ManyRun, Run } from './exchange.js'

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
  /** As `pullInto`, of many branches. */
  pullManyInto?(handle: Handle, run: ManyRun): Promise<ManyResult>
  /** As `pushFrom`, of many branches. */
  pushManyFrom?(handle: Handle, run: ManyRun): Promise<ManyResult>
  /** Moves heads of branches there forward to those of `handle`, which were sent; what became of each that was looked at. */
  moveHeads?(
    handle: Handle,
    changed: Iterable<string>,
    run: ManyRun
  ): Promise<Map<string, HeadMoved>>
  /** Deletes branches there that stand at these heads, as far as that is allowed; which of them. */
  deleteBranches?(
    handle: Handle,
    heads: ReadonlyMap<string, Ref>,
    run: ManyRun
  ): Promise<ReadonlySet<string>>
  /** Says each time that some branches may have moved. */
  watchMany?(run: ManyRun): AsyncIterator<unknown>
  /** The head that the last `pushFrom` saw, and whether `setHead` can move it. */
  lastSeen(): HeadSeen
}

/**
 * What became of a head that was to move: it moved, has all of ours already, is neither above nor below ours, or does not
 * move at all.
 */
export type HeadMoved =
  | { readonly is: 'moved' | 'ahead' }
  | { readonly is: 'apart'; readonly there: Ref | null }
  | { readonly is: 'fixed'; readonly reason: NonNullable<BranchOutcome['reason']> }

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
