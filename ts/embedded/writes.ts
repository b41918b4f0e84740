/**
 * Hands writes to the native engine and settles their promises.
 *
 * On disk the writes of a tick are handed over together at its end, and settled in order when the writer
 * has committed them. In memory each is decided at once; a failure counts as pending until the
 * microtask that rejects it, so that chains fail in the same way in both.
 */

import { HistoError, type HistoErrorDetails } from '../base/errors.js'
import { readOnlyDenial } from '../base/read-only.js'
import type { Ref } from '../base/types.js'
import { errorOf, type Failure, fromNative, type NativeDatabase, native } from '../native.js'
import { writingCall } from './batch.js'
import type { Chained } from './branch-chain.js'
import { type Drained, drainAtExit, forgetAtExit } from './exit.js'
import { inSlices } from './ref-chunks.js'

/** After this many writes they are handed over before the tick ends, so that the writer can begin. */
const chunk = 128

/** The head that a write expects; for a batch, that of each part. */
type Expected = Ref | null | undefined | readonly (Ref | null | undefined)[]

interface Waiter {
  readonly resolve: (outcome: unknown) => void
  readonly reject: (error: Error) => void
  readonly chain: Chained | undefined
  readonly expected: Expected
}

/** Writes of one database. Fill `batch` with one write, then `submit` it. */
export abstract class Writes {
  /** The writes of this tick, in the layout of `batch.ts`. */
  batch: unknown[] = []
  protected readonly db: NativeDatabase
  protected readonly path: string | undefined

  constructor(db: NativeDatabase, path: string | undefined) {
    this.db = db
    this.path = path
  }

  /**
   * Submits the write that was just added to `batch`.
   *
   * @param chain that of its branch, or those of a batch, if later writes may be chained on this one
   * @param expected the expected head, for the error
   */
  abstract submit<R>(chain?: Chained, expected?: Expected): Promise<R>

  /** Whether a `putMany` may be handed over in parts. */
  abstract readonly takesParts: boolean

  /** Hands over the part that was just added, of a write whose end follows in the same tick. */
  abstract begin(): void

  /** Resolves when all writes are settled and the files are closed. */
  abstract close(): Promise<void>

  /** Ends a chained write and makes an error of its failure. */
  protected failed(failure: Failure, waiter: Pick<Waiter, 'chain' | 'expected'>): Error {
    const details: { expected?: Ref | null; cause?: Error } = {}
    const { index } = failure
    const expected = Array.isArray(waiter.expected) ? waiter.expected[index ?? -1] : waiter.expected
    if (failure.code === 'HISTO_HEAD_CONFLICT' && expected !== undefined) {
      details.expected = expected
    }
    const cause = waiter.chain?.failureOf(index)
    if (failure.code === 'HISTO_CHAINED' && cause !== undefined) details.cause = cause
    return errorOf(failure, this.path, details satisfies HistoErrorDetails)
  }
}

/** Writes to a path. */
export class DiskWrites extends Writes implements Drained {
  #waiters: Waiter[] = []
  #next = 0
  #unsent = 0
  #tickOpen = false
  #closed = false
  /** Outcomes that came after refs that are being made; `undefined` if none are. */
  #behind: unknown[] | undefined
  readonly #isReadOnly: boolean

  constructor(db: NativeDatabase, path: string | undefined, isReadOnly = false) {
    super(db, path)
    this.#isReadOnly = isReadOnly
  }

  /** Waits for the outcome of opening, which is the first. */
  opened(): Promise<void> {
    return this.#wait()
  }

  submit<R>(chain?: Chained, expected?: Expected): Promise<R> {
    if (this.#closed) {
      this.batch = []
      return Promise.reject(new HistoError('HISTO_CLOSED', 'the database is closed'))
    }
    const refused = this.#isReadOnly ? writingCall(this.batch) : undefined
    if (refused !== undefined) {
      this.batch = []
      return Promise.reject(readOnlyDenial(this.path, refused))
    }
    chain?.begin()
    const outcome = this.#wait<R>(chain, expected)
    this.#unsent += 1
    if (this.#isReadOnly) {
      this.#handOver(false)
    } else if (!this.#tickOpen) {
      this.#tickOpen = true
      process.nextTick(() => this.#endTick())
    } else if (this.#unsent >= chunk) {
      this.#handOver(true)
    }
    return outcome
  }

  readonly takesParts = true

  begin(): void {
    const begun = this.submit()
    begun.catch(() => undefined) // the end of the write fails with the same error
    if (this.#unsent > 0) this.#handOver(true)
  }

  close(): Promise<void> {
    if (this.#unsent > 0) this.#handOver(false)
    this.#closed = true
    native.close(this.db)
    return this.#wait()
  }

  drain(): void {
    if (this.#unsent > 0) this.#handOver(false)
    native.drain(this.db)
  }

  /** Settles the writes that have outcomes. Runs no user code, which runs in microtasks. */
  readonly settle = (): void => {
    const outcomes = native.take(this.db)
    if (this.#behind === undefined) this.#settleFrom(outcomes, 0)
    else this.#behind = this.#behind.concat(outcomes)
  }

  /** Making many refs takes several turns of the event loop; later outcomes wait for it. */
  #settleFrom(outcomes: readonly unknown[], start: number): void {
    for (let at = start; at < outcomes.length; at += 1) {
      const outcome = outcomes[at]
      if (areMany(outcome)) {
        this.#behind = outcomes.slice(at + 1)
        refsOfMany(outcome).then(this.#goOn, this.#goOn)
        return
      }
      this.#settleNext(outcome)
    }
    this.#forgetSettled()
  }

  /** Continues after many refs were made, or could not be. */
  readonly #goOn = (made: unknown): void => {
    const outcomes = this.#behind ?? []
    this.#behind = undefined
    this.#settleNext(made)
    this.#settleFrom(outcomes, 0)
  }

  #settleNext(outcome: unknown): void {
    const waiter = this.#waiters[this.#next++]
    if (waiter !== undefined) this.#settleOne(waiter, outcome)
  }

  #forgetSettled(): void {
    if (this.#next < this.#waiters.length) return
    this.#waiters = []
    this.#next = 0
    forgetAtExit(this)
  }

  #settleOne(waiter: Waiter, outcome: unknown): void {
    if (isFailure(outcome)) {
      const error = this.failed(outcome, waiter)
      waiter.chain?.settle(error)
      waiter.reject(error)
    } else {
      waiter.chain?.settle(undefined)
      waiter.resolve(outcome)
    }
  }

  #wait<R>(chain?: Chained, expected?: Expected): Promise<R> {
    if (this.#waiters.length === 0) drainAtExit(this)
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve: resolve as Waiter['resolve'], reject, chain, expected })
    })
  }

  #endTick(): void {
    this.#tickOpen = false
    this.#handOver(false)
  }

  #handOver(more: boolean): void {
    const { batch } = this
    const count = this.#unsent
    this.batch = []
    this.#unsent = 0
    try {
      fromNative(undefined, () => native.handOver(this.db, batch, more, Date.now()))
    } catch (error) {
      this.#refuse(count, error as Error)
    }
  }

  /** Rejects the latest writes, which could not be handed over, so that the writer has no outcome for them. */
  #refuse(count: number, error: Error): void {
    for (const { chain, reject } of this.#waiters.splice(this.#waiters.length - count)) {
      chain?.settle(error)
      reject(error)
    }
    this.#forgetSettled()
  }
}

/** Writes in memory. */
export class MemoryWrites extends Writes {
  /** Many refs that are being made. */
  #making: Promise<unknown> = Promise.resolve()

  submit<R>(chain?: Chained, expected?: Expected): Promise<R> {
    const { batch } = this
    this.batch = []
    const outcome = fromNative(undefined, () => native.writeNow(this.db, batch, Date.now()))
    if (areMany(outcome)) {
      const refs = refsOfMany(outcome)
      this.#making = Promise.allSettled([this.#making, refs])
      return refs as Promise<R>
    }
    if (!isFailure(outcome)) return Promise.resolve(outcome as R)
    chain?.begin()
    const error = this.failed(outcome, { chain, expected })
    chain?.settle(error)
    chain?.begin()
    return new Promise((_, reject) => {
      queueMicrotask(() => {
        chain?.settle(undefined)
        reject(error)
      })
    })
  }

  readonly takesParts = false

  begin(): void {
    throw new Error('in memory nothing is handed over')
  }

  async close(): Promise<void> {
    native.close(this.db)
    await this.#making
  }
}

/** The refs of a large `putMany`, or of a `prune`. */
export interface Many {
  readonly count: number
  readonly refs: Parameters<typeof native.sliceOfRefs>[0]
}

function areMany(outcome: unknown): outcome is Many {
  return typeof outcome === 'object' && outcome !== null && 'count' in outcome
}

export function refsOfMany({ count, refs }: Many): Promise<Ref[]> {
  return inSlices(count, (start, room) => native.sliceOfRefs(refs, start, room), undefined)
}

function isFailure(outcome: unknown): outcome is Failure {
  return typeof outcome === 'object' && outcome !== null && !Array.isArray(outcome)
}
