/**
 * Sides of a synchronizer that themselves run the exchange with a database of this process, such as remote
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

/** The runs that such a side implements. */
export interface Runs {
  /** As the source: copies its head to `handle`. */
  pullInto(handle: Handle, run: Run): Promise<SyncResult>
  /** As the target: copies the head of `handle` there. */
  pushFrom(handle: Handle, run: Run): Promise<SyncResult>
  /** As `pullInto`, for many branches. */
  pullManyInto?(handle: Handle, run: ManyRun): Promise<ManyResult>
  /** As `pushFrom`, for many branches. */
  pushManyFrom?(handle: Handle, run: ManyRun): Promise<ManyResult>
  /** Moves heads of branches there forward to those of `handle`, which were sent; returns the outcome of each. */
  moveHeads?(
    handle: Handle,
    changed: Iterable<string>,
    run: ManyRun
  ): Promise<Map<string, HeadMoved>>
  /** Deletes branches there that have these heads. */
  deleteBranches?(
    handle: Handle,
    heads: ReadonlyMap<string, Ref>,
    run: ManyRun
  ): Promise<BranchDeletion>
  /**
   * Those of the `gone` branches, given with their last heads, that are missing there because they were deleted from that
   * head or a later one.
   */
  deletedBranches?(gone: ReadonlyMap<string, Ref>, run: ManyRun): Promise<Iterable<string>>
  /** Yields each time that some branches may have moved. */
  watchMany?(run: ManyRun): AsyncIterator<unknown>
  /** The head that the last `pushFrom` saw, and whether `setHead` can move it. */
  lastSeen(): HeadSeen
}

/**
 * The outcome of moving a head: it moved, contains ours already, has diverged from ours, or cannot
 * move at all.
 */
export type HeadMoved =
  | { readonly is: 'moved' | 'ahead' }
  | { readonly is: 'apart'; readonly there: Ref | null }
  | { readonly is: 'fixed'; readonly reason: NonNullable<BranchOutcome['reason']> }

/** The branches that were deleted, or why none may be. */
export type BranchDeletion =
  | { readonly deleted: ReadonlySet<string> }
  | { readonly reason: NonNullable<BranchOutcome['reason']> }

/** A head as it was last seen. */
export interface HeadSeen {
  readonly head: Ref | null
  /** Why it cannot move at all. */
  readonly fixed?: 'never' | 'no-setHead'
}

/** Returns the runs of a side that runs by itself. */
export function runsOf(side: object): Runs | undefined {
  return runs in side ? (side[runs] as Runs) : undefined
}
