/**
 * An `Engine` in plain JavaScript over the model of a database, in memory: the native one is compared with it, and
 * the members above the engine are tested over it.
 *
 * Every call answers in a later microtask; writes are applied in the order of the calls.
 */

import { randomUUID } from 'node:crypto'
import { HistoError } from '../../ts/base/errors.js'
import type { HeadSpace, NamedRef, NameRange } from '../../ts/base/names.js'
import type {
  BackupResult,
  CompactResult,
  DatabaseStats,
  PruneResult,
  VerifyReport
} from '../../ts/base/reports.js'
import type { Ref, Revision } from '../../ts/base/types.js'
import { copyOut } from '../../ts/embedded/copy-out.js'
import type {
  BackupPlace,
  Draft,
  Engine,
  HeadMove,
  HeadMoves,
  HeadOperation,
  HistoryRange,
  HistoryStep,
  Payload,
  Pruning,
  RemoteMove,
  ReorderBuffer,
  Tips,
  Watching
} from '../../ts/engine.js'
import type { Known } from '../../ts/suite/model.js'
import { DatabaseModel, Failed } from './model.js'
import { PlainReorderBuffer } from './plain-reorder-buffer.js'
import { canonical, refOf } from './plain-text.js'

/** How a plain engine opens. */
export interface PlainOptions {
  readonly name?: string
  /** Opening waits for this, and fails as it does. */
  readonly opening?: Promise<void>
}

/** The model, with an engine's ways. */
export class PlainEngine implements Engine {
  readonly hasLog = false
  readonly listsHeads = true
  readonly listsByRange = true
  readonly seesAllMoves = false
  /** Records no moves, so that watchers read all heads. */
  readonly movedSince = (): HeadMoves => ({ mark: 0, moves: undefined })
  readonly #model = new DatabaseModel<Payload>((payload, ancestors) => refOf(ancestors, payload))
  readonly #name: string
  readonly #opened: Promise<void>
  #isOpen: boolean
  #isClosed = false

  constructor({ name = randomUUID(), opening }: PlainOptions = {}) {
    this.#name = name
    this.#isOpen = opening === undefined
    this.#opened = Promise.resolve(opening).then(() => {
      this.#isOpen = true
    })
    this.#opened.catch(() => undefined)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get name(): string | undefined {
    return this.#isOpen ? this.#name : undefined
  }

  opened(): Promise<void> {
    return this.#opened
  }

  async close(): Promise<void> {
    await this.#opened.catch(() => undefined)
    this.#isClosed = true
  }

  async put(branch: string, draft: Draft, move: HeadMove): Promise<Ref> {
    const [ref] = await this.putMany(branch, [draft], move)
    return ref as Ref
  }

  putMany(branch: string, items: Iterable<Draft>, move: HeadMove): Promise<Ref[]> {
    const drafts = [...items]
    return this.#write(() => {
      const items = drafts.map(({ payload, ancestors }) => ({
        data: canonical(payload),
        ancestors
      }))
      return told(this.#model.putMany(branch, items, move))
    })
  }

  setHead(branch: string, ref: Ref, previousHead: Ref | null | undefined): Promise<Ref> {
    return this.#write(() => told(this.#model.setHead(branch, ref, previousHead)))
  }

  /** It keeps no log. */
  travel(): Promise<never> {
    return Promise.reject(new HistoError('HISTO_STORE', 'no log'))
  }

  logPart(): Promise<never> {
    return this.travel()
  }

  deleteBranch(branch: string, previousHead: Ref | null | undefined): Promise<void> {
    return this.#write(() => told(this.#model.deleteBranch(branch, previousHead)))
  }

  batch(operations: readonly HeadOperation[]): Promise<(Ref | null)[]> {
    return this.#write(() =>
      told(
        this.#model.batch(
          operations.map((operation) => {
            if (operation.type !== 'put') return operation
            const { draft, ...to } = operation
            return { ...to, item: { data: canonical(draft.payload), ancestors: draft.ancestors } }
          })
        )
      )
    )
  }

  setRemoteHead(name: string, ref: Ref): Promise<Ref> {
    return this.#write(() => told(this.#model.setRemoteHead(name, ref)))
  }

  setRemoteHeads(moves: readonly RemoteMove[]): Promise<void> {
    return this.#write(() => {
      for (const { name, ref } of moves) {
        if (ref === null) this.#model.remotes.delete(name)
        else told(this.#model.setRemoteHead(name, ref))
      }
    })
  }

  deleteRemote(name: string): Promise<void> {
    return this.#write(() => {
      this.#model.remotes.delete(name)
    })
  }

  erase(refs: readonly Ref[]): Promise<void> {
    return this.#write(() => {
      for (const ref of refs) this.#model.put(ref, undefined, this.#need(ref).ancestors)
    })
  }

  compact(): Promise<CompactResult> {
    return this.#write(() => ({ before: 0, after: 0 }))
  }

  prune(pruning: Pruning): Promise<PruneResult> {
    return this.#write(() => {
      const { deleted, waiting } = told(this.#model.prune(pruning))
      const bytes = deleted.reduce((sum, { data }) => sum + Buffer.byteLength(data ?? ''), 0)
      return { deleted: deleted.length, waiting, bytes }
    })
  }

  headNow(branch: string): Ref | null {
    if (!this.#isOpen) throw new HistoError('HISTO_NOT_READY', 'await ready() first')
    return this.#model.head(branch)
  }

  head(branch: string): Ref | null {
    return this.headNow(branch)
  }

  remoteHead(name: string): Ref | null {
    return this.#model.remotes.get(name) ?? null
  }

  heads(space: HeadSpace, range: NameRange): NamedRef[] {
    return this.#model.named(space === 'heads/' ? 'heads' : 'remotes', range)
  }

  get(ref: Ref): unknown {
    const { data: payload } = this.#need(ref)
    if (payload === undefined) throw new HistoError('HISTO_SHALLOW', `${ref} is erased`, { ref })
    return typeof payload === 'string' ? JSON.parse(payload) : new Uint8Array(payload)
  }

  async getMany(refs: readonly Ref[]): Promise<unknown[]> {
    await Promise.resolve()
    return refs.map((ref) => this.get(ref))
  }

  payload(ref: Ref): Payload {
    const { data } = this.#need(ref)
    if (data === undefined) throw new HistoError('HISTO_SHALLOW', `${ref} is erased`, { ref })
    return data
  }

  headers(refs: readonly Ref[]): HistoryStep[] {
    return refs.map((ref) => ({ ref, ancestors: this.ancestors(ref) }))
  }

  revision(ref: Ref): Revision<unknown> {
    return { ref, ancestors: [...this.#need(ref).ancestors], data: this.get(ref) }
  }

  async revisions(refs: readonly Ref[]): Promise<Revision<unknown>[]> {
    await Promise.resolve()
    return refs.map((ref) => this.revision(ref))
  }

  has(refs: readonly Ref[]): boolean[] {
    return refs.map((ref) => this.#model.revisions.has(ref))
  }

  async refsStartingWith(digits: string, most: number): Promise<Ref[]> {
    await Promise.resolve()
    return [...this.#model.revisions.keys()].filter((ref) => ref.startsWith(digits)).slice(0, most)
  }

  ancestors(ref: Ref): Ref[] {
    return [...this.#need(ref).ancestors]
  }

  /** Newest first: revisions were inserted after their ancestors. */
  refDifference(from: readonly Ref[], to: Tips): Ref[] {
    const tips = [to].flat()
    for (const ref of [...from, ...tips]) this.#need(ref)
    const wanted = new Set(tips.flatMap((tip) => [...this.#model.difference(from, tip)]))
    return [...this.#model.revisions.keys()].filter((ref) => wanted.has(ref)).toReversed()
  }

  mergeBases(ref1: Ref, ref2: Ref): Ref[] {
    for (const ref of [ref1, ref2]) this.#need(ref)
    return this.#model.bases(ref1, ref2)
  }

  isAncestor(ancestor: Ref, descendant: Ref): boolean {
    for (const ref of [ancestor, descendant]) this.#need(ref)
    return this.#model.reach(descendant).has(ancestor)
  }

  reachedBy(tips: Tips, refs: readonly Ref[]): boolean[] {
    const reaches = [tips].flat().map((tip) => {
      this.#need(tip)
      return this.#model.reach(tip)
    })
    return refs.map((ref) => reaches.some((reached) => reached.has(ref)))
  }

  async *history({ to, until, limit, withData }: HistoryRange): AsyncIterable<HistoryStep[]> {
    const refs = this.refDifference(until, to).slice(0, limit)
    for (let at = 0; at < refs.length; at += 2) {
      const part = refs.slice(at, at + 2)
      if (withData) yield await this.revisions(part)
      else yield this.headers(part)
    }
  }

  async verify(_branch: string, { signal, onProgress }: Watching): Promise<VerifyReport> {
    await Promise.resolve()
    signal?.throwIfAborted()
    const stored = [...this.#model.revisions]
    const done = stored.length
    onProgress({ done, total: done, bytes: 0 })
    const damaged = stored.filter(([ref, { ancestors, data }]) => {
      return data !== undefined && refOf(ancestors, data) !== ref
    })
    const lists = { missing: [], dangling: [], heads: [], file: null }
    const names = damaged.map(([ref]) => ref)
    return { ok: names.length === 0, revisions: done, bytes: 0, damaged: names, ...lists }
  }

  revisionCount(): number {
    return this.#model.revisions.size
  }

  async stats(): Promise<DatabaseStats> {
    await this.#opened
    const { revisions, heads, remotes } = this.#model
    const all = [...revisions.values()].map(({ data }) => Buffer.byteLength(data ?? ''))
    const dataBytes = all.reduce((sum, bytes) => sum + bytes, 0)
    const bytes = { dataBytes, storedBytes: dataBytes, fileBytes: 0, memoryBytes: dataBytes }
    return { revisions: revisions.size, branches: heads.size, remotes: remotes.size, ...bytes }
  }

  backup(place: BackupPlace, watching: Watching): Promise<BackupResult> {
    return copyOut(this, place, watching)
  }

  reorderBuffer(maxPendingBytes: number): ReorderBuffer {
    return new PlainReorderBuffer(this.#model, maxPendingBytes)
  }

  async #write<R>(apply: () => R): Promise<R> {
    await this.#opened
    if (this.#isClosed) throw new HistoError('HISTO_CLOSED', 'the engine is closed')
    return apply()
  }

  #need(ref: Ref): Known<Payload | undefined> {
    const stored = this.#model.revisions.get(ref)
    return stored ?? told<never>(new Failed('HISTO_NOT_FOUND', { ref }))
  }
}

/** The answer of the model, or the error that it names. */
function told<R>(answer: R | Failed): R {
  if (!(answer instanceof Failed)) return answer
  const { code, details } = answer
  throw new HistoError(code, `${details.ref ?? details.head}: ${code}`, details)
}
