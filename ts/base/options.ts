/**
 * The options of the members of a database, and the types of merges and streams.
 */

import type { DiffOptions, MergeOptions } from './json.js'
import type { Callback, Meta, Ref, Revision } from './types.js'

/** Options of a call that may take long. */
export interface SignalOptions {
  /** Ends the call, which rejects with the signal's reason. A write that has begun may still happen. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a call that makes a revision. */
export interface MetaOptions {
  /**
   * Stored beside the data in the revision, and hashed into its ref; `{}` is none. Its members override those of the
   * `meta` of `createDB`.
   *
   * @default that of `createDB`
   */
  readonly meta?: Meta | undefined
}

/** Which branches or remotes to list, in the order of the UTF-8 bytes of their names. */
export interface HeadListOptions extends SignalOptions {
  /**
   * The beginning of the names.
   *
   * @default ''
   */
  readonly prefix?: string | undefined
  /** Only names after this one, which need not exist: the last name of the previous page. */
  readonly after?: string | undefined
  /**
   * Most names to return.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
}

/** Options of `putMany`: how it moves the head. */
export interface MoveOptions extends SignalOptions {
  /**
   * Writes only if the head is this (`null`: if there is none), or else fails with
   * `HISTO_HEAD_CONFLICT`. Left out: whatever the head is.
   */
  readonly previousHead?: Ref | null
  /**
   * Whether the head moves to the new revision; `false` cannot be combined with `previousHead`.
   *
   * @default true
   */
  readonly moveHead?: boolean | undefined
}

/** Options of `put`: how it moves the head, and the revision's meta. */
export interface PutOptions extends MoveOptions, MetaOptions {}

/** Options of `restore`: the expected head, and the meta of the new revision. */
export interface RestoreOptions
  extends Pick<MoveOptions, 'previousHead'>,
    SignalOptions,
    MetaOptions {}

/** Options of `merge`: its signal, and the meta of the new revision. */
export interface RevisionMergeOptions extends SignalOptions, MetaOptions {}

/** Options of `update`. */
export interface UpdateOptions extends SignalOptions, MetaOptions {
  /**
   * Whether to write nothing if the canonical data stays the same; the call then returns the head.
   *
   * @default false
   */
  readonly ifChanged?: boolean | undefined
}

/** One of the revisions that `putMany` writes. */
export interface PutItem<T> extends MetaOptions {
  readonly data: T
  /** Left out: the item before it, or the head for the first. */
  readonly ancestors?: readonly Ref[] | undefined
}

/** Which part of a history to iterate. */
export interface HistoryOptions extends SignalOptions {
  /**
   * Most revisions to return.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
  /** A ref or several: they and what they reach are left out. */
  readonly until?: Ref | readonly Ref[]
  /**
   * Whether the data is read. With `false` a revision is `{ ref, ancestors, meta? }`; data is neither read nor
   * parsed, so erased data is not an error.
   *
   * @default true
   */
  readonly data?: boolean | undefined
  /**
   * Whether only first ancestors are followed: the branch's own line, without what was merged into it.
   *
   * @default false
   */
  readonly firstParent?: boolean | undefined
}

/** A revision without its data, as `history({ data: false })` reads it. */
export type RevisionHeader = Omit<Revision<unknown>, 'data'>

/** Options of `writeStream`. */
export interface WriteStreamOptions extends SignalOptions {
  /**
   * Most bytes of revisions that may wait for their ancestors; more are `HISTO_TOO_LARGE`.
   *
   * @default 268435456
   */
  readonly maxPendingBytes?: number | undefined
}

/** A revision that a stream brings. */
export interface StreamItem<T> {
  /** Checked against the revision, if given. */
  readonly ref?: Ref | undefined
  readonly ancestors: readonly Ref[]
  readonly data: T
  readonly meta?: Meta | undefined
}

/**
 * A callback for users' code to call: with an error as the first argument, or with `null` or `undefined`
 * and the result.
 */
export type Answer<R> = (error?: unknown, result?: R) => void

/** A simple-stream: calls back with one item at a time, and with `undefined` at the end. */
export interface SimpleStream<R> {
  read(callback: Answer<R>): unknown
  abort?(callback: Answer<void>): unknown
  /** Not called; says that what can also be iterated has the same items. */
  [Symbol.asyncIterator]?(): AsyncIterator<R>
}

/**
 * A simple-stream source that can also be iterated. `read` and `abort` work detached, and without
 * a callback they return promises. Overlapping reads are served in order; after an error, an
 * abort or the end every `read` returns the end.
 */
export interface StreamSource<R> {
  /** The next item; `undefined` at the end. */
  read(): Promise<R | undefined>
  read(callback: Callback<R | undefined>): void
  /** Ends the stream: pending and later reads return the end. */
  abort(): Promise<void>
  abort(callback: Callback<void>): void
  [Symbol.asyncIterator](): AsyncIterableIterator<R>
}

/** The stream of `createStream`. */
export type RevisionSource<T> = StreamSource<Revision<T>>

/** A stream that `writeStream` can read. */
export type RevisionStream<T> =
  | SimpleStream<StreamItem<T>>
  | Iterable<StreamItem<T>>
  | AsyncIterable<StreamItem<T>>

/** Returns the new data for a head's data; gets `(undefined, null)` if there is no head. */
export type Change<Out, In = Out> = (data: Out | undefined, ref: Ref | null) => In | Promise<In>

/** The data that a merge starts from. */
export interface MergeInput<T> {
  /** Of the best common ancestor with the smallest ref; `undefined` if the histories share nothing. */
  readonly base: T | undefined
  /** Of every best common ancestor, in the order of `mergeBases`; the first is `base`. */
  readonly bases: readonly T[]
  /** Of the head. */
  readonly ours: T
  /** Of the ref that is merged. */
  readonly theirs: T
  /** The revisions that the data is of. Not enumerable. */
  readonly refs: MergeRefs
  /**
   * Returns the data of the merge of all bases, as in git's recursive strategy, by `merge3` of `histo-revisions/json`.
   * If bases conflict, the value of the first in order is taken. `undefined` if there is no base. Not
   * enumerable.
   */
  readonly virtualBase: (options?: MergeOptions) => Promise<T | undefined>
}

/** The revisions that a merge joins. */
export interface MergeRefs {
  /** As `mergeBases` has them. */
  readonly bases: readonly Ref[]
  readonly ours: Ref
  readonly theirs: Ref
}

/** Options of `db.diff`. */
export interface RevisionDiffOptions extends DiffOptions, SignalOptions {}

/** Options of `log`. */
export interface LogOptions {
  /**
   * Only the moves of this branch.
   *
   * @default all branches
   */
  readonly branch?: string | undefined
  /**
   * Most moves to return.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
  /** The `id` of a move: returns only older ones. */
  readonly before?: string | undefined
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The kind of call that moved a head. */
export type LogAction =
  | 'put'
  | 'setHead'
  | 'merge'
  | 'fast-forward'
  | 'undo'
  | 'redo'
  | 'delete'
  | 'batch'

/** A move of a head, made by one call. */
export interface LogEntry {
  /** Sorts in the order of the moves, even those with the same time. */
  readonly id: string
  /** ISO 8601, by the clock of the process that made the move. Never earlier than that of an older move. */
  readonly time: string
  readonly branch: string
  /** The head before, `null` if there was none. Absent if a `horizon` cut that revision away. */
  readonly from?: Ref | null
  /** The head after, `null` if it was deleted. Absent as `from` is. */
  readonly to?: Ref | null
  /** `'put'` also for `putMany`, `update` and `restore`. */
  readonly action: LogAction
  /** How many moves an undo or redo covered; absent for one. */
  readonly steps?: number
  /** The database that requested the move over HTTP. */
  readonly remote?: string
}

/** Options of `undo` and `redo`. */
export interface TravelOptions extends SignalOptions {
  /**
   * How many moves to undo or redo.
   *
   * @default 1
   */
  readonly steps?: number | undefined
  /** The expected head, `null` for none; if it differs, the call is `HISTO_HEAD_CONFLICT`. */
  readonly previousHead?: Ref | null
}

/** Options of `changes`. */
export interface ChangesOptions extends SignalOptions {
  /**
   * Most changes to return.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
}

/** A revision that changed a value. Values that do not exist are `undefined`. */
export interface ValueChange {
  readonly ref: Ref
  /** The revision's meta; absent if it has none. */
  readonly meta?: Meta
  /** The value in the first ancestor. */
  readonly before: unknown
  /** The value in the revision. */
  readonly after: unknown
}

/**
 * Returns the data of the revision that joins two histories. Written as a method, whose parameters are compared
 * in both directions, so that a database whose data has more members can be passed where one with fewer is expected.
 */
export type Resolve<Out, In = Out> = {
  resolve(input: MergeInput<Out>): In | Promise<In>
}['resolve']

/** The outcome of a `merge`, and the head after it. */
export interface MergeResult {
  /** The head's history contained the ref already, the head moved to it, or a new revision joins both. */
  readonly kind: 'up-to-date' | 'fast-forward' | 'merge'
  readonly ref: Ref
}
