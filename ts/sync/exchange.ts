/**
 * What synchronizing exchanges: the two roles, as users may write them, and what a run reports.
 */

import type {
  Answer,
  RevisionSource,
  SignalOptions,
  SimpleStream,
  StreamItem
} from '../base/options.js'
import type { TombstonesPolicy } from '../base/tombstones.js'
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
}

/** How a synchronizer lives on. */
export interface LiveOptions extends SyncOptions {
  /** Called with what ended a run that is tried again. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** What a run did. */
export interface SyncResult {
  /** The source's head, now the target's remote head; `null` where the source has none. */
  readonly head: Ref | null
  /** Revisions sent. */
  readonly revisions: number
  /** Of the data sent: the UTF-8 of its JSON, binary data as it is; without refs and ancestors. */
  readonly bytes: number
  /** How many of these revisions came without their data, which was erased; not there where none did. */
  readonly tombstones?: number
}

/** A run's settings, checked. */
export interface Run {
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: SyncProgress) => void
  /** Whether somebody hears of progress, and so may end the run until the last of it is told. */
  readonly isHeard: boolean
  /** Whether a transfer that has tombstones fails. */
  readonly refusesTombstones: boolean
}

/** What was sent, in revisions and bytes. */
export type Sent = Omit<SyncResult, 'head'>
