/**
 * The seam between the documented API and what stores revisions.
 *
 * Holds the `Engine` interface and the types that cross it. `ts/embedded` implements it over the
 * native engine (a path or memory), `ts/store` over stores of the user's. Arguments arrive here validated; refs of any string.
 */

import type { Awaitable } from './base/awaitable.js'
import type { Operation } from './base/json.js'
import type {
  ChangedAt,
  DiffRules,
  MergedRefs,
  MergedTexts,
  MergeRules
} from './base/json-rules.js'
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

/** Data on its way in: the text that `JSON.stringify` made, or bytes that nobody else writes to. */
export type Payload = string | Uint8Array

/** One revision to be written; without `ancestors` it follows the head, or the item before it. */
export interface Draft {
  readonly payload: Payload
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
  /** `undefined`: whatever it was; `null`: there must be none; else what it must be. */
  readonly previousHead: Ref | null | undefined
  readonly moveHead: boolean
  /** Ends the waits for a store of the user's. An engine whose writes always end may ignore it. */
  readonly signal?: AbortSignal | undefined
  readonly by?: MovedBy | undefined
  /**
   * Whether it is tried again where it loses: no later write is chained on it, whose caller never asked for it.
   *
   * @default false
   */
  readonly isAttempt?: boolean
}

/** What the log says of a move, where that is not what the write is called. */
export interface MovedBy {
  readonly action: 'merge' | 'fast-forward'
  /** The remote database that asked for it. */
  readonly remote?: string | undefined
}

/** Undoes moves of a head, or makes them again. */
export interface Travel {
  readonly way: 'undo' | 'redo'
  /** How many moves, from 1 on. */
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

/** Some of the moves that were asked for. */
export interface LogPart {
  readonly entries: readonly LogEntry[]
  /** The `before` of the next part; `undefined` at the end. */
  readonly next: string | undefined
}

/** One operation of a batch. */
export type HeadOperation = {
  readonly branch: string
  /** As of a move of a head. */
  readonly previousHead: Ref | null | undefined
} & (
  | { readonly type: 'put'; readonly draft: Draft }
  | { readonly type: 'setHead'; readonly ref: Ref }
  | { readonly type: 'deleteBranch' }
)

/** A revision that a stream brings, its data as payload; `ref` is checked where it is given. */
export interface Arrival {
  readonly ref: Ref | undefined
  readonly ancestors: readonly Ref[]
  readonly payload: Payload
  /** As of a draft. */
  readonly meta?: string | undefined
}

/** Takes in revisions in any order and writes each once its ancestors are there. */
export interface ReorderBuffer {
  /** Verifies a batch and writes what it completes. Rejects with what was wrong; nothing of the batch is written then. */
  add(batch: readonly Arrival[]): Promise<void>
  /** Resolves when all is written; `HISTO_MISSING_ANCESTOR` where something waits still. */
  finish(): Promise<void>
  /** Drops the revisions that wait; those written stay. */
  abort(): void
}

/** Where `history` walks: from `to` down, or from several, without what `until` reaches. */
export interface HistoryRange {
  readonly to: Tips
  readonly until: readonly Ref[]
  /** Most revisions to return; `Infinity` for all. */
  readonly limit: number
  /** Whether the data is read too. */
  readonly withData: boolean
}

/** One revision of a history; without `data` where that was not asked for. */
export interface HistoryStep extends RevisionHeader {
  readonly data?: unknown
}

/** How an engine takes in the history of another one. */
export interface Receiving {
  readonly signal: AbortSignal | undefined
  /** Called after each batch: revisions and bytes of payloads so far, and how many revisions come in all. */
  readonly onBatch: (revisions: number, bytes: number, total: number) => void
  /** Whether nothing is taken in where some of it comes without its data, which was erased. */
  readonly refusesTombstones: boolean
}

/**
 * What there is of a revision's data: nothing, the data, or a place without it: it was `'erased'` here, and stays so
 * for whatever comes from elsewhere, or where its place came from: a `'tombstone'`, which is filled in.
 */
export type Holding = 'nothing' | 'data' | 'erased' | 'tombstone'

/** Revisions that an engine has taken in, and bytes of their payloads. */
export interface Received {
  readonly revisions: number
  readonly bytes: number
  /** How many of them came without their data; not there where none did. */
  readonly tombstones?: number
}

/** Who follows work over a whole database. */
export interface Watching {
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: UpkeepProgress) => void
}

/** Where a backup goes, and the branch whose head it has where no others are known. */
export interface BackupPlace {
  readonly branch: string
  /** The folder, from the root on. */
  readonly path: string
  /** `undefined`: the database's. */
  readonly name: string | undefined
}

/** Says which revisions may be deleted. Checked already. */
export interface Pruning {
  /** In ms since 1970. */
  readonly now: number
  /** In ms. */
  readonly grace: number
  readonly dryRun: boolean
  readonly keep: readonly Ref[]
  /** Cuts away all that these reach, but not themselves. */
  readonly before: readonly Ref[] | undefined
  /** Cuts away revisions at least this many steps from each head, remote head and ref of `keep`. */
  readonly depth: number | undefined
  /** Whether what no remote head reaches is cut away too. */
  readonly force: boolean
}

/** How a prune is run. */
export interface PruningRun {
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: PruneProgress) => void
  /** Gets each revision that goes, before its ancestors. */
  readonly onFound: ((ref: Ref) => void) | undefined
}

/** A head that moved; `null`: there was, or is, none. */
export interface MovedHead {
  /** `heads/<branch>` or `remotes/<name>`. */
  readonly key: string
  readonly from: Ref | null
  readonly to: Ref | null
}

/** Which heads moved. */
export interface HeadMoves {
  /** To be given to the next call. */
  readonly mark: number
  /** In order; `undefined` where they are not known: all heads are to be looked at. */
  readonly moves: readonly MovedHead[] | undefined
}

/** Where an engine stands: every part of it is asked only once it is open. */
export interface EngineState {
  /** Whether calls can be made at once; until then all but the writes wait for `opened()`. */
  readonly isOpen: boolean
  /** The database's name; `undefined` until it is open. */
  readonly name: string | undefined
  /** Of a database on a path. */
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
  /** The heads of branches or of remotes whose names are in a range, in its order; all as of one moment. */
  heads(space: HeadSpace, range: NameRange, signal?: AbortSignal): Awaitable<NamedRef[]>
  /** Whether `heads` works. */
  readonly listsHeads: boolean
  /** Whether `heads` costs what is in the range, and not what there is. */
  readonly listsByRange: boolean
  /** Moves of heads from the log, newest first. */
  logPart(question: LogQuestion): Awaitable<LogPart>
  /**
   * Returns the heads that moved since the call that gave `mark`; without one, since the database was opened,
   * before any of its own writes. Costs what moved.
   */
  movedSince(mark?: number): HeadMoves
  /** Whether `movedSince` knows of the moves of other writers too, without `onForeignChange`. */
  readonly seesAllMoves: boolean
  /**
   * Calls `notify` soon after another writer, such as another process, may have moved a head, until the
   * returned function is called. Absent where there is no other writer. Does not keep the process alive.
   */
  readonly onForeignChange?: ((notify: () => void) => () => void) | undefined

  /** The decoded data of a revision: what `JSON.parse` gives, or a `Uint8Array`. */
  get(ref: Ref): Awaitable<unknown>
  getMany(refs: readonly Ref[], signal: AbortSignal | undefined): Awaitable<unknown[]>
  /** The data of a revision as it is put: JSON text, or bytes. */
  payload(ref: Ref, signal: AbortSignal | undefined): Awaitable<Payload>
  revision(ref: Ref): Awaitable<Revision<unknown>>
  revisions(refs: readonly Ref[]): Awaitable<Revision<unknown>[]>
  /** Revisions without their data, which is not parsed. */
  headers(refs: readonly Ref[], signal?: AbortSignal): Awaitable<HistoryStep[]>
  /** Which of `refs` have a place here, with their data or without it. */
  has(refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]>
  /**
   * Revisions whose ref begins with `digits`, at most `most`, in no order. Looks at each revision. Absent where
   * refs cannot be listed.
   */
  readonly refsStartingWith?:
    | ((digits: string, most: number, signal: AbortSignal | undefined) => Promise<Ref[]>)
    | undefined
  /** Returns whether the data of each of `refs` is here. Absent where nothing is erased: `has` then says it. */
  dataOf?(refs: readonly Ref[], signal?: AbortSignal): Awaitable<Holding[]>
  /** The erased revisions, ancestors first: all, or only tombstones from elsewhere, whose data is wanted. */
  tombstones?(onlyElsewhere: boolean): Awaitable<Ref[]>
  /** A number that changes whenever `tombstones` may; 0 where nothing was ever deleted. */
  tombstonesVersion?(): number
  /** The JSON Patch between the data of revisions, of nothing where `from` is `null`. Optional, as the next two. */
  differences?(from: Ref | null, to: Ref, rules: DiffRules): Awaitable<Operation[]>
  /** The merge of the data of revisions; `null` where some is binary. */
  mergedTexts?(refs: MergedRefs, rules: MergeRules): Awaitable<MergedTexts | null>
  /** Those of `refs` whose value at the place that `keys` lead to differs from that in each ancestor, at most `limit`. */
  changedAt?(refs: readonly Ref[], keys: readonly string[], limit: number): Awaitable<ChangedAt>
}

/** Moves heads and adds revisions. Writes take effect in the order of the calls. */
export interface EngineWrites {
  put(branch: string, draft: Draft, move: HeadMove): Promise<Ref>
  /** Whether `putMany` takes runs too. `false` where it is missing. */
  readonly takesRuns?: boolean
  /** Takes each draft when it is ready for it, all before it returns; throws what iterating throws. */
  putMany(branch: string, drafts: Iterable<Draft | DraftRun>, move: HeadMove): Promise<Ref[]>
  setHead(
    branch: string,
    ref: Ref,
    previousHead: Ref | null | undefined,
    signal?: AbortSignal,
    by?: MovedBy
  ): Promise<Ref>
  /** Undoes moves of the branch's head, or makes them again; where the head is then. */
  travel(branch: string, travel: Travel): Promise<Ref | null>
  deleteBranch(branch: string, previousHead: Ref | null | undefined): Promise<void>
  /**
   * Does operations in order, each over what those before it made, all or none. Resolves with the ref that each wrote
   * or set, `null` for a deletion; rejects with the error of one, its `index` the number of that one.
   */
  batch(operations: readonly HeadOperation[], signal?: AbortSignal): Promise<(Ref | null)[]>
  setRemoteHead(name: string, ref: Ref): Promise<Ref>
  /**
   * Sets and forgets remote heads: in one commit where the store can swap many at once, else one after the other, in
   * order. What is to be forgotten and is not there is success.
   */
  setRemoteHeads(moves: readonly RemoteMove[]): Promise<void>
  deleteRemote(name: string): Promise<void>
}

/** Questions to the graph. */
export interface EngineQuestions {
  ancestors(ref: Ref): Awaitable<Ref[]>
  /** What some of `to` reach and none of `from` does, newest first. */
  refDifference(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Awaitable<Ref[]>
  /**
   * A part of `refDifference`, where that is cheaper than all of it. `undefined` if the page's start is not in
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
   * Which of `refs` are here, or at a boundary, and reached by one of `tips`, in order. Fails with `HISTO_NOT_FOUND`
   * only if one of `tips` is not here.
   */
  reachedBy(tips: Tips, refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]>
  /** Newest first, in batches, each fetched when it is asked for. */
  history(range: HistoryRange, signal: AbortSignal | undefined): AsyncIterable<HistoryStep[]>
  /** Which of `refs` were here and were cut away. Absent where no history is cut away. */
  wasCut?(refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]>
}

/** A revision, or several. */
export type Tips = Ref | readonly Ref[]

/** A remote head to be set, or where there is no ref, forgotten. */
export interface RemoteMove {
  readonly name: string
  readonly ref: Ref | null
}

/** Needed for synchronizing, beside reads and questions. */
export interface EngineTransfer {
  /** Starts to take in a stream's revisions; `maxPendingBytes` bounds what waits for ancestors. */
  reorderBuffer(maxPendingBytes: number): ReorderBuffer
  /** The engine's own ends of binary streams, if it has them. */
  readonly wire?: WireEnds
  /** Revisions as they travel, in order, where that is cheaper than to make values of them. */
  items?(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<WireItem[]>
  /** Set discovery of the engine's own, see `discovery.ts`; `ask` returns one answer a ref. */
  discover?(tips: readonly Ref[], ask: Ask, signal: AbortSignal | undefined): Promise<Discovered>
  /**
   * As `refDifference`, for a receiver that has all that `from` reaches. Where history was cut away the result
   * may hold some of that. Absent where no history is cut away.
   */
  toSend?(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Awaitable<Ref[]>
  /**
   * The latest revisions that no other one names, as far as they are known. Those that an interrupted
   * transfer left are among them, though no head names them.
   */
  recentTips?(): Awaitable<Ref[]>
  /**
   * Everything that `tips` reach and none of `bounds` does, newest first; `null` if that is more than `most` or
   * takes long to find out. All of them must be there.
   */
  ownRefs?(tips: readonly Ref[], bounds: readonly Ref[], most: number): Awaitable<Ref[] | null>
  /**
   * The revisions that are known to be damaged and would be written anew if they came from elsewhere,
   * ancestors first. `has` returns `false` for them. Absent where nothing can be healed.
   */
  damaged?(): Ref[]
  /**
   * Takes in `heads` and all that they reach from another engine of this process without a stream; moves no
   * head. `undefined` if `other` is of another kind.
   */
  receiveFrom?(
    other: EngineTransfer,
    heads: readonly Ref[],
    options: Receiving
  ): Promise<Received> | undefined
}

/** Work over the whole database, and giving space back. */
export interface EngineUpkeep {
  /** Checks everything; where heads cannot be listed, what the head of `branch` reaches. */
  verify(branch: string, watching: Watching): Promise<VerifyReport>
  stats(): Promise<DatabaseStats>
  /** How many revisions there are, at once; `null` where they would have to be counted. */
  revisionCount(): number | null
  /** Copies everything; the copy is on the disk for good. */
  backup(place: BackupPlace, watching: Watching): Promise<BackupResult>
  /** Erases the data of revisions, none twice, and keeps their places, and their metas unless `meta`: all or none. */
  erase(refs: readonly Ref[], meta: boolean): Promise<void>
  prune(pruning: Pruning, run: PruningRun): Promise<PruneResult>
  compact(): Promise<CompactResult>
}

/**
 * Stores revisions, and computes over their graph. Branches are named, since many share one engine.
 * Code that needs only a part asks for that interface alone.
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
   * Of the history that was asked about, the other side has what these reach, and nothing else. Over an
   * embedded engine none of them reaches another.
   */
  readonly common: Ref[]
  /** How often `ask` was called. */
  readonly rounds: number
  /** About how many refs. */
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

/** A revision that a binary stream brought, not written yet; without `payload` where its data was erased. */
export type CameItem = Omit<WireItem, 'payload'> & { readonly payload?: Payload }

/** Says when a stream's next batch may be made, where there is not room for all that streams could take. */
export interface Pace {
  /**
   * Resolves when there is room for a batch, with the bytes of the largest payload that it may have. `wants`
   * is what the next payload has, where that was more.
   */
  next(wants: number | undefined): Promise<number>
  /** Bytes that are made and wait to be taken. The next call of `next` takes them. */
  made(bytes: number): void
}

/** How a binary stream of revisions is made. */
export interface WireOptions {
  readonly signal: AbortSignal | undefined
  /** Whether its batches of 4 KiB and more are compressed (zstd) where that makes them smaller. */
  readonly compress: boolean
  /** Whether the other side takes metas; else what has one ends the stream with `HISTO_PROTOCOL`. `true` where it is missing. */
  readonly metas?: boolean | undefined
  /** Whether texts go as changes of earlier ones, for a side that takes that. Takes up to 8 MiB on both sides. `false` where it is missing. */
  readonly changes?: boolean | undefined
  /** Whether they go as changes of those outside of it that the other side has, where the engine can. `false` where it is missing. */
  readonly bases?: boolean | undefined
  /** Called after each batch: revisions and bytes of payloads so far, and how many revisions come in all. */
  readonly onBatch?: (revisions: number, bytes: number, total: number) => void
  readonly pace?: Pace
}

/** The name and ref that a remote's head is remembered by. */
export interface RemoteHead {
  readonly name: string
  readonly ref: Ref
}

/** How a binary stream of revisions is taken in. */
export interface TakeOptions {
  readonly signal: AbortSignal | undefined
  /** Most bytes of a revision's payload. */
  readonly maxRevisionBytes: number
  /** Most bytes of the whole stream, decompressed. */
  readonly maxBytes: number
  /** Whether its texts may come as changes of earlier ones, of which 8 MiB are kept. `true` where it is missing. */
  readonly changes?: boolean
  /** Whether they may come as changes of those here, for an engine with `wire`. `false` where it is missing. */
  readonly bases?: boolean
  /** Most bytes of what waits for ancestors: 256 MiB where it is missing. */
  readonly maxPendingBytes?: number
  /** Called after each commit: revisions and bytes of payloads so far. */
  readonly onBatch?: (revisions: number, bytes: number) => void
  /** Sees the revisions of each batch before any of them is written; throws where one is refused. */
  readonly judge?: ((items: readonly CameItem[]) => Promise<void>) | undefined
  /** Whether a stream fails that has revisions without their data, which was erased. */
  readonly refusesTombstones?: boolean
  /**
   * A remote head that is set when the stream has come whole, where the engine can in the commit of the
   * last batch: both or neither.
   */
  readonly remote?: RemoteHead | undefined
}

/** The ends of binary streams of revisions at an engine that needs no values for them. */
export interface WireEnds {
  /** Revisions that some of `to` reach and none of `from` does, ancestors first. */
  difference(from: readonly Ref[], to: Tips, options: WireOptions): AsyncIterable<Uint8Array>
  refs(refs: readonly Ref[], options: WireOptions): AsyncIterable<Uint8Array>
  take(chunks: AsyncIterable<Uint8Array>, options: TakeOptions): Promise<Received>
}
