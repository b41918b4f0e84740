/**
 * The options and results of synchronizers, `pull` and `push`.
 */

import type { MergeResult, Resolve, SignalOptions } from './options.js'
import type { BranchSelection } from './selection.js'
import type { TombstonesPolicy } from './tombstones.js'
import type { Ref } from './types.js'

/** How far a run is. */
export interface SyncProgress {
  /** First the refs to send are determined; then the revisions are sent. */
  readonly phase: 'difference' | 'revisions'
  readonly done: number
  readonly total: number
  /** Of the data sent so far, as `SyncResult` counts them. */
  readonly bytes: number
}

/** Options of a synchronizer. */
export interface SyncOptions extends SignalOptions {
  /** Called at the start and the end of each phase and now and then in between; an exception ends the run. */
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined
  /**
   * The name under which the target records the source's head.
   *
   * @default source.name
   */
  readonly remote?: string | undefined
  /**
   * Whether to refuse (`HISTO_DENIED`) a transfer with tombstones: revisions whose data was erased in the database they
   * come from.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * Carries many branches in one exchange: `true` for all branches of the source, the beginning of their names, an array
   * of names, or a function that returns `true` for the names to carry. Remote heads are then `<name>` for `main`
   * and `<name>/<branch>` for others. Left out: only the source's own branch.
   */
  readonly branches?: BranchSelection
  /**
   * With `branches`: whether to delete the remote heads of branches that the source reports as deleted. Nothing is deleted
   * if the source has no branch at all, or reports no deletion, like another database of the same name.
   *
   * @default false
   */
  readonly prune?: boolean | undefined
}

/** How a synchronizer lives on. */
export interface LiveOptions extends SyncOptions {
  /** Called with what ended a run that is tried again. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** The outcome of a run. */
export interface SyncResult {
  /**
   * The source's head, now the target's remote head; `null` if the source has none, or with `branches` if its own
   * branch was not selected.
   */
  readonly head: Ref | null
  /** Revisions sent. */
  readonly revisions: number
  /** Bytes of the data sent: the UTF-8 of its JSON, binary data as it is; without refs and ancestors. */
  readonly bytes: number
  /** How many of these revisions were tombstones, without their erased data; absent for none. */
  readonly tombstones?: number
  /** With `branches`: the heads that this run set, by branch; without a prototype. */
  readonly heads?: Readonly<Record<string, Ref>>
  /** With `branches`: the branches whose remote heads were pruned. */
  readonly deleted?: readonly string[]
}

/** Options of `pull` and `push`: those of a synchronizer, and how to merge. */
export interface RoundTripOptions<Out, In = Out> extends Omit<SyncOptions, 'branches' | 'prune'> {
  /** Returns the data of a revision that joins both histories, as for `merge`; `'json'` merges data as JSON. Left out: no merge. */
  readonly resolve?: Resolve<Out, In> | 'json' | undefined
}

/** Options of `pull` and `push` of many branches. */
export interface BranchesOptions<Out, In = Out>
  extends RoundTripOptions<Out, In>,
    Pick<SyncOptions, 'prune'> {
  /** As for a synchronizer. */
  readonly branches: BranchSelection
}

/** The outcome of one branch of a `pull` or `push`. */
export interface BranchOutcome {
  /**
   * The receiving branch contained the revision already, moved to it, moved to a merge of both, was deleted, or did not
   * move or go, as `reason` explains.
   */
  readonly kind: 'up-to-date' | 'fast-forward' | 'merge' | 'deleted' | 'unmoved'
  /** The head afterwards; for a push, that of the pushing database; `null` if there is none. */
  readonly ref: Ref | null
  /** For a push, as in `PushResult`. */
  readonly reason?: 'never' | 'denied' | 'no-setHead'
}

/** The outcome of a `pull` or `push` of many branches. */
export interface BranchesResult extends SyncResult {
  /** By branch; without a prototype. */
  readonly branches: Readonly<Record<string, BranchOutcome>>
  /** The errors of failed branches, by branch; the next call tries them again. Without a prototype. */
  readonly failed: Readonly<Record<string, Error>>
}

/** The outcome of a `pull`. */
export interface PullResult extends SyncResult {
  /** The outcome of the merge; `null` without `resolve`, or if the source has no head. */
  readonly merge: MergeResult | null
}

/** The outcome of a `push`; `head` is the head that was sent to the target. */
export interface PushResult extends SyncResult {
  /** Whether the target's head moved. */
  readonly moved: boolean
  /**
   * Why it did not move although it lacks ours: the server does not let clients move heads
   * (`'never'`), refused it to this client (`'denied'`), or the target has no `setHead`.
   */
  readonly reason?: 'never' | 'denied' | 'no-setHead'
}
