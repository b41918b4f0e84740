/**
 * An `Engine` in plain JavaScript, in memory: the model that the native one is held to, and what
 * the members above the engine are tested over.
 *
 * Every call answers in a later microtask; writes are applied in the order of the calls.
 */

import { randomUUID } from 'node:crypto'
import { HistoError } from '../../ts/base/errors.js'
import type {
  BackupResult,
  CompactResult,
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
  HistoryRange,
  Payload,
  Pruning,
  ReorderBuffer,
  Watching
} from '../../ts/engine.js'
import { mergeBases, reachable } from './plain-graph.js'
import { pruned } from './plain-prune.js'
import { PlainReorderBuffer } from './plain-reorder-buffer.js'
import { canonical, refOf } from './plain-text.js'

interface Stored {
  readonly ancestors: readonly Ref[]
  /** `undefined`: erased. */
  readonly payload: Payload | undefined
}

/** How a plain engine opens. */
export interface PlainOptions {
  readonly name?: string
  /** Opening waits for this, and fails as it does. */
  readonly opening?: Promise<void>
}

/** Revisions, heads and remotes in maps. */
export class PlainEngine implements Engine {
  readonly listsHeads = true
  /** It remembers no moves: whoever watches looks at all heads. */
  readonly movedSince = (): HeadMoves => ({ mark: 0, moves: undefined })
  readonly #stored = new Map<Ref, Stored>()
  readonly #heads = new Map<string, Ref>()
  readonly #remotes = new Map<string, Ref>()
  /** When a prune first found that nothing reaches a revision. */
  readonly #marks = new Map<Ref, number>()
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
      const payloads = drafts.map(({ payload }) => canonical(payload))
      if (move.moveHead) this.#compare(branch, move.previousHead)
      const staged = new Map<Ref, { ancestors: readonly Ref[]; payload: Payload }>()
      let last = this.#heads.get(branch)
      const refs = drafts.map((draft, index) => {
        const ancestors = draft.ancestors ?? (last === undefined ? [] : [last])
        for (const ref of ancestors) if (!staged.has(ref)) this.#needAncestor(ref)
        const payload = payloads[index] ?? ''
        last = refOf(ancestors, payload)
        staged.set(last, { ancestors, payload })
        return last
      })
      for (const [ref, { ancestors, payload }] of staged) this.insert(ref, ancestors, payload)
      if (move.moveHead && last !== undefined) this.#heads.set(branch, last)
      return refs
    })
  }

  setHead(branch: string, ref: Ref, previousHead: Ref | null | undefined): Promise<Ref> {
    return this.#write(() => {
      this.#need(ref)
      if (this.#heads.get(branch) !== ref) this.#compare(branch, previousHead)
      this.#heads.set(branch, ref)
      this.#marks.delete(ref)
      return ref
    })
  }

  deleteBranch(branch: string, previousHead: Ref | null | undefined): Promise<void> {
    return this.#write(() => {
      this.#compare(branch, previousHead)
      this.#heads.delete(branch)
    })
  }

  setRemoteHead(name: string, ref: Ref): Promise<Ref> {
    return this.#write(() => {
      this.#need(ref)
      this.#remotes.set(name, ref)
      this.#marks.delete(ref)
      return ref
    })
  }

  deleteRemote(name: string): Promise<void> {
    return this.#write(() => {
      this.#remotes.delete(name)
    })
  }

  erase(ref: Ref): Promise<void> {
    return this.#write(() => {
      this.#stored.set(ref, { ancestors: this.#need(ref).ancestors, payload: undefined })
    })
  }

  compact(): Promise<CompactResult> {
    return this.#write(() => ({ before: 0, after: 0 }))
  }

  prune(pruning: Pruning): Promise<PruneResult> {
    return this.#write(() => {
      for (const ref of pruning.keep) this.#need(ref)
      const tips = [...this.#heads.values(), ...this.#remotes.values(), ...pruning.keep]
      const { stay, wait } = pruned(this.#stored, tips, this.#marks, pruning)
      const lost = [...this.#stored].filter(([ref]) => !stay.has(ref))
      const bytes = lost.reduce((sum, [, { payload }]) => sum + Buffer.byteLength(payload ?? ''), 0)
      const result = { deleted: lost.length, waiting: wait.size, bytes }
      if (pruning.dryRun) return result
      for (const [ref] of lost) this.#stored.delete(ref)
      const marks = [...wait].map((ref) => [ref, this.#marks.get(ref) ?? pruning.now] as const)
      this.#marks.clear()
      for (const [ref, time] of marks) this.#marks.set(ref, time)
      return result
    })
  }

  headNow(branch: string): Ref | null {
    if (!this.#isOpen) throw new HistoError('HISTO_NOT_READY', 'await ready() first')
    return this.#heads.get(branch) ?? null
  }

  head(branch: string): Ref | null {
    return this.headNow(branch)
  }

  remoteHead(name: string): Ref | null {
    return this.#remotes.get(name) ?? null
  }

  remotes(): Record<string, Ref> {
    return Object.assign(Object.create(null), Object.fromEntries(this.#remotes))
  }

  branches(): Record<string, Ref> {
    return Object.assign(Object.create(null), Object.fromEntries(this.#heads))
  }

  get(ref: Ref): unknown {
    const { payload } = this.#need(ref)
    if (payload === undefined) throw new HistoError('HISTO_SHALLOW', `${ref} is erased`, { ref })
    return typeof payload === 'string' ? JSON.parse(payload) : new Uint8Array(payload)
  }

  async getMany(refs: readonly Ref[]): Promise<unknown[]> {
    await Promise.resolve()
    return refs.map((ref) => this.get(ref))
  }

  revision(ref: Ref): Revision<unknown> {
    return { ref, ancestors: [...this.#need(ref).ancestors], data: this.get(ref) }
  }

  async revisions(refs: readonly Ref[]): Promise<Revision<unknown>[]> {
    await Promise.resolve()
    return refs.map((ref) => this.revision(ref))
  }

  has(refs: readonly Ref[]): boolean[] {
    return refs.map((ref) => this.#stored.has(ref))
  }

  async refsStartingWith(digits: string, most: number): Promise<Ref[]> {
    await Promise.resolve()
    return [...this.#stored.keys()].filter((ref) => ref.startsWith(digits)).slice(0, most)
  }

  ancestors(ref: Ref): Ref[] {
    return [...this.#need(ref).ancestors]
  }

  refDifference(from: readonly Ref[], to: Ref): Ref[] {
    const reached = reachable(this.#ancestorsOf, from)
    const wanted = reachable(this.#ancestorsOf, [to])
    return this.#newestFirst().filter((ref) => wanted.has(ref) && !reached.has(ref))
  }

  mergeBases(ref1: Ref, ref2: Ref): Ref[] {
    return mergeBases(this.#ancestorsOf, ref1, ref2)
  }

  isAncestor(ancestor: Ref, descendant: Ref): boolean {
    this.#need(ancestor)
    return reachable(this.#ancestorsOf, [descendant]).has(ancestor)
  }

  reachedBy(tip: Ref, refs: readonly Ref[]): boolean[] {
    this.#need(tip)
    const reached = reachable(this.#ancestorsOf, [tip])
    return refs.map((ref) => reached.has(ref))
  }

  async *history({ to, until, limit }: HistoryRange): AsyncIterable<Revision<unknown>[]> {
    const refs = this.refDifference(until, to).slice(0, limit)
    for (let at = 0; at < refs.length; at += 2) yield await this.revisions(refs.slice(at, at + 2))
  }

  async verify(_branch: string, { signal, onProgress }: Watching): Promise<VerifyReport> {
    await Promise.resolve()
    signal?.throwIfAborted()
    const refs = [...this.#stored.keys()]
    const done = refs.length
    onProgress({ done, total: done, bytes: 0 })
    const stored = [...this.#stored]
    const damaged = stored.filter(([ref, { ancestors, payload }]) => {
      return payload !== undefined && refOf(ancestors, payload) !== ref
    })
    const lists = { missing: [], dangling: [], heads: [], file: null }
    const names = damaged.map(([ref]) => ref)
    return { ok: names.length === 0, revisions: done, bytes: 0, damaged: names, ...lists }
  }

  backup(place: BackupPlace, watching: Watching): Promise<BackupResult> {
    return copyOut(this, place, watching)
  }

  reorderBuffer(maxPendingBytes: number): ReorderBuffer {
    return new PlainReorderBuffer(
      { has: (ref) => this.#stored.has(ref), insert: this.insert },
      maxPendingBytes
    )
  }

  insert = (ref: Ref, ancestors: readonly Ref[], payload: Payload): void => {
    if (this.#stored.get(ref)?.payload === undefined) this.#stored.set(ref, { ancestors, payload })
    this.#marks.delete(ref)
  }

  readonly #ancestorsOf = (ref: Ref): readonly Ref[] => this.#need(ref).ancestors

  /** Insertion order has ancestors first. */
  #newestFirst(): Ref[] {
    return [...this.#stored.keys()].toReversed()
  }

  async #write<R>(apply: () => R): Promise<R> {
    await this.#opened
    if (this.#isClosed) throw new HistoError('HISTO_CLOSED', 'the engine is closed')
    return apply()
  }

  #need(ref: Ref): Stored {
    const stored = this.#stored.get(ref)
    if (stored !== undefined) return stored
    throw new HistoError('HISTO_NOT_FOUND', `${ref} is not in the database`, { ref })
  }

  #needAncestor(ref: Ref): void {
    if (this.#stored.has(ref)) return
    throw new HistoError('HISTO_MISSING_ANCESTOR', `${ref} is not in the database`, { ref })
  }

  #compare(branch: string, expected: Ref | null | undefined): void {
    const head = this.#heads.get(branch) ?? null
    if (expected === undefined || expected === head) return
    throw new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', { head, expected })
  }
}
