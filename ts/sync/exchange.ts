/**
 * The two roles in synchronizing, as users may write them, and a run's settings and result.
 */

import type { Answer, RevisionSource, SimpleStream, StreamItem } from '../base/options.js'
import type { Selection } from '../base/selection.js'
import type { SyncProgress, SyncResult } from '../base/sync-options.js'
import type { Ref } from '../base/types.js'

/**
 * The side that a synchronizer reads from: a database or any object with these functions, which call back or return a
 * promise.
 */
export interface Source<T> {
  /** The name under which the target records this source's head; without it the option `remote` is needed. */
  readonly name?: string
  head(callback: Answer<Ref | null>): unknown
  refDifference(
    from: Ref | readonly Ref[] | null,
    to: Ref,
    callback: Answer<readonly Ref[]>
  ): unknown
  createStream(refs: readonly Ref[]): SimpleStream<StreamItem<T>> | AsyncIterable<StreamItem<T>>
  /** Awaited first, if present. */
  ready?(): unknown
  /**
   * Needed for many branches: the heads by name of those branches whose names begin with `prefix`.
   */
  branches?(
    options: { readonly prefix: string },
    callback: Answer<Readonly<Record<string, Ref>>>
  ): unknown
  /** If both sides have it, `from` is the part of the target's heads that both have; otherwise its remote head. */
  has?(refs: readonly Ref[], callback: Answer<readonly boolean[]>): unknown
}

/** The side that a synchronizer writes to: a database or any object with these functions. */
export interface Target<T> {
  head(callback: Answer<Ref | null>): unknown
  remoteHead(name: string, callback: Answer<Ref | null>): unknown
  writeStream(stream: RevisionSource<T>, callback: Answer<void>): unknown
  setRemoteHead(name: string, ref: Ref, callback: Answer<Ref>): unknown
  /** Awaited first, if present. */
  ready?(): unknown
  /** If present, only what the target lacks is sent. */
  has?(refs: readonly Ref[], callback: Answer<readonly boolean[]>): unknown
}

/** A run's settings, checked. */
export interface Run {
  /** The option `remote`; checked once its default, the source's name, is known. */
  readonly remote: unknown
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: SyncProgress) => void
  /** Whether progress is reported to a caller, who may abort the run at any report, even the last. */
  readonly isHeard: boolean
  /** Whether to refuse a transfer with tombstones. */
  readonly refusesTombstones: boolean
  /** The selected branches; `undefined` for a run of one branch. */
  readonly branches: Selection | undefined
  /** Whether to delete the remote heads of deleted branches. */
  readonly prune: boolean
}

/** The amount sent, in revisions and bytes. */
export type Sent = Pick<SyncResult, 'revisions' | 'bytes' | 'tombstones'>

/** The settings of a run over many branches. */
export interface ManyRun extends Run {
  readonly branches: Selection
  /** Called before remote heads are pruned; returns those that stay, so that a later run tries again. */
  readonly willPrune?: (pruned: ReadonlyMap<string, Pruned>) => Promise<Iterable<string>>
}

/** The evidence that a branch was deleted: the source's log, or `kept`: the source has no log, but still has the branch's revisions. */
export type Deletion = 'logged' | 'kept'

/** A remote head that was pruned. */
export interface Pruned {
  readonly ref: Ref
  readonly by: Deletion
}

/** The result of a run over many branches. */
export interface ManyResult extends SyncResult {
  readonly heads: Readonly<Record<string, Ref>>
  readonly deleted: readonly string[]
  /** The remote heads that it pruned, by branch. */
  readonly pruned: ReadonlyMap<string, Pruned>
}
