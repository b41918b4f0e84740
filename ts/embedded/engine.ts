/**
 * The embedded engine: the native one over a folder or in memory.
 *
 * Converts and waits; every algorithm is native. Twin of `crates/node/src/exports`.
 */

import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { HistoError } from '../base/errors.js'
import type { Operation } from '../base/json.js'
import type {
  DiffRules,
  HeldText,
  MergedRefs,
  MergedTexts,
  MergeRules
} from '../base/json-rules.js'
import type { HeadSpace, NamedRef, NameRange } from '../base/names.js'
import { type Page, type Paged, pageOf } from '../base/pages.js'
import type {
  BackupResult,
  CompactResult,
  DatabaseStats,
  PruneResult,
  VerifyReport
} from '../base/reports.js'
import type { Ref, Revision } from '../base/types.js'
import {
  type Arrival,
  type Ask,
  type Awaitable,
  type BackupPlace,
  type ChangedValue,
  type ChangesRange,
  type Discovered,
  type Draft,
  type DraftRun,
  type Engine,
  type EngineTransfer,
  type HeadMove,
  type HeadMoves,
  type HeadOperation,
  type HistoryRange,
  type HistoryStep,
  type Holding,
  isChained,
  type LogPart,
  type LogQuestion,
  type MovedBy,
  type OpenPayload,
  type Outline,
  type Payload,
  type Pruning,
  type PruningRun,
  type Received,
  type Receiving,
  type RemoteMove,
  type ReorderBuffer,
  type Tips,
  type Travel,
  type Watching,
  type WireEnds
} from '../engine.js'
import { fromNative, type NativeDatabase, native } from '../native.js'
import * as batch from './batch.js'
import { BatchChains, BranchChain } from './branch-chain.js'
import { readChanges } from './changes.js'
import { discoverNatively, reachedBy } from './discovery.js'
import { differencesOf, mergedTextsOf } from './json.js'
import { logPartOf } from './log.js'
import { backUp, verifyAll } from './maintenance.js'
import { openOutline } from './outline.js'
import { handOverParts } from './parts.js'
import { openPayload } from './payload.js'
import { pruneEmbedded } from './prune.js'
import * as reads from './reads.js'
import { receive } from './transfer.js'
import { freed, type Many, refsOf, someRefsOf, Walks } from './walks.js'
import { watchCommits } from './watch.js'
import { wireEnds } from './wire.js'
import { DiskWrites, MemoryWrites, type Writes } from './writes.js'

/** Most tips that `recentTips` returns. */
const mostRecentTips = 256

/** Greater than the number of names that a database can have. */
const mostNames = 0xffff_ffff

/** Options for opening an embedded database; already checked. */
interface EmbeddedOptions {
  /** The folder; none: in memory. */
  readonly path?: string
  readonly name?: string
  readonly durability: 'sync' | 'relaxed'
  /** @default true */
  readonly deltas?: boolean
  readonly maxRevisionBytes: number
  /**
   * With `path`: opens an existing database, and writes nothing.
   *
   * @default false
   */
  readonly readOnly?: boolean
  /**
   * Days for which the log keeps moves of heads; 0: they are not logged.
   *
   * @default 90
   */
  readonly logDays?: number
}

/** Starts to open a database; in memory it is open at once. */
export function openEmbedded(options: EmbeddedOptions): EmbeddedEngine {
  return new EmbeddedEngine(options)
}

/** An open native database. */
class EmbeddedEngine implements Engine {
  readonly isReadOnly: boolean
  readonly #db: NativeDatabase
  readonly #path: string | undefined
  readonly #writes: Writes
  readonly #opened: Promise<void>
  readonly #chains = new Map<string, BranchChain>()
  readonly #walks: Walks
  #isOpen = false
  #closed: Promise<void> | undefined
  /** Pending prunes. */
  #pruning: Promise<unknown> = Promise.resolve()
  #name: string | undefined

  constructor(options: EmbeddedOptions) {
    const { path, name, durability, deltas = true, maxRevisionBytes } = options
    const { readOnly = false, logDays = 90 } = options
    this.#path = path
    this.isReadOnly = readOnly
    let settle = (): void => undefined
    const opening = {
      ...(path === undefined ? {} : { path }),
      ...(name === undefined ? {} : { name }),
      fallbackName: randomUUID(),
      relaxed: durability === 'relaxed',
      deltas,
      maxRevisionBytes,
      readOnly,
      ...(logDays === 0 ? {} : { logDays })
    }
    this.#db = fromNative(path, () => native.open(opening, () => settle()))
    this.#walks = new Walks(this.#db, path)
    if (path === undefined) {
      this.#writes = new MemoryWrites(this.#db, path)
      this.#opened = Promise.resolve()
      this.#begin()
    } else {
      const writes = new DiskWrites(this.#db, path, readOnly)
      settle = writes.settle
      this.#writes = writes
      this.#opened = writes.opened().then(() => this.#begin())
      this.#opened.catch(() => undefined) // each call reports it
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get name(): string | undefined {
    return this.#name
  }

  get path(): string | undefined {
    return this.#path
  }

  opened(): Promise<void> {
    return this.#opened
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  put(branch: string, draft: Draft, move: HeadMove): Promise<Ref> {
    return this.#put(branch, draft, move)
  }

  putHeld(branch: string, draft: Draft<HeldText>, move: HeadMove): Promise<Ref> {
    return this.#put(branch, draft, move)
  }

  get takesRuns(): boolean {
    return this.#writes.takesParts
  }

  putMany(branch: string, drafts: Iterable<Draft | DraftRun>, move: HeadMove): Promise<Ref[]> {
    const { number, rest } = handOverParts(this.#writes, drafts)
    const chain = this.#chain(branch)
    batch.addPutMany(this.#writes.batch, chain, number, rest, move)
    return this.#writes.submit(move.moveHead ? chain : undefined, move.previousHead)
  }

  setHead(
    branch: string,
    ref: Ref,
    previousHead: Ref | null | undefined,
    _signal?: AbortSignal,
    by?: MovedBy
  ): Promise<Ref> {
    const chain = this.#chain(branch)
    batch.addSetHead(this.#writes.batch, chain, ref, previousHead, by)
    return this.#writes.submit(by === undefined ? chain : undefined, previousHead)
  }

  travel(branch: string, travel: Travel): Promise<Ref | null> {
    const chain = this.#chain(branch)
    batch.addTravel(this.#writes.batch, chain, travel)
    return this.#writes.submit(chain, travel.previousHead)
  }

  logPart(question: LogQuestion): LogPart {
    return this.#ask(() => logPartOf(this.#db, question))
  }

  deleteBranch(branch: string, previousHead: Ref | null | undefined, by?: MovedBy): Promise<void> {
    batch.addDeleteBranch(this.#writes.batch, this.#chain(branch).branch, previousHead, by)
    return this.#writes.submit(undefined, previousHead)
  }

  batch(operations: readonly HeadOperation[]): Promise<(Ref | null)[]> {
    const met = new Set<string>()
    const links = operations.map(({ branch, type }) => {
      const chain = this.#chain(branch)
      // After an earlier operation of the batch on the same branch, it is chained on that operation.
      const follows = chain.follows && !met.has(branch)
      met.add(branch)
      return { branch: chain.branch, follows, chain: type === 'deleteBranch' ? undefined : chain }
    })
    batch.addBatch(this.#writes.batch, links, operations)
    const chains = new BatchChains(links.map(({ chain }) => chain))
    return this.#writes.submit(
      chains,
      operations.map(({ previousHead }) => previousHead)
    )
  }

  setRemoteHead(name: string, ref: Ref): Promise<Ref> {
    batch.addSetRemoteHead(this.#writes.batch, name, ref)
    return this.#writes.submit()
  }

  deleteRemote(name: string): Promise<void> {
    batch.addDeleteRemote(this.#writes.batch, name)
    return this.#writes.submit()
  }

  async setRemoteHeads(moves: readonly RemoteMove[]): Promise<void> {
    batch.addSetRemoteHeads(this.#writes.batch, moves)
    await this.#writes.submit()
  }

  erase(refs: readonly Ref[], meta: boolean): Promise<void> {
    batch.addErase(this.#writes.batch, refs, meta)
    return this.#writes.submit()
  }

  async compact(): Promise<CompactResult> {
    batch.addCompact(this.#writes.batch)
    const [before, after] = await this.#writes.submit<readonly [number, number]>()
    return { before, after }
  }

  prune(pruning: Pruning, run: PruningRun): Promise<PruneResult> {
    const pruned = pruneEmbedded(this.#writes, pruning, run)
    this.#pruning = Promise.allSettled([this.#pruning, pruned])
    return pruned
  }

  headNow(branch: string): Ref | null {
    if (!this.#isOpen) {
      throw new HistoError('HISTO_NOT_READY', `${this.#path} is not open yet: await ready()`, {
        path: this.#path,
        retryable: true
      })
    }
    return this.#ask(() => native.head(this.#db, branch))
  }

  head(branch: string): Ref | null {
    return this.#ask(() => native.head(this.#db, branch))
  }

  remoteHead(name: string): Ref | null {
    return this.#ask(() => native.remoteHead(this.#db, name))
  }

  heads(space: HeadSpace, { prefix, after, limit }: NameRange): NamedRef[] {
    const list = space === 'heads/' ? native.branches : native.remotes
    const most = limit > mostNames ? undefined : limit
    const { names, refs } = this.#ask(() => list(this.#db, prefix, after, most))
    return names.map((name, place) => ({ name, ref: refs[place] as Ref }))
  }

  get(ref: Ref): unknown {
    return this.#walks.readNow(reads.one, ref)
  }

  payload(ref: Ref): Awaitable<Payload> {
    return this.#walks.read(() => native.get(this.#db, ref))
  }

  payloadSize(ref: Ref): Awaitable<number> {
    return this.#walks.read(() => native.payloadSize(this.#db, ref))
  }

  openPayload(ref: Ref, signal: AbortSignal | undefined): Promise<OpenPayload> {
    return openPayload(this.#db, ref, signal, this.#walks)
  }

  differences(from: Ref | null, to: Ref, rules: DiffRules): Awaitable<Operation[]> {
    return this.#walks.read(() => differencesOf(this.#db, from, to, rules))
  }

  mergedTexts(refs: MergedRefs, rules: MergeRules): Awaitable<MergedTexts | null> {
    return this.#walks.read(() => mergedTextsOf(this.#db, refs, rules))
  }

  getMany(refs: readonly Ref[], signal: AbortSignal | undefined): Awaitable<unknown[]> {
    return reads.all(this.#db, reads.data, refs, signal, this.#walks)
  }

  async revision(ref: Ref): Promise<Revision<unknown>> {
    const [revision] = await this.revisions([ref])
    if (revision === undefined)
      throw new HistoError('HISTO_INTERNAL', `no answer for ${ref}`, { ref })
    return revision
  }

  revisions(refs: readonly Ref[]): Awaitable<Revision<unknown>[]> {
    return reads.all(this.#db, reads.revision, refs, undefined, this.#walks)
  }

  headers(refs: readonly Ref[], signal?: AbortSignal): Awaitable<HistoryStep[]> {
    return reads.all(this.#db, reads.header, refs, signal, this.#walks)
  }

  has(refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]> {
    return reads.all(this.#db, reads.known, refs, signal, this.#walks)
  }

  refsStartingWith(digits: string, most: number, signal: AbortSignal | undefined): Promise<Ref[]> {
    return reads.abbreviated(this.#db, digits, most, signal, this.#walks)
  }

  dataOf(refs: readonly Ref[], signal?: AbortSignal): Awaitable<Holding[]> {
    return reads.all(this.#db, reads.holding, refs, signal, this.#walks)
  }

  tombstones(onlyElsewhere: boolean): Awaitable<Ref[]> {
    return this.#walks.read(() => native.tombstones(this.#db, onlyElsewhere))
  }

  tombstonesVersion(): number {
    return this.#ask(() => native.tombstonesVersion(this.#db))
  }

  wasCut(refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]> {
    return reads.all(this.#db, reads.cut, refs, signal, this.#walks)
  }

  ancestors(ref: Ref): Awaitable<Ref[]> {
    return this.#walks.read(() => native.ancestors(this.#db, ref))
  }

  refDifference(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Awaitable<Ref[]> {
    return this.#difference(from, to, signal, (found) => refsOf(found, signal))
  }

  differencePage(
    from: readonly Ref[],
    to: Ref,
    page: Page,
    signal: AbortSignal | undefined
  ): Awaitable<Paged | undefined> {
    return this.#difference(from, to, signal, (found): Awaitable<Paged | undefined> => {
      if (Array.isArray(found)) return pageOf(found, page)
      const { after, limit } = page
      return freed(found, async () => {
        const start = after === undefined ? 0 : native.placeBehind(this.#db, found.refs, after)
        if (start === null) return undefined
        return { refs: await someRefsOf(found, signal, start, limit), total: found.count }
      })
    })
  }

  toSend(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Awaitable<Ref[]> {
    return this.#walks.ask(
      signal,
      (end) => native.toSend(this.#db, [...from], [to].flat(), end),
      (found) => refsOf(found, signal)
    )
  }

  mergeBases(ref1: Ref, ref2: Ref, signal: AbortSignal | undefined): Awaitable<Ref[]> {
    return this.#walks.ask(
      signal,
      (end) => native.mergeBases(this.#db, ref1, ref2, end),
      (bases) => bases
    )
  }

  isAncestor(ancestor: Ref, descendant: Ref, signal: AbortSignal | undefined): Awaitable<boolean> {
    return this.#walks.ask(
      signal,
      (end) => native.isAncestor(this.#db, ancestor, descendant, end),
      (reaches) => reaches
    )
  }

  outline(to: readonly Ref[]): Awaitable<Outline> {
    return openOutline(this.#db, to, this.#walks)
  }

  reachedBy(tips: Tips, refs: readonly Ref[], signal?: AbortSignal): Awaitable<boolean[]> {
    return reachedBy(this.#db, this.#walks, [tips].flat(), refs, signal)
  }

  discover(tips: readonly Ref[], ask: Ask, signal: AbortSignal | undefined): Promise<Discovered> {
    return discoverNatively(this.#db, this.#walks, tips, ask, signal)
  }

  history(range: HistoryRange, signal: AbortSignal | undefined): AsyncIterable<HistoryStep[]> {
    return reads.history(this.#db, range, signal, this.#walks)
  }

  changes(range: ChangesRange, signal: AbortSignal | undefined): AsyncIterable<ChangedValue[]> {
    return readChanges(this.#db, range, signal, this.#walks)
  }

  damaged(): Ref[] {
    return this.#ask(() => native.damaged(this.#db))
  }

  verify(_branch: string, watching: Watching): Promise<VerifyReport> {
    return this.#walks.track(verifyAll(this.#db, this.#path, watching))
  }

  revisionCount(): number {
    return this.#ask(() => native.stats(this.#db).revisions)
  }

  async stats(): Promise<DatabaseStats> {
    while (!(await this.#walks.read(() => native.countData(this.#db)))) await turn()
    return this.#ask(() => native.stats(this.#db))
  }

  async backup(place: BackupPlace, watching: Watching): Promise<BackupResult> {
    const name = place.name ?? this.#name ?? ''
    const copied = await this.#walks.track(backUp(this.#db, place, watching))
    return { name, ...copied }
  }

  movedSince(mark?: number): HeadMoves {
    const moved = this.#ask(() => native.headsMoved(this.#db, mark))
    const moves = moved.moves?.map(({ key, from, to }) => ({
      key,
      from: from ?? null,
      to: to ?? null
    }))
    return { mark: moved.mark, moves }
  }

  readonly hasLog = true
  readonly listsHeads = true
  readonly listsByRange = true
  readonly seesAllMoves = true

  /** On a path others can write: another process, or another database of this one. In memory nobody can. */
  get onForeignChange(): ((notify: () => void) => () => void) | undefined {
    return this.#path === undefined ? undefined : (notify) => watchCommits(this.#db, notify)
  }

  recentTips(): Awaitable<Ref[]> {
    return this.#walks.read(() => native.recentTips(this.#db, mostRecentTips))
  }

  ownRefs(tips: readonly Ref[], bounds: readonly Ref[], most: number): Awaitable<Ref[] | null> {
    return this.#walks.read(() => native.ownRefs(this.#db, [...tips], [...bounds], most))
  }

  reorderBuffer(maxPendingBytes: number): ReorderBuffer {
    const waiting = this.#ask(() => native.reorderBuffer(maxPendingBytes))
    return {
      add: (items: readonly Arrival[]): Promise<void> => {
        batch.addArrivals(this.#writes.batch, waiting, items)
        return this.#writes.submit()
      },
      finish: (): Promise<void> => {
        batch.addFinish(this.#writes.batch, waiting)
        return this.#writes.submit()
      },
      abort: (): void => undefined
    }
  }

  get wire(): WireEnds {
    return wireEnds({ db: this.#db, walks: this.#walks, writes: this.#writes })
  }

  receiveFrom(
    other: EngineTransfer,
    heads: readonly Ref[],
    options: Receiving
  ): Promise<Received> | undefined {
    if (!(other instanceof EmbeddedEngine)) return undefined
    const sides = { source: other.#db, target: this.#db, writes: this.#writes, walks: other.#walks }
    return receive(sides, heads, options)
  }

  /** Pending walks and writes are finished first. */
  async #close(): Promise<void> {
    for (let walks = this.#walks.settled(); walks !== undefined; walks = this.#walks.settled()) {
      await walks
    }
    await this.#pruning
    await this.#writes.close()
  }

  #begin(): void {
    this.#name = this.#ask(() => native.name(this.#db))
    this.#isOpen = true
  }

  #difference<R>(
    from: readonly Ref[],
    to: Tips,
    signal: AbortSignal | undefined,
    take: (found: Ref[] | Many) => Awaitable<R>
  ): Awaitable<R> {
    const { refDifference } = native
    return this.#walks.ask(
      signal,
      (end) => refDifference(this.#db, from as Ref[], [to].flat(), end),
      take
    )
  }

  #put(branch: string, draft: Draft | Draft<HeldText>, move: HeadMove): Promise<Ref> {
    const chain = this.#chain(branch)
    batch.addPut(this.#writes.batch, chain, draft, move)
    return this.#writes.submit(isChained(move) ? chain : undefined, move.previousHead)
  }

  #ask<R>(call: () => R): R {
    return fromNative(this.#path, call)
  }

  #chain(name: string): BranchChain {
    let chain = this.#chains.get(name)
    if (chain === undefined) {
      chain = new BranchChain(this.#ask(() => native.addBranch(this.#db, name)))
      this.#chains.set(name, chain)
    }
    return chain
  }
}
