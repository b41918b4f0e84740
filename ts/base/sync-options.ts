/**
 * The options and results of synchronizers, `pull` and `push`.
 */

import type { MergeResult, Resolve, SignalOptions } from './options.js'
import type { BranchSelection } from './selection.js'
import type { TombstonesPolicy } from './tombstones.js'
import type { Ref } from './types.js'

/** How far a run is. */
export interface SyncProgress {
  /** First what is to be sent is found out, in refs; then revisions are sent. */
  readonly phase: 'difference' | 'revisions'
  readonly done: number
  readonly total: number
  /** Of the data sent so far, as `SyncResult` counts them. */
  readonly bytes: number
}

/** How a synchronizer runs. */
export interface SyncOptions extends SignalOptions {
  /** Called at the start and the end of each phase and now and then between; what it throws ends the run. */
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined
  /**
   * The name that the target remembers the source's head by.
   *
   * @default source.name
   */
  readonly remote?: string | undefined
  /**
   * Whether a transfer is refused (`HISTO_DENIED`) that has tombstones: revisions whose data was erased where
   * they come from.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * Brings many branches in one exchange: `true` for all of the source's, the beginning of their names, their names,
   * or a function that returns `true` for the names of those that are meant. Remote heads are then `<name>` for `main`
   * and `<name>/<branch>` for others. Left out: the branch of the source.
   */
  readonly branches?: BranchSelection
  /**
   * With `branches`: whether remote heads go too of branches that the source tells to have deleted. A source without
   * any branch, and one that does not tell, as another database of that name, prunes nothing.
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
   * The source's head, now the target's remote head; `null` where the source has none, and with `branches` where its own
   * branch was not asked for.
   */
  readonly head: Ref | null
  /** Revisions sent. */
  readonly revisions: number
  /** Of the data sent: the UTF-8 of its JSON, binary data as it is; without refs and ancestors. */
  readonly bytes: number
  /** How many of these revisions came without their data, which was erased; not there where none did. */
  readonly tombstones?: number
  /** With `branches`: the heads that this run set, by branch; without a prototype. */
  readonly heads?: Readonly<Record<string, Ref>>
  /** With `branches`: the branches whose remote heads were pruned. */
  readonly deleted?: readonly string[]
}

/** How `pull` and `push` go: as a synchronizer, and whether they merge. */
export interface RoundTripOptions<Out, In = Out> extends Omit<SyncOptions, 'branches' | 'prune'> {
  /** Gives the data of a revision that joins both histories, as for `merge`; `'json'` merges data as JSON. Left out: no merge. */
  readonly resolve?: Resolve<Out, In> | 'json' | undefined
}

/** How `pull` and `push` go over many branches. */
export interface BranchesOptions<Out, In = Out>
  extends RoundTripOptions<Out, In>,
    Pick<SyncOptions, 'prune'> {
  /** As of a synchronizer. */
  readonly branches: BranchSelection
}

/** What became of a branch that `pull` or `push` looked at. */
export interface BranchOutcome {
  /**
   * The branch that was to move had it already, moved to it, moved to a revision that joins both, is deleted, or did not
   * move, which `reason` explains.
   */
  readonly kind: 'up-to-date' | 'fast-forward' | 'merge' | 'deleted' | 'unmoved'
  /** The head afterwards, of a push that of the database that pushed; `null` where there is none. */
  readonly ref: Ref | null
  /** Of a push, as in `PushResult`. */
  readonly reason?: 'never' | 'denied' | 'no-setHead'
}

/** The outcome of a `pull` or `push` of many branches: of those that it looked at. */
export interface BranchesResult extends SyncResult {
  /** By branch; without a prototype. */
  readonly branches: Readonly<Record<string, BranchOutcome>>
  /** What failed, by branch; it is tried again by the next call. Without a prototype. */
  readonly failed: Readonly<Record<string, Error>>
}

/** The outcome of a `pull`. */
export interface PullResult extends SyncResult {
  /** The outcome of the merge; `null` without `resolve`, and where the source has no head. */
  readonly merge: MergeResult | null
}

/** The outcome of a `push`; `head` is the head that the target was sent. */
export interface PushResult extends SyncResult {
  /** Whether the target's head moved. */
  readonly moved: boolean
  /**
   * Why it did not, where it has not all of ours: the server lets no head be moved from outside
   * (`'never'`), refused it to this client (`'denied'`), or the target has no `setHead`.
   */
  readonly reason?: 'never' | 'denied' | 'no-setHead'
}
