/**
 * What synchronizing exchanges: the two roles, as users may write them, and what a run reports.
 */

import type {
  Answer,
  RevisionSource,
  SimpleStream,
  StreamItem,
  SyncProgress,
  SyncResult
} from '../base/options.js'
import type { Ref } from '../base/types.js'

/**
 * Where a synchronizer reads: a database or any object with these functions, which call back or
 * return a promise.
 */
export interface Source<T> {
  /** How the target remembers this source; where it is missing, the option `remote` says it. */
  readonly name?: string
  head(callback: Answer<Ref | null>): unknown
  refDifference(
    from: Ref | readonly Ref[] | null,
    to: Ref,
    callback: Answer<readonly Ref[]>
  ): unknown
  createStream(refs: readonly Ref[]): SimpleStream<StreamItem<T>> | AsyncIterable<StreamItem<T>>
  /** Awaited first, where it is there. */
  ready?(): unknown
  /** Where both sides have it, `from` is what both have of the target's heads, else its remote head. */
  has?(refs: readonly Ref[], callback: Answer<readonly boolean[]>): unknown
}

/** Where a synchronizer writes: a database or any object with these functions. */
export interface Target<T> {
  head(callback: Answer<Ref | null>): unknown
  remoteHead(name: string, callback: Answer<Ref | null>): unknown
  writeStream(stream: RevisionSource<T>, callback: Answer<void>): unknown
  setRemoteHead(name: string, ref: Ref, callback: Answer<Ref>): unknown
  /** Awaited first, where it is there. */
  ready?(): unknown
  /** Where it is there, only what the target has not is sent. */
  has?(refs: readonly Ref[], callback: Answer<readonly boolean[]>): unknown
}

/** A run's settings, checked. */
export interface Run {
  /** The option of that name, which is checked once its default, the source's name, is known. */
  readonly remote: unknown
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: SyncProgress) => void
  /** Whether somebody hears of progress, and so may end the run until the last of it is told. */
  readonly isHeard: boolean
  /** Whether a transfer that has tombstones fails. */
  readonly refusesTombstones: boolean
}

/** What was sent, in revisions and bytes. */
export type Sent = Omit<SyncResult, 'head'>
