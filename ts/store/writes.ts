/**
 * Writing over user stores: one write, or one run of puts of a branch, at a time.
 *
 * A run of puts is written as a chain and moves the head once: in one batch if ids are known in advance, else each
 * put waits for the id of the one before it. If another process moved the head meanwhile, the run is written
 * again on top of it. Nothing is ever deleted; nothing is visible before the head moves.
 */

import { type Awaitable, after, inTurn, tried } from '../base/awaitable.js'
import { headConflict } from '../base/errors.js'
import { headKey } from '../base/keys.js'
import type { Ref } from '../base/types.js'
import { type Draft, type HeadMove, type HeadOperation, isChained } from '../engine.js'
import { StoredBatch } from './batch.js'
import { found } from './found.js'
import type { NewLogEntry } from './interfaces.js'
import { type Cause, entriesOf } from './log.js'
import {
  type ChainLink,
  type Chains,
  chainedFailure,
  follows,
  isOutside,
  type Outcome,
  Queue,
  type QueuedCall,
  type QueuedPut,
  Refusal,
  type Restored,
  report,
  settle
} from './queue.js'
import { type Learned, Staged, Staging } from './staging.js'
import type { StoredHeads } from './stored-heads.js'
import type { StoredRevisions } from './stored-revisions.js'

const byPut: Cause = { action: 'put' }

/** What writing needs of the rest of the engine. */
interface Surroundings {
  readonly revisions: StoredRevisions
  readonly heads: StoredHeads
  readonly maxRevisionBytes: number
  /** `undefined` once the database is open, else resolves then; rejects with the error of opening. */
  readonly opened: () => Promise<void> | undefined
  readonly learned: Learned
  /** Called when the head of a branch was moved. */
  readonly headSeen: (branch: string, head: Ref | null) => void
}

/** The state of a run of puts: the ref that the next put follows, and the failure of the one before. */
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
    return this.#putOne({ branch, drafts: [draft], move })
  }

  /** Queues a put of drafts; resolves with their refs. */
  putMany(branch: string, drafts: readonly Draft[], move: HeadMove): Promise<Ref[]> {
    const link = this.#lead(branch, move)
    return new Promise((resolve, reject) => {
      this.#add({ branch, drafts, move, link, resolve, reject })
    })
  }

  /** Queues a put of the payload that a revision has; resolves with the new one's ref. */
  restore(branch: string, restored: Restored, move: HeadMove): Promise<Ref> {
    return this.#putOne({ branch, drafts: [], restored, move })
  }

  #putOne(asked: Omit<QueuedPut, 'link' | 'resolve' | 'reject'>): Promise<Ref> {
    const link = this.#lead(asked.branch, asked.move)
    return new Promise((resolve, reject) => {
      const first = (refs: readonly Ref[]) => resolve(refs[0] as Ref) // a draft, a ref
      this.#add({ ...asked, link, resolve: first, reject })
    })
  }

  #lead(branch: string, move: HeadMove): ChainLink | undefined {
    return this.#chains.lead(branch, isChained(move), move.signal)
  }

  /** Queues a batch; resolves with the ref of each operation. */
  batch(operations: readonly HeadOperation[], signal?: AbortSignal): Promise<(Ref | null)[]> {
    const batch = new StoredBatch(operations, this.#chains, signal)
    const done = this.call(() => batch.run({ ...this.#around, staging: this.#staging }))
    done.then(
      () => batch.settled(undefined),
      (error: unknown) => batch.settled(error)
    )
    return done
  }

  /** Queues another write. */
  call<R>(call: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#add({ call: () => call().then(resolve, reject), reject })
    })
  }

  /** Resolves when the queue is empty and settled. */
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
    const refuse = (error: unknown) => {
      for (const entry of this.#queue.takeAll()) entry.reject(error)
    }
    const opening = tried(this.#around.opened, () => undefined, refuse)
    void after(opening, () => inTurn(this.#taken(), (entry) => this.#runEntry(entry)))
  };

  /** Takes what is queued. Rests in the same step that finds nothing, so that no later write is overlooked. */
  *#taken(): Generator<QueuedPut | QueuedCall> {
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take())
      yield entry
    this.#isRunning = false
    for (const idle of this.#idlers.splice(0)) idle()
  }

  #runEntry(entry: QueuedPut | QueuedCall): Awaitable<void> {
    if ('call' in entry) return entry.call()
    const { previousHead, moveHead } = entry.move
    if (previousHead !== undefined || !moveHead) return this.#runOne(entry)
    return this.#runGroup(this.#group(entry), entry.branch)
  }

  /** Takes the puts after `first` that can be written with it. A put with a signal goes alone. */
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
    const { branch, move } = put
    const { signal } = move
    const { heads, headSeen } = this.#around
    await settle(put, async () => {
      const drafts = await this.#draftsOf(put)
      for (;;) {
        signal?.throwIfAborted()
        const head = await heads.readSettled(headKey(branch), signal)
        if (move.previousHead !== undefined && head !== move.previousHead) {
          throw headConflict(branch, head, move.previousHead)
        }
        const staged = new Staged(signal)
        const refs = await this.#staging.stage(drafts, head, staged)
        await this.#staging.store(staged)
        const latest = refs.at(-1)
        if (!move.moveHead || latest === undefined || latest === head) return refs
        const entries = entriesOf(branch, head, latest, move.by ?? byPut)
        if (!(await heads.moveHead(headKey(branch), head, latest, entries, signal))) continue
        headSeen(branch, latest)
        return refs
      }
    })
  }

  /** Runs puts that are written together; tries again if another process moved the head meanwhile. */
  #runGroup(group: readonly QueuedPut[], branch: string): Awaitable<void> {
    const outcomes: Outcome[] = []
    return tried(
      () => this.#tryGroup(group, branch, outcomes),
      (moved) => {
        if (!moved) return this.#runGroup(group, branch)
        for (const outcome of outcomes) report(outcome)
        return undefined
      },
      (error) => failGroup(group, outcomes, error)
    )
  }

  /** Writes puts onto the head and moves it; returns whether the head was still the same. */
  #tryGroup(group: readonly QueuedPut[], branch: string, outcomes: Outcome[]): Awaitable<boolean> {
    const key = headKey(branch)
    const { heads, headSeen } = this.#around
    const signal = group[0]?.move.signal
    signal?.throwIfAborted()
    return after(heads.readSettled(key, signal), (head) =>
      after(this.#writeGroup(group, head, outcomes), (latest) => {
        const stays = latest === head || latest === null
        const entries = stays ? [] : entriesOfRun(branch, head, outcomes)
        return after(stays || heads.moveHead(key, head, latest, entries, signal), (moved) => {
          if (moved) headSeen(branch, latest)
          return moved
        })
      })
    )
  }

  /** Writes a run of puts onto `head`; returns the last ref, and adds how each ended to `outcomes`. */
  #writeGroup(
    group: readonly QueuedPut[],
    head: Ref | null,
    outcomes: Outcome[]
  ): Awaitable<Ref | null> {
    const staged = new Staged(group[0]?.move.signal)
    const run: Run = { staged, outcomes, latest: head, failed: undefined }
    const staging = inTurn(group, (put) => this.#stagePut(put, run))
    return after(staging, () => {
      const storing = staged.revisions.length > 0 ? this.#staging.store(staged) : undefined
      return after(storing, () => run.latest)
    })
  }

  /** Stages one put of a run, unless it is chained on a failed one. */
  #stagePut(put: QueuedPut, run: Run): Awaitable<void> {
    const chained = follows(put) ? (run.failed ?? put.link?.failure()) : undefined
    if (chained !== undefined) {
      run.failed = chainedFailure(chained)
      run.outcomes.push({ put, error: run.failed })
      return undefined
    }
    return tried(
      () =>
        after(this.#draftsOf(put), (drafts) => this.#staging.stage(drafts, run.latest, run.staged)),
      (refs) => stagedAs(refs, put, run),
      (error) => notStaged(error, put, run)
    )
  }

  /** The drafts of a put, in its turn. */
  #draftsOf({ drafts, restored, move }: QueuedPut): Awaitable<readonly Draft[]> {
    if (restored === undefined) return drafts
    const { ref, meta } = restored
    const { revisions } = this.#around
    return tried(
      () => after(revisions.get(ref, move.signal), (parts) => found(ref, parts).data),
      (payload) => [{ payload, meta, ancestors: undefined }],
      refused
    )
  }
}

function refused(reason: unknown): never {
  throw new Refusal(reason)
}

/** The entries of a run: one for each of its puts that moves the head. */
function entriesOfRun(
  branch: string,
  head: Ref | null,
  outcomes: readonly Outcome[]
): NewLogEntry[] {
  let latest = head
  return outcomes.flatMap(({ put: { move }, refs }) => {
    const from = latest
    latest = refs?.at(-1) ?? latest
    return entriesOf(branch, from, latest, move.by ?? byPut)
  })
}

function stagedAs(refs: Ref[], put: QueuedPut, run: Run): void {
  run.latest = refs.at(-1) ?? run.latest
  run.failed = undefined
  run.outcomes.push({ put, refs })
}

function notStaged(error: unknown, put: QueuedPut, run: Run): void {
  if (!isOutside(error)) run.failed = error
  run.outcomes.push({ put, error })
}

/** Fails the puts of a run: each with its own error, or that of the run. */
function failGroup(
  group: readonly QueuedPut[],
  outcomes: readonly Outcome[],
  error: unknown
): void {
  for (const [place, put] of group.entries())
    report({ put, error: outcomes[place]?.error ?? error })
}
