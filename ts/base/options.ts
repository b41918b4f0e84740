/**
 * The options of the members of a database, and the types of merges and streams.
 */

import type { DiffOptions, MergeOptions } from './json.js'
import type { Callback, Meta, Ref, Revision } from './types.js'

/** Of a call that can run long. */
export interface SignalOptions {
  /** Ends the call, which rejects with the signal's reason. A write under way may still happen. */
  readonly signal?: AbortSignal | undefined
}

/** Of a call that makes a revision. */
export interface MetaOptions {
  /**
   * Stands beside the data in the revision, and is part of what its ref hashes; `{}` is none.
   *
   * @default that of `createDB`, under which it is laid otherwise
   */
  readonly meta?: Meta | undefined
}

/** Which branches or remotes to list, in the order of the UTF-8 bytes of their names. */
export interface HeadListOptions extends SignalOptions {
  /**
   * The beginning of their names.
   *
   * @default ''
   */
  readonly prefix?: string | undefined
  /** They come after this name, which need not be there: the last one of the page before. */
  readonly after?: string | undefined
  /**
   * How many at most.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
}

/** Options of `putMany`: how it moves the head. */
export interface MoveOptions extends SignalOptions {
  /**
   * The write happens only if the head is this (`null`: if there is none), else it is
   * `HISTO_HEAD_CONFLICT`. Left out: whatever the head is.
   */
  readonly previousHead?: Ref | null
  /**
   * Whether the head moves to the new revision; `false` cannot stand beside `previousHead`.
   *
   * @default true
   */
  readonly moveHead?: boolean | undefined
}

/** Options of `put`: how it moves the head, and the revision's meta. */
export interface PutOptions extends MoveOptions, MetaOptions {}

/** Options of `restore`: what the head must be, and the meta of the revision that it makes. */
export interface RestoreOptions
  extends Pick<MoveOptions, 'previousHead'>,
    SignalOptions,
    MetaOptions {}

/** Options of `merge`: its signal, and the meta of the revision that it makes. */
export interface RevisionMergeOptions extends SignalOptions, MetaOptions {}

/** Options of `update`. */
export interface UpdateOptions extends SignalOptions, MetaOptions {
  /**
   * Whether nothing is written where the canonical data stays the same; the call then returns the head.
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
   * Whether the data is read. Without it a revision is `{ ref, ancestors }`, and bodies are neither read nor
   * parsed: what was erased is no failure then.
   *
   * @default true
   */
  readonly data?: boolean | undefined
  /**
   * Whether only first ancestors are followed: what the branch was, without what was merged into it.
   *
   * @default false
   */
  readonly firstParent?: boolean | undefined
}

/** A revision without its data, as `history({ data: false })` reads it. */
export type RevisionHeader = Omit<Revision<unknown>, 'data'>

/** How `writeStream` reads. */
export interface WriteStreamOptions extends SignalOptions {
  /**
   * Most bytes of revisions that may wait for their ancestors; more is `HISTO_TOO_LARGE`.
   *
   * @default 268435456
   */
  readonly maxPendingBytes?: number | undefined
}

/** A revision on its way in through a stream. */
export interface StreamItem<T> {
  /** Checked against the revision where it is given. */
  readonly ref?: Ref | undefined
  readonly ancestors: readonly Ref[]
  readonly data: T
  readonly meta?: Meta | undefined
}

/**
 * A callback that somebody else's code calls: with an error as the first argument, or with nothing
 * or `null` and the result.
 */
export type Answer<R> = (error?: unknown, result?: R) => void

/** A simple-stream: calls back with one item at a time, and with `undefined` at the end. */
export interface SimpleStream<R> {
  read(callback: Answer<R>): unknown
  abort?(callback: Answer<void>): unknown
}

/**
 * A simple-stream source that can be iterated as well. `read` and `abort` work detached, and without
 * a callback they return promises. Reads that overlap are served in order; after an error, an
 * abort or the end every `read` returns the end.
 */
export interface StreamSource<R> {
  /** The next item; `undefined` at the end. */
  read(): Promise<R | undefined>
  read(callback: Callback<R | undefined>): void
  /** Ends the stream: reads that wait and later ones return the end. */
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

/** Gives new data for a head's; `(undefined, null)` where there is no head. */
export type Change<Out, In = Out> = (data: Out | undefined, ref: Ref | null) => In | Promise<In>

/** The data that a merge starts from. */
export interface MergeInput<T> {
  /** Of the common ancestor with the smallest ref; `undefined` where the histories share nothing. */
  readonly base: T | undefined
  /** Of every best common ancestor, in the order of `mergeBases`; the first is `base`. */
  readonly bases: readonly T[]
  /** Of the head. */
  readonly ours: T
  /** Of the ref to be merged. */
  readonly theirs: T
  /** The revisions that the data is of. Not enumerable. */
  readonly refs: MergeRefs
  /**
   * The data of the merge of all bases, as git's recursive strategy makes it and `merge3` of `histo-revisions/json`
   * merges; where bases conflict the value of the first in order stands. `undefined` where there is no base. Not
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

/** How `db.diff` tells differences. */
export interface RevisionDiffOptions extends DiffOptions, SignalOptions {}

/** Which moves of heads to iterate. */
export interface LogOptions {
  /**
   * The moves of this branch alone.
   *
   * @default all branches
   */
  readonly branch?: string | undefined
  /**
   * Most moves to answer.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
  /** The `id` of a move: only older ones. */
  readonly before?: string | undefined
  /** Ends it with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** What moved a head. */
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
  /** Sorts by time, also among the moves of one moment. */
  readonly id: string
  /** ISO 8601, by the clock of the process that made the move. Never before that of an older move. */
  readonly time: string
  readonly branch: string
  /** Where the head was, `null` where there was none. Not there where a `horizon` cut that revision away. */
  readonly from?: Ref | null
  /** Where it went, `null` where it was taken away. Not there as with `from`. */
  readonly to?: Ref | null
  /** `'put'` also for `putMany`, `update` and `restore`. */
  readonly action: LogAction
  /** How many moves an undo or redo took at once; not there for one. */
  readonly steps?: number
  /** The database that asked for it over HTTP. */
  readonly remote?: string
}

/** How far `undo` and `redo` go. */
export interface TravelOptions extends SignalOptions {
  /**
   * How many moves.
   *
   * @default 1
   */
  readonly steps?: number | undefined
  /** What the head must be, `null` for none; else `HISTO_HEAD_CONFLICT`. */
  readonly previousHead?: Ref | null
}

/** Which changes of a value to iterate. */
export interface ChangesOptions extends SignalOptions {
  /**
   * Most changes to answer.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
}

/** A revision that changed a value. Values that are not there are `undefined`. */
export interface ValueChange {
  readonly ref: Ref
  /** The revision's meta; not there where it has none. */
  readonly meta?: Meta
  /** In its first ancestor. */
  readonly before: unknown
  /** In the revision. */
  readonly after: unknown
}

/**
 * Gives the data of the revision that joins two histories. Written as a method, whose parameters are compared
 * both ways, so that a database with further members in its data can be read as one with fewer.
 */
export type Resolve<Out, In = Out> = {
  resolve(input: MergeInput<Out>): In | Promise<In>
}['resolve']

/** The outcome of a `merge`, and the head after it. */
export interface MergeResult {
  /** The head had it already, the head moved down to it, or a revision joins both. */
  readonly kind: 'up-to-date' | 'fast-forward' | 'merge'
  readonly ref: Ref
}
