/**
 * The engine over user stores: a revision store and a branch store.
 *
 * Ids are the store's; texts, parsing and walks are native. Reads return at once if the store does.
 */

import { randomUUID } from 'node:crypto'
import { type Awaitable, after } from '../base/awaitable.js'
import { HistoError, headConflict } from '../base/errors.js'
import { headKey, remoteKey } from '../base/keys.js'
import { type HeadSpace, type NamedRef, type NameRange, newNameArgument } from '../base/names.js'
import type {
  BackupResult,
  CompactResult,
  DatabaseStats,
  PruneResult,
  VerifyReport
} from '../base/reports.js'
import type { Ref, Revision } from '../base/types.js'
import { copyOut, headsOf } from '../embedded/copy-out.js'
import type {
  BackupPlace,
  Draft,
  Engine,
  HeadMove,
  HeadMoves,
  HeadOperation,
  HistoryRange,
  HistoryStep,
  LogPart,
  LogQuestion,
  MovedBy,
  Payload,
  Pruning,
  PruningRun,
  RemoteMove,
  ReorderBuffer,
  Tips,
  Travel,
  Watching,
  WireItem
} from '../engine.js'
import type { StoreOptions } from './call.js'
import { dataOf, found, headerOf, revisionOf } from './found.js'
import type { BranchStore, RevisionStore } from './interfaces.js'
import { type Cause, cannotLog, entriesOf, storedLogPart, travelStored } from './log.js'
import { cannotCompact, cannotErase, pruneStored } from './prune.js'
import { type ChainLink, Chains, chainedFailure } from './queue.js'
import { moveRemotes } from './remote-moves.js'
import { StoreReorderBuffer } from './reorder-buffer.js'
import { StoredHeads } from './stored-heads.js'
import { type Parts, StoredRevisions } from './stored-revisions.js'
import { verifyStored } from './verify.js'
import { StoreWalks } from './walks.js'
import { StoreWrites } from './writes.js'

/** Revisions of a history read at a time. */
const historyBatch = 256

/** Options of a database over stores, checked. */
interface StoreEngineOptions extends StoreOptions {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
  readonly name?: string
  readonly maxRevisionBytes: number
  readonly cacheRevisions: number
  readonly probe: boolean
  /**
   * Days that the log keeps moves of heads; 0: they are not logged.
   *
   * @default 90
   */
  readonly logDays?: number
}

/** A database over two stores. */
export class StoreEngine implements Engine {
  readonly #revisions: StoredRevisions
  readonly #heads: StoredHeads
  readonly #walks: StoreWalks
  readonly #writes: StoreWrites
  readonly #chains = new Chains()
  /** The heads as last read or moved. */
  readonly #seen = new Map<string, Ref | null>()
  readonly #maxRevisionBytes: number
  readonly #wanted: string | undefined
  #opening: Promise<void> | undefined
  #name: string | undefined
  /** Whether the branch store returns at once. */
  #readsAtOnce = false
  /** Number of moves of heads; a read that began before one may be outdated. */
  #moves = 0

  constructor(options: StoreEngineOptions) {
    this.#revisions = new StoredRevisions(options.revisionStore, options)
    const { logDays = 90 } = options
    this.#heads = new StoredHeads(options.branchStore, { ...options, logDays }, (work) => {
      this.#writes.call(work).catch(() => undefined) // no caller waits for it
    })
    this.#walks = new StoreWalks(this.#revisions, options.cacheRevisions)
    this.#maxRevisionBytes = options.maxRevisionBytes
    this.#wanted = options.name
    const surroundings = {
      revisions: this.#revisions,
      heads: this.#heads,
      maxRevisionBytes: options.maxRevisionBytes,
      opened: () => (this.isOpen ? undefined : this.opened()),
      learned: this.#learned,
      headSeen: this.#headSeen
    }
    this.#writes = new StoreWrites(surroundings, this.#chains)
    void this.#open()
  }

  get onForeignChange(): ((notify: () => void) => () => void) | undefined {
    const { watch, moves } = this.#heads
    if (watch === undefined) return undefined
    return (notify) =>
      watch(() => {
        moves.lost()
        notify()
      })
  }

  movedSince(mark?: number): HeadMoves {
    return this.#heads.moves.since(mark)
  }

  get hasLog(): boolean {
    return this.#heads.canLog
  }

  get listsHeads(): boolean {
    return this.#heads.canList
  }

  /** Other processes write unseen, unless the store reports it. */
  readonly seesAllMoves = false

  get listsByRange(): boolean {
    return this.#heads.canListByRange
  }

  get isOpen(): boolean {
    return this.#name !== undefined
  }

  get name(): string | undefined {
    return this.#name
  }

  /** Tries a failed opening again: the stores may work by now. */
  async opened(branch?: string): Promise<void> {
    if (!this.isOpen) await (this.#opening ?? this.#open())
    if (branch !== undefined && !this.#seen.has(branch)) await this.head(branch)
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    await this.#writes.idle()
  }

  put(branch: string, draft: Draft, move: HeadMove): Promise<Ref> {
    return this.#writes.put(branch, draft, move)
  }

  putMany(branch: string, drafts: Iterable<Draft>, move: HeadMove): Promise<Ref[]> {
    return this.#writes.putMany(branch, [...drafts], move)
  }

  restore(branch: string, ref: Ref, meta: string | undefined, move: HeadMove): Promise<Ref> {
    return this.#writes.restore(branch, { ref, meta }, move)
  }

  setHead(
    branch: string,
    ref: Ref,
    previousHead: Ref | null | undefined,
    signal?: AbortSignal,
    by?: MovedBy
  ): Promise<Ref> {
    const move = async () => {
      signal?.throwIfAborted()
      await this.#expectKnown(ref, signal)
      await this.#moveHead(branch, ref, previousHead, {
        signal,
        by: by ?? { action: 'setHead' }
      })
      return ref
    }
    return by === undefined ? this.#led(branch, signal, move) : this.#writes.call(move)
  }

  travel(branch: string, travel: Travel): Promise<Ref | null> {
    const { signal } = travel
    if (!this.#heads.canLog) return Promise.reject(cannotLog())
    return this.#led(branch, signal, async (link) => {
      signal?.throwIfAborted()
      const failure = link?.failure()
      if (failure !== undefined) throw chainedFailure(failure)
      const stores = { heads: this.#heads, revisions: this.#revisions }
      const head = await travelStored(stores, branch, travel)
      this.#headSeen(branch, head)
      return head
    })
  }

  logPart(question: LogQuestion): Promise<LogPart> {
    return storedLogPart(this.#heads, question)
  }

  /** Queues a write of a branch's head on which later ones are chained. */
  #led<R>(
    branch: string,
    signal: AbortSignal | undefined,
    write: (link: ChainLink | undefined) => Promise<R>
  ): Promise<R> {
    const link = this.#chains.lead(branch, true, signal)
    const moved = this.#writes.call(() => write(link))
    moved.then(
      () => link?.settled(undefined),
      (error: unknown) => link?.settled(error)
    )
    return moved
  }

  deleteBranch(
    branch: string,
    previousHead: Ref | null | undefined,
    by: MovedBy = { action: 'delete' }
  ): Promise<void> {
    return this.#writes.call(async () => {
      const key = headKey(branch)
      for (let gone = false; !gone; ) {
        const head = await this.#heads.readSettled(key)
        if (previousHead !== undefined && head !== previousHead)
          throw headConflict(branch, head, previousHead)
        if (head === null) break
        const entries = entriesOf(branch, head, null, by)
        gone = await this.#heads.removeHead(key, head, entries)
      }
      this.#headSeen(branch, null)
    })
  }

  batch(operations: readonly HeadOperation[], signal?: AbortSignal): Promise<(Ref | null)[]> {
    return this.#writes.batch(operations, signal)
  }

  setRemoteHead(name: string, ref: Ref): Promise<Ref> {
    return this.#writes.call(async () => {
      await this.#expectKnown(ref)
      const key = remoteKey(name)
      for (let moved = false; !moved; ) {
        const head = await this.#heads.readSettled(key)
        moved = head === ref || (await this.#heads.move(key, head, ref))
      }
      return ref
    })
  }

  setRemoteHeads(moves: readonly RemoteMove[]): Promise<void> {
    return this.#writes.call(async () => {
      const refs = moves.flatMap(({ ref }) => ref ?? [])
      const known = await this.#revisions.has(refs)
      const unknown = refs.find((_ref, place) => known[place] !== true)
      if (unknown !== undefined) found(unknown, undefined)
      await moveRemotes(this.#heads, moves)
    })
  }

  deleteRemote(name: string): Promise<void> {
    return this.#writes.call(async () => {
      const key = remoteKey(name)
      const head = await this.#heads.readSettled(key)
      if (head !== null) await this.#heads.remove(key, head)
    })
  }

  erase([ref = '']: readonly Ref[]): Promise<void> {
    return Promise.reject(cannotErase(ref))
  }

  compact(): Promise<CompactResult> {
    return Promise.reject(cannotCompact())
  }

  prune(pruning: Pruning, run: PruningRun): Promise<PruneResult> {
    return this.#writes.call(async () => {
      const pruned = await pruneStored(this.#revisions, this.#heads, pruning, run)
      this.#walks.forget()
      return pruned
    })
  }

  /** Reads a store that returns at once; otherwise returns the head as last read or moved. */
  headNow(branch: string): Ref | null {
    if (this.isOpen) {
      const asked = this.#readsAtOnce ? this.head(branch) : undefined
      if (asked instanceof Promise)
        asked.catch(() => undefined) // it returned at once before
      else if (asked !== undefined) return asked
      const seen = this.#seen.get(branch)
      if (seen !== undefined) return seen
    }
    const message = `the head of '${branch}' is not known yet: await ready()`
    throw new HistoError('HISTO_NOT_READY', message, { key: branch, retryable: true })
  }

  head(branch: string): Awaitable<Ref | null> {
    const moves = this.#moves
    return after(this.#heads.read(headKey(branch)), (head) => {
      if (this.#moves === moves) this.#seen.set(branch, head)
      return head
    })
  }

  remoteHead(name: string): Awaitable<Ref | null> {
    return this.#heads.read(remoteKey(name))
  }

  heads(space: HeadSpace, range: NameRange, signal?: AbortSignal): Promise<NamedRef[]> {
    return this.#heads.list(space, range, signal)
  }

  get(ref: Ref): Awaitable<unknown> {
    return after(this.#revisions.text(ref, undefined), (text) => this.#data(ref, text))
  }

  payload(ref: Ref, signal: AbortSignal | undefined): Awaitable<Payload> {
    return after(this.#revisions.get(ref, signal), (parts) => found(ref, parts).data)
  }

  async getMany(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<unknown[]> {
    const texts = await this.#revisions.texts(refs, signal)
    return refs.map((ref, place) => this.#data(ref, texts[place]))
  }

  revision(ref: Ref): Awaitable<Revision<unknown>> {
    return after(this.#parts(ref), (parts) => revisionOf(ref, parts))
  }

  async revisions(refs: readonly Ref[]): Promise<Revision<unknown>[]> {
    const all = await this.#revisions.getMany(refs)
    return refs.map((ref, place) => revisionOf(ref, found(ref, all[place])))
  }

  /** Reads the texts for their ancestors and metas, without parsing the data. */
  async headers(refs: readonly Ref[], signal?: AbortSignal): Promise<HistoryStep[]> {
    const all = await this.#revisions.getMany(refs, signal)
    return refs.map((ref, place) => headerOf(ref, found(ref, all[place])))
  }

  has(refs: readonly Ref[], signal?: AbortSignal): Promise<boolean[]> {
    return this.#revisions.has(refs, signal)
  }

  get refsStartingWith():
    | ((digits: string, most: number, signal: AbortSignal | undefined) => Promise<Ref[]>)
    | undefined {
    return this.#revisions.listsKeys ? this.#refsStartingWith : undefined
  }

  ancestors(ref: Ref): Awaitable<Ref[]> {
    return after(this.#parts(ref), (parts) => [...parts.ancestors])
  }

  refDifference(from: readonly Ref[], to: Tips, signal: AbortSignal | undefined): Promise<Ref[]> {
    return this.#walks.refs('difference', from, to, signal)
  }

  mergeBases(ref1: Ref, ref2: Ref, signal: AbortSignal | undefined): Promise<Ref[]> {
    return this.#walks.refs('merge-bases', [ref1], ref2, signal)
  }

  isAncestor(ancestor: Ref, descendant: Ref, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#walks.reaches(ancestor, descendant, signal)
  }

  /** For several tips, walks all that they reach, once. */
  async reachedBy(given: Tips, refs: readonly Ref[], signal?: AbortSignal): Promise<boolean[]> {
    const tips = [given].flat()
    const known = await this.#revisions.has([...tips, ...refs])
    const unknown = tips.findIndex((_tip, place) => known[place] !== true)
    if (unknown >= 0) found(tips[unknown] ?? '', undefined)
    const here = known.slice(tips.length)
    const [tip = '', ...more] = tips
    if (more.length > 0 && here.includes(true)) {
      const all = new Set(await this.#walks.refs('difference', [], tips, signal))
      return refs.map((ref) => all.has(ref))
    }
    const reached: boolean[] = []
    for (const [place, ref] of refs.entries()) {
      reached.push(here[place] === true && (await this.isAncestor(ref, tip, signal)))
    }
    return reached
  }

  async items(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<WireItem[]> {
    const all = await this.#revisions.getMany(refs, signal)
    return refs.map((ref, place) => {
      const { ancestors, data, meta } = found(ref, all[place])
      return { ref, ancestors, payload: data, meta }
    })
  }

  async *history(
    { to, until, limit, withData }: HistoryRange,
    signal: AbortSignal | undefined
  ): AsyncGenerator<HistoryStep[]> {
    const all = await this.#walks.refs('difference', until, to, signal)
    const refs = all.length > limit ? all.slice(0, limit) : all
    for (let start = 0; start < refs.length; start += historyBatch) {
      signal?.throwIfAborted()
      const part = refs.slice(start, start + historyBatch)
      yield withData ? await this.revisions(part) : await this.headers(part, signal)
    }
  }

  async verify(branch: string, watching: Watching): Promise<VerifyReport> {
    const { branches, remotes } = await headsOf(this, branch)
    const heads = branches.map(({ name, ref }) => ({ key: headKey(name), ref }))
    for (const { name, ref } of remotes) heads.push({ key: remoteKey(name), ref })
    return await verifyStored(this.#revisions, heads, watching)
  }

  revisionCount(): null {
    return null
  }

  /** All `null`, since everything would have to be counted in the stores. */
  stats(): Promise<DatabaseStats> {
    const heads = { branches: null, remotes: null }
    const bytes = { dataBytes: null, storedBytes: null, fileBytes: null, memoryBytes: null }
    return Promise.resolve({ revisions: null, ...heads, ...bytes })
  }

  backup(place: BackupPlace, watching: Watching): Promise<BackupResult> {
    return copyOut(this, place, watching)
  }

  reorderBuffer(maxPendingBytes: number): ReorderBuffer {
    const reorderBuffer = new StoreReorderBuffer({
      revisions: this.#revisions,
      maxRevisionBytes: this.#maxRevisionBytes,
      maxPendingBytes,
      learned: this.#learned
    })
    return {
      add: (batch) => this.#writes.call(() => reorderBuffer.add(batch)),
      finish: () => this.#writes.call(() => reorderBuffer.finish()),
      abort: () => reorderBuffer.abort()
    }
  }

  /** Reads the name, or sets one; at once if the store returns at once. */
  #open(): Promise<void> | undefined {
    let opening: Awaitable<void>
    try {
      const name = this.#heads.readSettled('name')
      this.#readsAtOnce = !(name instanceof Promise)
      opening = after(name, (kept) => this.#named(kept))
    } catch (error) {
      opening = Promise.reject(error)
    }
    if (!(opening instanceof Promise)) return undefined
    this.#opening = opening
    opening.catch(() => {
      this.#opening = undefined // each call reports it; the next one tries again
    })
    return opening
  }

  #named(name: string | null): Awaitable<void> {
    if (name !== null) return this.#adopt(name)
    const own = newNameArgument(this.#wanted ?? randomUUID())
    return after(this.#heads.swap('name', null, own), (written) =>
      written
        ? this.#adopt(own)
        : after(this.#heads.read('name'), (other) => this.#adopt(other ?? own))
    )
  }

  #adopt(name: string): void {
    const wanted = this.#wanted
    if (wanted !== undefined && wanted !== name) {
      throw new TypeError(`the database in these stores is named '${name}', not '${wanted}'`)
    }
    this.#name = name
  }

  async #moveHead(
    branch: string,
    ref: Ref,
    previous: Ref | null | undefined,
    { signal, by }: { readonly signal: AbortSignal | undefined; readonly by: Cause }
  ): Promise<void> {
    const key = headKey(branch)
    for (let moved = false; !moved; ) {
      const head = await this.#heads.readSettled(key, signal)
      if (head !== ref && previous !== undefined && head !== previous) {
        throw headConflict(branch, head, previous)
      }
      const entries = entriesOf(branch, head, ref, by)
      moved = head === ref || (await this.#heads.moveHead(key, head, ref, entries, signal))
    }
    this.#headSeen(branch, ref)
  }

  readonly #learned = (ref: Ref, ancestors: readonly Ref[]): void => {
    this.#walks.remember(ref, ancestors)
  }

  readonly #headSeen = (branch: string, head: Ref | null): void => {
    this.#moves += 1
    this.#seen.set(branch, head)
  }

  readonly #refsStartingWith = async (
    digits: string,
    most: number,
    signal: AbortSignal | undefined
  ): Promise<Ref[]> => {
    const all = new Set<Ref>()
    for await (const ref of this.#revisions.keys()) {
      signal?.throwIfAborted()
      if (ref.startsWith(digits)) all.add(ref)
      if (all.size === most) break
    }
    return [...all]
  }

  async #expectKnown(ref: Ref, signal?: AbortSignal): Promise<void> {
    const [known] = await this.#revisions.has([ref], signal)
    if (known !== true) found(ref, undefined)
  }

  #data(ref: Ref, text: unknown): unknown {
    return dataOf(found(ref, this.#revisions.data(ref, text)))
  }

  #parts(ref: Ref): Awaitable<Parts> {
    return after(this.#revisions.get(ref), (parts) => found(ref, parts))
  }
}
