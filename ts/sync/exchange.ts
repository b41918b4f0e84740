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
  /** The name by which the target remembers this source; without it the option `remote` gives it. */
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
   * Needed for many branches: their heads by name, of those whose names begin with `prefix`.
   */
  branches?(
    options: { readonly prefix: string },
    callback: Answer<Readonly<Record<string, Ref>>>
  ): unknown
  /** If both sides have it, `from` is what both have of the target's heads, else its remote head. */
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
  /** Whether progress is reported to a caller, who may abort the run until its last report. */
  readonly isHeard: boolean
  /** Whether a transfer with tombstones fails. */
  readonly refusesTombstones: boolean
  /** The branches, where they are many. */
  readonly branches: Selection | undefined
  /** Whether remote heads of deleted branches go. */
  readonly prune: boolean
}

/** The amount sent, in revisions and bytes. */
export type Sent = Pick<SyncResult, 'revisions' | 'bytes' | 'tombstones'>

/** The settings of a run over many branches. */
export interface ManyRun extends Run {
  readonly branches: Selection
  /** Called before remote heads are pruned. */
  readonly willPrune?: (pruned: ReadonlyMap<string, Pruned>) => Promise<void>
}

/** How sure it is that a branch was deleted. `kept`: the source has no log, but the revisions that the branch had. */
export type Deletion = 'logged' | 'kept'

/** A remote head that was pruned. */
export interface Pruned {
  readonly ref: Ref
  readonly by: Deletion
}

/** What a run over many branches did. */
export interface ManyResult extends SyncResult {
  readonly heads: Readonly<Record<string, Ref>>
  readonly deleted: readonly string[]
  /** The remote heads that it pruned, by branch. */
  readonly pruned: ReadonlyMap<string, Pruned>
}
