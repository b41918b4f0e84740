/**
 * The interface between the public API and the engines that store revisions.
 *
 * Holds the `Engine` interface and its types. `ts/embedded` implements it over the
 * native engine (a path or memory), `ts/store` over users' stores. Arguments are already validated; a ref may be any string.
 */

import type { Awaitable } from './base/awaitable.js'
import type { Operation } from './base/json.js'
import type { DiffRules, HeldText, MergedRefs, MergedTexts, MergeRules } from './base/json-rules.js'
import type { HeadSpace, NamedRef, NameRange } from './base/names.js'
import type { LogEntry, RevisionHeader } from './base/options.js'
import type { Page, Paged } from './base/pages.js'
import type {
  BackupResult,
  CompactResult,
  DatabaseStats,
  PruneProgress,
  PruneResult,
  UpkeepProgress,
  VerifyReport
} from './base/reports.js'
import type { Ref, Revision } from './base/types.js'

export type { Awaitable }

/** Data to be written: the text that `JSON.stringify` made, or bytes that nobody else modifies. */
export type Payload = string | Uint8Array

/** One revision to be written; without `ancestors` it follows the head, or the item before it. */
export interface Draft<P = Payload> {
  readonly payload: P
  /** The JSON text of the meta, an object with members. */
  readonly meta?: string | undefined
  readonly ancestors: readonly Ref[] | undefined
}

/** Revisions of JSON data alone, to be written as drafts of each: the text of the array of their data. */
export interface DraftRun {
  readonly array: string
  readonly count: number
}

/** How a write moves the head of its branch. */
export interface HeadMove {
  /** The expected head; `null`: none; `undefined`: any. */
  readonly previousHead: Ref | null | undefined
  readonly moveHead: boolean
  /** Ends waits for a user's store. An engine whose writes always end may ignore it. */
  readonly signal?: AbortSignal | undefined
  readonly by?: MovedBy | undefined
  /**
   * Whether it is tried again where it loses: no later write is chained on it, whose caller never asked for it.
   *
   * @default false
   */
  readonly isAttempt?: boolean
}

/** Whether a write stands in the chain of its branch. */
export function isChained({ moveHead, isAttempt = false }: HeadMove): boolean {
  return moveHead && !isAttempt
}

/** How the log names a move, if not by the name of the write. */
export interface MovedBy {
  readonly action: 'merge' | 'fast-forward' | 'delete'
  /** The remote database that requested it. */
  readonly remote?: string | undefined
}

/** An undo or redo of moves of a head. */
export interface Travel {
  readonly way: 'undo' | 'redo'
  /** How many moves, at least 1. */
  readonly steps: number
  readonly previousHead: Ref | null | undefined
  readonly signal: AbortSignal | undefined
}

/** Asks for moves of heads, newest first. */
export interface LogQuestion {
  /** `undefined`: all branches. */
  readonly branch: string | undefined
  /** Only older moves than the one of this id. */
  readonly before: string | undefined
  /** Most moves. */
  readonly limit: number
}

/** A part of the requested moves. */
export interface LogPart {
  readonly entries: readonly LogEntry[]
  /** The `before` of the next part; `undefined` at the end. */
  readonly next: string | undefined
}

/** One operation of a batch. */
export type HeadOperation = {
  readonly branch: string
  /** As in `HeadMove`. */
  readonly previousHead: Ref | null | undefined
} & (
  | { readonly type: 'put'; readonly draft: Draft }
  | { readonly type: 'setHead'; readonly ref: Ref }
  | { readonly type: 'deleteBranch' }
)

/** A revision that a stream brings, with its data as payload; `ref` is checked if given. */
export interface Arrival {
  readonly ref: Ref | undefined
  readonly ancestors: readonly Ref[]
  readonly payload: Payload
  /** As in `Draft`. */
  readonly meta?: string | undefined
}

/** Accepts revisions in any order and writes each once its ancestors exist. */
export interface ReorderBuffer {
  /** Verifies a batch and writes the revisions whose ancestors exist. If it rejects, nothing of the batch is written. */
  add(batch: readonly Arrival[]): Promise<void>
  /** Resolves when all is written; `HISTO_MISSING_ANCESTOR` if a revision still waits for ancestors. */
  finish(): Promise<void>
  /** Drops the revisions that wait; those that were written stay. */
  abort(): void
}

/** The range of a `history`: from one or more `to` down, without what `until` reaches. */
export interface HistoryRange {
  readonly to: Tips
  readonly until: readonly Ref[]
  /** Most revisions to return; `Infinity` for all. */
  readonly limit: number
  /** Whether to read the data too. */
  readonly withData: boolean
}

/**
 * A history by numbers, which mean something only here: for drawing millions of revisions. Sees the graph as it was when
 * it was opened.
 */
export interface Outline {
  /**
   * The next revisions, at most `count`, descendants before ancestors; none at the end. For each: its number, the number
   * of its ancestors, and the numbers of these. Throws `HISTO_SHALLOW` at the end if more was cut away.
   */
  next(count: number): Awaitable<Uint32Array>
  /** Some of them, each as `next` returns it. */
  lines(numbers: Uint32Array): Uint32Array
  refs(numbers: Uint32Array): Ref[]
  /** The number that a revision has in this graph, whether or not the history reaches it. */
  numberOf(ref: Ref): Awaitable<number | null>
  close(): void
}

/** One revision of a history; without `data` if that was not requested. */
export interface HistoryStep extends RevisionHeader {
  readonly data?: unknown
}

/** The changes that a search asks for: of the value at the place given by `keys`, in the history of `to`. */
export interface ChangesRange {
  readonly to: Ref
  readonly keys: readonly string[]
  /** Most changes to return; `Infinity` for all. */
  readonly limit: number
}

/** A revision whose value at a place differs from that in each of its ancestors; `before` is the first one's. */
export interface ChangedValue {
  readonly ref: Ref
  readonly before: unknown
  readonly after: unknown
}

/** How an engine receives the history of another one. */
export interface Receiving {
  readonly signal: AbortSignal | undefined
  /** Called after each batch with the revisions and payload bytes so far, and the total of revisions. */
  readonly onBatch: (revisions: number, bytes: number, total: number) => void
  /** Whether to refuse the whole history if it contains tombstones. */
  readonly refusesTombstones: boolean
}

/**
 * How much of a revision exists here: nothing, its data, or its place without data. The data was either `'erased'` here,
 * and is not accepted from elsewhere, or erased where the revision came from: then it is a `'tombstone'`, and the data is
 * accepted.
 */
export type Holding = 'nothing' | 'data' | 'erased' | 'tombstone'

/** The data of a revision in memory, to be taken in pieces; it must be closed. */
export interface OpenPayload {
  /** In bytes. */
  readonly size: number
  /** Whether it is binary data; else it is JSON text in UTF-8. */
  readonly isBinary: boolean
  /** Bytes from number `from` on, at most `count`. */
  piece(from: number, count: number): Uint8Array
  close(): void
}

/** Revisions that an engine has received, and bytes of their payloads. */
export interface Received {
  readonly revisions: number
  readonly bytes: number
  /** How many of them came without their data; absent for none. */
  readonly tombstones?: number
}

/** Progress callback and signal for work over a whole database. */
export interface Watching {
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: UpkeepProgress) => void
}

/** The target of a backup, and the branch to copy if heads cannot be listed. */
export interface BackupPlace {
  readonly branch: string
  /** The absolute path of the folder. */
  readonly path: string
  /** `undefined`: the database's. */
  readonly name: string | undefined
}

/** Which revisions to delete; already checked. */
export interface Pruning {
  /** In ms since 1970. */
  readonly now: number
  /** In ms. */
  readonly grace: number
  readonly dryRun: boolean
  readonly keep: readonly Ref[]
  /** Cuts away all that these reach, except themselves. */
  readonly before: readonly Ref[] | undefined
  /** Cuts away revisions at least this many steps from each head, remote head and ref of `keep`. */
  readonly depth: number | undefined
  /** Whether to cut away also what no remote head reaches. */
  readonly force: boolean
}

/** How a prune is run. */
export interface PruningRun {
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: PruneProgress) => void
  /** Called with each revision that is deleted, before its ancestors. */
  readonly onFound: ((ref: Ref) => void) | undefined
}

/** A head that moved; `null` means none before, or none now. */
export interface MovedHead {
  /** `heads/<branch>` or `remotes/<name>`. */
  readonly key: string
  readonly from: Ref | null
  readonly to: Ref | null
}

/** The heads that moved. */
export interface HeadMoves {
  /** To be passed to the next call. */
  readonly mark: number
  /** The moves in order; `undefined` if not known, so that all heads must be read. */
  readonly moves: readonly MovedHead[] | undefined
}

/** The state of an engine. All other parts are called only once it is open. */
export interface EngineState {
  /** Whether calls can be made at once; before that all except writes wait for `opened()`. */
  readonly isOpen: boolean
  /** The database's name; `undefined` until it is open. */
  readonly name: string | undefined
  /** The folder of a database on a path. */
  readonly path?: string | undefined
  /** Whether it refuses all writes. */
  readonly isReadOnly?: boolean
  /**
   * Resolves when open, and when the head of `branch` is known; rejects with the error that opening
   * ended in. Never an unhandled rejection.
   */
  opened(branch?: string): Promise<void>
  /** Waits for writes in flight and frees everything; may be called twice. */
  close(): Promise<void>
}

/** Heads and revisions, as they are. */
export interface EngineReads {
  /** The head at once; throws `HISTO_NOT_READY` before it is known. */
  headNow(branch: string): Ref | null
  head(branch: string): Awaitable<Ref | null>
  remoteHead(name: string): Awaitable<Ref | null>
  /** The heads of branches or of remotes whose names are in a range, in order; all as of one moment. */
  heads(space: HeadSpace, range: NameRange, signal?: AbortSignal): Awaitable<NamedRef[]>
  /** Whether `heads` works. */
  readonly listsHeads: boolean
  /** Whether the cost of `heads` depends on the range, and not on the number of all heads. */
  readonly listsByRange: boolean
  /** Whether there is a log, so that `logPart` works. */
  readonly hasLog: boolean
  /** Moves of heads from the log, newest first. */
  logPart(question: LogQuestion): Awaitable<LogPart>
  /**
   * Returns the heads that moved since the call that returned `mark`; without it, since the database was opened,
   * before any of its own writes. The cost is proportional to the moves.
   */
  movedSince(mark?: number): HeadMoves
  /** Whether `movedSince` also knows the moves of other writers, without `onForeignChange`. */
  readonly seesAllMoves: boolean
  /**
   * Calls `notify` soon after another writer, such as another process, may have moved a head, until the
   * returned function is called. Absent if there is no other writer. Does not keep the process alive.
   */
  readonly onForeignChange?: ((notify: () => void) => () => void) | undefined

  /** The decoded data of a revision: what `JSON.parse` returns, or a `Uint8Array`. */
  get(ref: Ref): Awaitable<unknown>
  getMany(refs: readonly Ref[], signal: AbortSignal | undefined): Awaitable<unknown[]>
  /** The data of a revision in the form in which it is put: JSON text, or bytes. */
  payload(ref: Ref, signal: AbortSignal | undefined): Awaitable<Payload>
  /** Bytes of the payload of a revision, which is not read. Absent, as the next one, if the engine always reads it whole. */
  payloadSize?(ref: Ref): Awaitable<number>
  /** Reads a payload without holding the event loop. */
  openPayload?(ref: Ref, signal: AbortSignal | undefined): Promise<OpenPayload>
  revision(ref: Ref): Awaitable<Revision<unknown>>
  revisions(refs: readonly Ref[]): Awaitable<Revision<unknown>[]>
  /** Revisions without their data, which is not parsed. */
  headers(refs: readonly Ref[], signal?: AbortSignal): Awaitable<HistoryStep[]>
  /** Whether each of `refs` exists here, with its data or without it. */
  has(refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]>
  /**
   * Revisions whose ref begins with `digits`, at most `most`, in no order. Scans all revisions. Absent if
   * refs cannot be listed.
   */
  readonly refsStartingWith?:
    | ((digits: string, most: number, signal: AbortSignal | undefined) => Promise<Ref[]>)
    | undefined
  /** Returns how much of each of `refs` exists here. Absent if the engine cannot erase: then `has` is enough. */
  dataOf?(refs: readonly Ref[], signal?: AbortSignal): Awaitable<Holding[]>
  /** The revisions without data, ancestors first: all, or only tombstones from elsewhere, whose data is wanted. */
  tombstones?(onlyElsewhere: boolean): Awaitable<Ref[]>
  /** A number that changes whenever `tombstones` may change; 0 if nothing was ever deleted. */
  tombstonesVersion?(): number
  /** The JSON Patch from the data of `from` (`null`: nothing) to that of `to`. Optional, as the next one. */
  differences?(from: Ref | null, to: Ref, rules: DiffRules): Awaitable<Operation[]>
  /** The merge of the data of revisions; `null` if some is binary. */
  mergedTexts?(refs: MergedRefs, rules: MergeRules): Awaitable<MergedTexts | null>
}

/** Moves heads and adds revisions. Writes take effect in the order of the calls. */
export interface EngineWrites {
  put(branch: string, draft: Draft, move: HeadMove): Promise<Ref>
  /** As `put`, for a text of `mergedTexts`. */
  putHeld?(branch: string, draft: Draft<HeldText>, move: HeadMove): Promise<Ref>
  /** Whether `putMany` takes runs too. `false` if left out. */
  readonly takesRuns?: boolean
  /** Takes each draft when it is ready for it, all of them before it returns; rethrows what iterating throws. */
  putMany(branch: string, drafts: Iterable<Draft | DraftRun>, move: HeadMove): Promise<Ref[]>
  /**
   * Puts the payload of `ref` again, which is read in its turn among the writes. Absent where a payload is read at the
   * call. What fails the reading fails this write alone, and none that is chained on it.
   */
  restore?(branch: string, ref: Ref, meta: string | undefined, move: HeadMove): Promise<Ref>
  setHead(
    branch: string,
    ref: Ref,
    previousHead: Ref | null | undefined,
    signal?: AbortSignal,
    by?: MovedBy
  ): Promise<Ref>
  /** Undoes or redoes moves of the branch's head; returns the new head. */
  travel(branch: string, travel: Travel): Promise<Ref | null>
  deleteBranch(branch: string, previousHead: Ref | null | undefined, by?: MovedBy): Promise<void>
  /**
   * Does operations in order, each on the result of those before it, all or none. Resolves with the ref that each wrote
   * or set, `null` for a deletion; rejects with the error of one, whose `index` is its number.
   */
  batch(operations: readonly HeadOperation[], signal?: AbortSignal): Promise<(Ref | null)[]>
  setRemoteHead(name: string, ref: Ref): Promise<Ref>
  /**
   * Sets and deletes remote heads: in one commit if the store can swap many at once, otherwise one after the other, in
   * order. Deleting a missing one succeeds.
   */
  setRemoteHeads(moves: readonly RemoteMove[]): Promise<void>
  deleteRemote(name: string): Promise<void>
}

/** Graph queries. */
export interface EngineQuestions {
  ancestors(ref: Ref): Awaitable<Ref[]>
  /** The revisions that some of `to` and none of `from` reach, newest first. */
  refDifference(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Awaitable<Ref[]>
  /**
   * A page of `refDifference`, present if that is cheaper than all of it. `undefined` if the page's start is not in
   * the difference.
   */
  differencePage?(
    from: readonly Ref[],
    to: Ref,
    page: Page,
    signal: AbortSignal | undefined
  ): Awaitable<Paged | undefined>
  mergeBases(ref1: Ref, ref2: Ref, signal: AbortSignal | undefined): Awaitable<Ref[]>
  isAncestor(ancestor: Ref, descendant: Ref, signal: AbortSignal | undefined): Awaitable<boolean>
  /**
   * Whether each of `refs` exists here, or is at a boundary, and is reached by one of `tips`. Fails with
   * `HISTO_NOT_FOUND` only if one of `tips` does not exist.
   */
  reachedBy(tips: Tips, refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]>
  /** The history, newest first, in batches, each read when it is requested. */
  history(range: HistoryRange, signal: AbortSignal | undefined): AsyncIterable<HistoryStep[]>
  /** The history of `to` by numbers. Absent if the engine has no graph in memory. */
  readonly outline?: ((to: readonly Ref[]) => Awaitable<Outline>) | undefined
  /**
   * The changes of a value, newest first, in parts, each searched for when it is requested; a part may be empty. Absent if
   * the engine cannot compare texts.
   */
  changes?(
    range: ChangesRange,
    signal: AbortSignal | undefined
  ): AsyncIterable<readonly ChangedValue[]>
  /** Whether each of `refs` existed and was cut away. Absent if the engine cuts no history away. */
  wasCut?(refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]>
}

/** A revision, or several. */
export type Tips = Ref | readonly Ref[]

/** A remote head to be set, or deleted if there is no ref. */
export interface RemoteMove {
  readonly name: string
  readonly ref: Ref | null
}

/** The calls for synchronizing, besides reads and queries. */
export interface EngineTransfer {
  /** Starts to receive the revisions of a stream; `maxPendingBytes` bounds those that wait for ancestors. */
  reorderBuffer(maxPendingBytes: number): ReorderBuffer
  /** The engine's own ends of binary streams, if it has them. */
  readonly wire?: WireEnds
  /** Revisions in the form of binary streams, in order; present if that is cheaper than to make values of them. */
  items?(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<WireItem[]>
  /** The engine's own set discovery, see `discovery.ts`; `ask` returns one answer for each ref. */
  discover?(tips: readonly Ref[], ask: Ask, signal: AbortSignal | undefined): Promise<Discovered>
  /**
   * As `refDifference`, for a receiver that has all that `from` reaches. If history was cut away, the result
   * may contain some of what `from` reaches. Absent if the engine cuts no history away.
   */
  toSend?(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Awaitable<Ref[]>
  /**
   * The latest revisions that no other revision names, as far as known. They include those that an interrupted
   * transfer left, although no head names them.
   */
  recentTips?(): Awaitable<Ref[]>
  /**
   * Everything that `tips` and none of `bounds` reach, newest first; `null` if that is more than `most` revisions or
   * takes long to compute. All of the given refs must exist.
   */
  ownRefs?(tips: readonly Ref[], bounds: readonly Ref[], most: number): Awaitable<Ref[] | null>
  /**
   * The revisions that are known to be damaged and would be repaired if they came from elsewhere,
   * ancestors first. `has` returns `false` for them. Absent if the engine cannot repair.
   */
  damaged?(): Ref[]
  /**
   * Receives `heads` and all that they reach from another engine of this process without a stream; moves no
   * head. Returns `undefined` if `other` is of another kind.
   */
  receiveFrom?(
    other: EngineTransfer,
    heads: readonly Ref[],
    options: Receiving
  ): Promise<Received> | undefined
}

/** Work over the whole database, and freeing space. */
interface EngineUpkeep {
  /** Checks everything; if heads cannot be listed, only what the head of `branch` reaches. */
  verify(branch: string, watching: Watching): Promise<VerifyReport>
  stats(): Promise<DatabaseStats>
  /** Returns the number of revisions at once; `null` if they would have to be counted. */
  revisionCount(): number | null
  /** Copies everything; the copy is synced to the disk. */
  backup(place: BackupPlace, watching: Watching): Promise<BackupResult>
  /** Erases the data of distinct revisions, all or none. Keeps their places, and their metas unless `meta` is set. */
  erase(refs: readonly Ref[], meta: boolean): Promise<void>
  prune(pruning: Pruning, run: PruningRun): Promise<PruneResult>
  compact(): Promise<CompactResult>
}

/**
 * Stores revisions, and computes over their graph. Calls name the branch, since many branches share one engine.
 * Code that needs only a part uses the interface of that part.
 */
export interface Engine
  extends EngineState,
    EngineReads,
    EngineWrites,
    EngineQuestions,
    EngineTransfer,
    EngineUpkeep {}

/** Returns which of some refs the other side has, in order. */
export type Ask = (refs: readonly Ref[]) => Promise<readonly boolean[]>

/** Revisions that both sides have. */
export interface Discovered {
  /**
   * Of the history in question, the other side has exactly what these reach. Over an embedded engine none of them
   * reaches another.
   */
  readonly common: Ref[]
  /** How many times `ask` was called. */
  readonly rounds: number
  /** How many refs it was asked about. */
  readonly asked: number
}

/** One revision of a binary stream. */
export interface WireItem {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly payload: Payload
  /** The JSON text of the meta, an object with members. */
  readonly meta?: string | undefined
}

/** A revision that a binary stream brought and that is not yet written; without `payload` if its data was erased. */
export type ReceivedItem = Omit<WireItem, 'payload'> & { readonly payload?: Payload }

/** Says when a stream's next batch may be made, so that all streams together stay within the available room. */
export interface Pace {
  /**
   * Resolves when there is room for a batch, with the bytes of the largest payload that it may have. `wants`
   * is the size of the next payload if that was larger than allowed.
   */
  next(wants: number | undefined): Promise<number>
  /** Reports bytes that were made and not yet taken. The next call of `next` means that they were taken. */
  made(bytes: number): void
}

/** How a binary stream of revisions is made. */
export interface WireOptions {
  readonly signal: AbortSignal | undefined
  /** Whether to compress batches of 4 KiB and more (zstd) if that makes them smaller. */
  readonly compress: boolean
  /** Whether the other side accepts metas; if not, a revision with one ends the stream with `HISTO_PROTOCOL`. Default `true`. */
  readonly metas?: boolean | undefined
  /** Whether texts may be sent as changes of earlier ones, for a side that accepts that. Uses up to 8 MiB on both sides. Default `false`. */
  readonly changes?: boolean | undefined
  /** Whether texts may be sent as changes of texts outside the stream that the other side has, if the engine can. Default `false`. */
  readonly bases?: boolean | undefined
  /** Called after each batch with the revisions and payload bytes so far, and the total of revisions. */
  readonly onBatch?: (revisions: number, bytes: number, total: number) => void
  readonly pace?: Pace
}

/** The name of a remote and the ref of its head. */
export interface RemoteHead {
  readonly name: string
  readonly ref: Ref
}

/** How a binary stream of revisions is received. */
export interface TakeOptions {
  readonly signal: AbortSignal | undefined
  /** Most bytes of a revision's payload. */
  readonly maxRevisionBytes: number
  /** Most bytes of the whole stream, decompressed. */
  readonly maxBytes: number
  /** Whether texts may come as changes of earlier ones, of which 8 MiB are kept. Default `true`. */
  readonly changes?: boolean
  /** Whether texts may come as changes of texts in this engine, if it has `wire`. Default `false`. */
  readonly bases?: boolean
  /** Most bytes of revisions that wait for ancestors. Default 256 MiB. */
  readonly maxPendingBytes?: number
  /** Called after each commit with the revisions and payload bytes so far. */
  readonly onBatch?: (revisions: number, bytes: number) => void
  /** Called with the revisions of each batch before any of them is written; throws to refuse one. */
  readonly judge?: ((items: readonly ReceivedItem[]) => Promise<void>) | undefined
  /** Whether to refuse a stream with tombstones. */
  readonly refusesTombstones?: boolean
  /**
   * Remote heads that are set when the stream has come whole, where the engine can in the commit of the
   * last batch: all or nothing.
   */
  readonly remotes?: readonly RemoteHead[] | undefined
}

/** Binary streams of revisions, for an engine that needs no JavaScript values for them. */
export interface WireEnds {
  /** A stream of the revisions that some of `to` and none of `from` reach, ancestors first. */
  difference(from: readonly Ref[], to: Tips, options: WireOptions): AsyncIterable<Uint8Array>
  refs(refs: readonly Ref[], options: WireOptions): AsyncIterable<Uint8Array>
  take(chunks: AsyncIterable<Uint8Array>, options: TakeOptions): Promise<Received>
}
