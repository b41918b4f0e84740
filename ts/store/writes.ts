/**
 * Writing over stores of the user's: one write, or one run of puts of a branch, at a time.
 *
 * A run of puts goes out as a chain and moves the head once: in one batch where ids are known before,
 * else each put waits for the id of the one before it. A head that another process moved meanwhile
 * has the run written again on top of it. Nothing is ever deleted; nothing is visible before the head
 * is moved.
 */

import type { Draft, HeadMove } from '../engine.js'
import { HistoError } from '../errors.js'
import { fromNative, native } from '../native.js'
import type { Ref } from '../types.js'
import { headKey } from './keys.js'
import { conflict, follows, type Outcome, report, settle } from './outcomes.js'
import { type Chains, chainedFailure, Queue, type QueuedCall, type QueuedPut } from './queue.js'
import type { StoredHeads } from './stored-heads.js'
import type { StoredRevisions, Written } from './stored-revisions.js'

/** What writing needs to know of the rest of the engine. */
export interface Surroundings {
  readonly revisions: StoredRevisions
  readonly heads: StoredHeads
  readonly maxRevisionBytes: number
  /** Resolves when the database is open, `undefined` if it is; rejects with what opening failed with. */
  readonly opened: () => Promise<void> | undefined
  /** A revision was written or read. */
  readonly learned: (ref: Ref, ancestors: readonly Ref[]) => void
  /** The head of a branch was read or moved. */
  readonly headSeen: (branch: string, head: Ref | null) => void
}

/** Revisions under way: those yet to be written, and the refs of all. */
interface Staged {
  readonly revisions: Written[]
  readonly refs: Set<Ref>
  /** Ends the waits for the store. */
  readonly signal: AbortSignal | undefined
}

const none: ReadonlySet<Ref> = new Set()

/** The queue of a database's writes. */
export class StoreWrites {
  readonly #around: Surroundings
  readonly #chains: Chains
  readonly #queue = new Queue<QueuedPut | QueuedCall>()
  #running: Promise<void> | undefined

  constructor(around: Surroundings, chains: Chains) {
    this.#around = around
    this.#chains = chains
  }

  /** Queues a put of drafts; resolves with their refs. */
  put(branch: string, drafts: readonly Draft[], move: HeadMove): Promise<Ref[]> {
    const link = this.#chains.lead(branch, move.moveHead, move.signal)
    return new Promise((resolve, reject) => {
      this.#add({ branch, drafts, move, link, resolve, reject })
    })
  }

  /** Queues another write. */
  call<R>(call: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#add({ call: () => call().then(resolve, reject), reject })
    })
  }

  /** Resolves when all that was queued is settled. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  #add(entry: QueuedPut | QueuedCall): void {
    this.#queue.push(entry)
    this.#running ??= new Promise((done) => {
      process.nextTick(() => this.#run().then(done))
    })
  }

  async #run(): Promise<void> {
    try {
      const opening = this.#around.opened()
      if (opening !== undefined) await opening
    } catch (error) {
      for (const entry of this.#queue.takeAll()) entry.reject(error)
    }
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) {
      if ('call' in entry) await entry.call()
      else if (entry.move.previousHead !== undefined || !entry.move.moveHead)
        await this.#runOne(entry)
      else await this.#runGroup(this.#group(entry), entry.branch)
    }
    this.#running = undefined
  }

  /** Takes the puts behind `first` that can go out with it: one that a signal may end goes alone. */
  #group(first: QueuedPut): QueuedPut[] {
    const goesWith = (next: QueuedPut | QueuedCall): next is QueuedPut => {
      if ('call' in next || next.branch !== first.branch) return false
      const { previousHead, moveHead, signal } = next.move
      return previousHead === undefined && moveHead && signal === undefined
    }
    if (first.move.signal !== undefined) return [first]
    return [first, ...this.#queue.takeWhile(goesWith)]
  }

  async #runOne(put: QueuedPut): Promise<void> {
    const { branch, drafts, move } = put
    const { signal } = move
    const { heads, headSeen } = this.#around
    await settle(put, async () => {
      for (;;) {
        signal?.throwIfAborted()
        const head = await heads.readSettled(headKey(branch), signal)
        if (move.previousHead !== undefined && head !== move.previousHead) {
          throw conflict(head, move.previousHead)
        }
        const staged: Staged = { revisions: [], refs: new Set(), signal }
        const refs = await this.#stage(drafts, head, staged)
        await this.#store(staged)
        const latest = refs.at(-1)
        if (!move.moveHead || latest === undefined || latest === head) return refs
        if (!(await heads.move(headKey(branch), head, latest, signal))) continue
        headSeen(branch, latest)
        return refs
      }
    })
  }

  async #runGroup(group: readonly QueuedPut[], branch: string): Promise<void> {
    const key = headKey(branch)
    const { heads, headSeen } = this.#around
    const signal = group[0]?.move.signal
    let outcomes: Outcome[] = []
    try {
      for (let moved = false; !moved; ) {
        signal?.throwIfAborted()
        const reading = heads.readSettled(key, signal)
        const head = reading instanceof Promise ? await reading : reading
        outcomes = []
        const latest = await this.#writeGroup(group, head, outcomes)
        moved = latest === head || latest === null || (await heads.move(key, head, latest, signal))
        if (moved) headSeen(branch, latest)
      }
    } catch (error) {
      outcomes = group.map((put, place) => ({ put, error: outcomes[place]?.error ?? error }))
    }
    for (const outcome of outcomes) report(outcome)
  }

  /** Writes a run of puts onto `head`; answers the last ref, and in `outcomes` how each ended. */
  async #writeGroup(
    group: readonly QueuedPut[],
    head: Ref | null,
    outcomes: Outcome[]
  ): Promise<Ref | null> {
    const staged: Staged = { revisions: [], refs: new Set(), signal: group[0]?.move.signal }
    let latest = head
    let failed: unknown
    for (const put of group) {
      const chained = follows(put) ? (failed ?? put.link.failure()) : undefined
      if (chained !== undefined) {
        failed = chainedFailure(chained)
        outcomes.push({ put, error: failed })
        continue
      }
      try {
        const refs = await this.#stage(put.drafts, latest, staged)
        latest = refs.at(-1) ?? latest
        outcomes.push({ put, refs })
        failed = undefined
      } catch (error) {
        if (!(error instanceof TypeError)) failed = error
        outcomes.push({ put, error })
      }
    }
    if (staged.revisions.length > 0) await this.#store(staged)
    return latest
  }

  /** Makes revisions of drafts, all or none; writes them too where only the store can tell their ids. */
  async #stage(drafts: readonly Draft[], head: Ref | null, staged: Staged): Promise<Ref[]> {
    const { revisions, learned } = this.#around
    const isPlain = drafts.length === 1 && drafts[0]?.ancestors === undefined
    const named = isPlain ? none : await this.#check(drafts, head, staged)
    const made: Written[] = []
    const madeRefs = new Set<Ref>()
    for (const { payload, ancestors: given } of drafts) {
      const unmade = given?.filter((ref) => named.has(ref) && !madeRefs.has(ref)) ?? []
      if (unmade.length > 0) await this.#expectKnown(unmade, staged.signal)
      const latest = made.at(-1)?.ref ?? head
      const ancestors = given ?? (latest === null ? [] : [latest])
      const text = this.#text(payload, ancestors)
      staged.signal?.throwIfAborted()
      const told = revisions.tellsIds
        ? revisions.idOf(text, ancestors)
        : revisions.put(text, ancestors, staged.signal)
      const ref = told instanceof Promise ? await told : told
      made.push({ ref, ancestors, text: revisions.tellsIds ? text : '' })
      madeRefs.add(ref)
    }
    for (const written of made) {
      if (!revisions.tellsIds) learned(written.ref, written.ancestors)
      else if (!staged.refs.has(written.ref)) staged.revisions.push(written)
      staged.refs.add(written.ref)
    }
    return made.map(({ ref }) => ref)
  }

  /** Writes what was staged with known ids, in order. */
  async #store({ revisions: staged, signal }: Staged): Promise<void> {
    const { revisions, learned } = this.#around
    await revisions.putAll(staged, signal)
    for (const { ref, ancestors } of staged) learned(ref, ancestors)
  }

  /**
   * Refuses what cannot be written before any of it is. Answers the refs of drafts that others name;
   * where only the store can tell its ids they are taken for built-in refs, which users can know.
   */
  async #check(
    drafts: readonly Draft[],
    head: Ref | null,
    { refs, signal }: Staged
  ): Promise<ReadonlySet<Ref>> {
    const own = new Set<Ref>()
    const named = new Set<Ref>()
    const unknown = new Set<Ref>()
    const told: { latest: Ref | null; error?: unknown } = { latest: head }
    for (const { payload, ancestors } of drafts) {
      for (const ref of ancestors ?? []) {
        if (own.has(ref)) named.add(ref)
        else if (ref !== head && !refs.has(ref)) unknown.add(ref)
      }
      const parents = ancestors ?? (told.latest === null ? [] : [told.latest])
      const text = this.#text(payload, parents)
      if (told.error === undefined) this.#foresee(text, parents, told)
      if (told.latest !== null) own.add(told.latest)
    }
    await this.#expectKnown([...unknown], signal)
    if (this.#around.revisions.tellsIds && told.error !== undefined) throw told.error
    return named
  }

  #foresee(
    text: string,
    parents: readonly Ref[],
    told: { latest: Ref | null; error?: unknown }
  ): void {
    const { revisions } = this.#around
    try {
      told.latest = revisions.tellsIds
        ? revisions.idOf(text, parents)
        : fromNative(undefined, () => native.refOfText(text))
    } catch (error) {
      told.error = error
    }
  }

  async #expectKnown(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<void> {
    if (refs.length === 0) return
    const found = await this.#around.revisions.has(refs, signal)
    const missing = refs.find((_ref, place) => found[place] !== true)
    if (missing === undefined) return
    throw new HistoError('HISTO_MISSING_ANCESTOR', `missing ancestor: ${missing}`, { ref: missing })
  }

  #text(payload: Draft['payload'], ancestors: readonly Ref[]): string {
    const { maxRevisionBytes } = this.#around
    return fromNative(undefined, () => native.textOf(payload, [...ancestors], maxRevisionBytes))
  }
}
