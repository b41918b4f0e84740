/**
 * Writing over stores of the user's: one write, or one run of puts of a branch, at a time.
 *
 * A run of puts goes out as a chain and moves the head once: in one batch where ids are known before,
 * else each put waits for the id of the one before it. A head that another process moved meanwhile
 * has the run written again on top of it. Nothing is ever deleted; nothing is visible before the head
 * is moved.
 */

import { headKey } from '../base/keys.js'
import type { Ref } from '../base/types.js'
import type { Awaitable, Draft, HeadMove } from '../engine.js'
import { after } from './call.js'
import { conflict, follows, type Outcome, report, settle } from './outcomes.js'
import { type Chains, chainedFailure, Queue, type QueuedCall, type QueuedPut } from './queue.js'
import { type Learned, Staged, Staging } from './staging.js'
import type { StoredHeads } from './stored-heads.js'
import type { StoredRevisions } from './stored-revisions.js'

/** What writing needs to know of the rest of the engine. */
export interface Surroundings {
  readonly revisions: StoredRevisions
  readonly heads: StoredHeads
  readonly maxRevisionBytes: number
  /** Resolves when the database is open, `undefined` if it is; rejects with what opening failed with. */
  readonly opened: () => Promise<void> | undefined
  readonly learned: Learned
  /** The head of a branch was read or moved. */
  readonly headSeen: (branch: string, head: Ref | null) => void
}

/** Where a run of puts stands: the ref that the next one follows, and what the one before failed with. */
interface Run {
  readonly staged: Staged
  readonly outcomes: Outcome[]
  latest: Ref | null
  failed: unknown
}

/** The queue of a database's writes. */
export class StoreWrites {
  readonly #around: Surroundings
  readonly #chains: Chains
  readonly #staging: Staging
  readonly #queue = new Queue<QueuedPut | QueuedCall>()
  #isRunning = false
  /** Resolve when the queue is empty. */
  readonly #idlers: (() => void)[] = []

  constructor(around: Surroundings, chains: Chains) {
    this.#around = around
    this.#chains = chains
    this.#staging = new Staging(around.revisions, around.maxRevisionBytes, around.learned)
  }

  /** Queues a put of a draft; resolves with its ref. */
  put(branch: string, draft: Draft, move: HeadMove): Promise<Ref> {
    const link = this.#chains.lead(branch, move.moveHead, move.signal)
    return new Promise((resolve, reject) => {
      const first = (refs: readonly Ref[]) => resolve(refs[0] as Ref) // a draft, a ref
      this.#add({ branch, drafts: [draft], move, link, resolve: first, reject })
    })
  }

  /** Queues a put of drafts; resolves with their refs. */
  putMany(branch: string, drafts: readonly Draft[], move: HeadMove): Promise<Ref[]> {
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
    while (this.#isRunning) await new Promise<void>((resolve) => this.#idlers.push(resolve))
  }

  #add(entry: QueuedPut | QueuedCall): void {
    this.#queue.push(entry)
    if (this.#isRunning) return
    this.#isRunning = true
    process.nextTick(this.#run)
  }

  readonly #run = (): void => {
    const opening = this.#around.opened()
    if (opening === undefined) {
      this.#goOn()
      return
    }
    const refuse = (error: unknown) => {
      for (const entry of this.#queue.takeAll()) entry.reject(error)
    }
    void opening.catch(refuse).then(() => this.#goOn())
  }

  /** Runs what is queued: at once, as far as the stores answer at once. */
  #goOn(): void {
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) {
      const running = this.#runEntry(entry)
      if (running instanceof Promise) {
        void running.then(() => this.#goOn())
        return
      }
    }
    this.#isRunning = false
    for (const idle of this.#idlers.splice(0)) idle()
  }

  #runEntry(entry: QueuedPut | QueuedCall): Awaitable<void> | undefined {
    if ('call' in entry) return entry.call()
    const { previousHead, moveHead } = entry.move
    if (previousHead !== undefined || !moveHead) return this.#runOne(entry)
    return this.#runGroup(this.#group(entry), entry.branch)
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
        const staged = new Staged(signal)
        const refs = await this.#staging.stage(drafts, head, staged)
        await this.#staging.store(staged)
        const latest = refs.at(-1)
        if (!move.moveHead || latest === undefined || latest === head) return refs
        if (!(await heads.move(headKey(branch), head, latest, signal))) continue
        headSeen(branch, latest)
        return refs
      }
    })
  }

  /** Runs puts that go out together: at once where the stores answer at once. */
  #runGroup(group: readonly QueuedPut[], branch: string): Promise<void> | undefined {
    const outcomes: Outcome[] = []
    try {
      const moved = this.#tryGroup(group, branch, outcomes)
      if (moved === true) {
        for (const outcome of outcomes) report(outcome)
        return undefined
      }
      return this.#goOnWithGroup(group, branch, outcomes, moved)
    } catch (error) {
      failGroup(group, outcomes, error)
      return undefined
    }
  }

  /** Waits for a try, and tries again where another process moved the head meanwhile. */
  async #goOnWithGroup(
    group: readonly QueuedPut[],
    branch: string,
    begun: Outcome[],
    trying: Awaitable<boolean>
  ): Promise<void> {
    let outcomes = begun
    try {
      for (let moved = await trying; !moved; ) {
        outcomes = []
        moved = await this.#tryGroup(group, branch, outcomes)
      }
    } catch (error) {
      failGroup(group, outcomes, error)
      return
    }
    for (const outcome of outcomes) report(outcome)
  }

  /** Writes puts onto the head and moves it; tells whether it was still there to be moved. */
  #tryGroup(group: readonly QueuedPut[], branch: string, outcomes: Outcome[]): Awaitable<boolean> {
    const key = headKey(branch)
    const { heads, headSeen } = this.#around
    const signal = group[0]?.move.signal
    signal?.throwIfAborted()
    return after(heads.readSettled(key, signal), (head) =>
      after(this.#writeGroup(group, head, outcomes), (latest) => {
        const stays = latest === head || latest === null
        return after(stays || heads.move(key, head, latest, signal), (moved) => {
          if (moved) headSeen(branch, latest)
          return moved
        })
      })
    )
  }

  /** Writes a run of puts onto `head`; answers the last ref, and in `outcomes` how each ended. */
  #writeGroup(
    group: readonly QueuedPut[],
    head: Ref | null,
    outcomes: Outcome[]
  ): Awaitable<Ref | null> {
    const staged = new Staged(group[0]?.move.signal)
    const run: Run = { staged, outcomes, latest: head, failed: undefined }
    const staging = this.#stageAll(group, run)
    if (staging === undefined && staged.revisions.length === 0) return run.latest
    return this.#finish(staging, run)
  }

  async #finish(staging: Promise<void> | undefined, run: Run): Promise<Ref | null> {
    await staging
    if (run.staged.revisions.length > 0) await this.#staging.store(run.staged)
    return run.latest
  }

  /** Stages puts in order: at once, or as soon as the store answers. */
  #stageAll(group: readonly QueuedPut[], run: Run): Promise<void> | undefined {
    for (const [place, put] of group.entries()) {
      const staging = this.#stagePut(put, run)
      if (staging !== undefined) return this.#stageLate(staging, group.slice(place + 1), run)
    }
    return undefined
  }

  async #stageLate(first: Promise<void>, rest: readonly QueuedPut[], run: Run): Promise<void> {
    await first
    for (const put of rest) {
      const staging = this.#stagePut(put, run)
      if (staging !== undefined) await staging
    }
  }

  /** Stages one put of a run, unless it is chained on a failed one. */
  #stagePut(put: QueuedPut, run: Run): Promise<void> | undefined {
    const chained = follows(put) ? (run.failed ?? put.link?.failure()) : undefined
    if (chained !== undefined) {
      run.failed = chainedFailure(chained)
      run.outcomes.push({ put, error: run.failed })
      return undefined
    }
    try {
      const refs = this.#staging.stage(put.drafts, run.latest, run.staged)
      if (refs instanceof Promise) {
        return refs.then(
          (later) => stagedAs(later, put, run),
          (error: unknown) => notStaged(error, put, run)
        )
      }
      stagedAs(refs, put, run)
    } catch (error) {
      notStaged(error, put, run)
    }
    return undefined
  }
}

function stagedAs(refs: Ref[], put: QueuedPut, run: Run): void {
  run.latest = refs.at(-1) ?? run.latest
  run.failed = undefined
  run.outcomes.push({ put, refs })
}

function notStaged(error: unknown, put: QueuedPut, run: Run): void {
  if (!(error instanceof TypeError)) run.failed = error
  run.outcomes.push({ put, error })
}

/** Tells that a run failed: each of its puts with its own error, or that of the run. */
function failGroup(
  group: readonly QueuedPut[],
  outcomes: readonly Outcome[],
  error: unknown
): void {
  for (const [place, put] of group.entries())
    report({ put, error: outcomes[place]?.error ?? error })
}
