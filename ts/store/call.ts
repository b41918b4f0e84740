/**
 * Calls one method of a user's store: by callback or promise, at once or later.
 *
 * If a method calls back before it returns, its result comes without a promise. The first result counts. A
 * failure becomes `HISTO_STORE` with its cause; a missing key is `undefined`.
 */

import type { Awaitable } from '../base/awaitable.js'
import { HistoError } from '../base/errors.js'
import { isMissing as looksMissing } from '../base/foreign.js'
import { StoreMisuse } from '../base/log-ids.js'
import { isThenable, Manner, PendingCall, silence, type Takes } from '../base/manner.js'

/** How a database calls its stores. */
export interface StoreOptions {
  /** In ms; `undefined`: no limit. */
  readonly timeout: number | undefined
  /** Recognizes further errors that say a key is missing. */
  readonly isMissing: ((error: unknown) => boolean) | undefined
}

/** The subject of a call, for its errors, and how to treat its result. */
export interface Subject {
  readonly ref?: string
  readonly key?: string
  /** Whether an error may say that the key is missing; otherwise every error is a failure. */
  readonly mayMiss?: boolean
  /** Called when the wait ends without a result, with a promise that resolves if the result still comes. */
  readonly late?: (answered: Promise<void>) => void
  /** Whether the returned value itself may be the result: an iterable. */
  readonly iterates?: boolean
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
}

type Method = (...args: unknown[]) => unknown

const reads: Takes = { get: 1, read: 1, del: 1, getMany: 1 }
const revisionTakes: Takes = { ...reads, put: 1, has: 1, putMany: 1, putNamed: 2 }
const branchTakes: Takes = {
  ...reads,
  put: 2,
  compareAndSwap: 3,
  compareAndSwapMany: 1,
  readLog: 1,
  forgetLog: 2,
  entries: 3
}

/** Calls the methods of one store. */
export class StoreCaller {
  readonly #store: object
  readonly #label: string
  readonly #options: StoreOptions
  readonly #manner: Manner

  /** @param label the store's name in errors */
  constructor(store: object, label: string, options: StoreOptions) {
    this.#store = store
    this.#label = label
    this.#options = options
    this.#manner = Manner.of(store, label === 'branchStore' ? branchTakes : revisionTakes)
  }

  /** Returns the first of these methods that the store has. */
  method(...names: readonly string[]): string | undefined {
    return names.find((name) => this.has(name))
  }

  /** Whether the store has a method, now. */
  has(name: string): boolean {
    return typeof Reflect.get(this.#store, name) === 'function'
  }

  /** Calls a method with a callback after `args`. */
  call<R>(name: string, args: readonly unknown[], subject: Subject): Awaitable<R | undefined> {
    const pending = new PendingCall<R>()
    try {
      const method = Reflect.get(this.#store, name) as Method
      const returned = invoke(method, this.#store, args, pending.answer)
      if (isThenable<R>(returned)) this.#manner.watch(returned, { method, name, args }, pending)
      else if (subject.iterates && returned !== undefined) pending.answer(null, returned as R)
    } catch (error) {
      pending.fail(error)
    }
    if (pending.isAnswered) return this.#settle(pending, name, subject)
    return this.#wait(pending, name, subject)
  }

  async #wait<R>(pending: PendingCall<R>, name: string, subject: Subject): Promise<R | undefined> {
    const end = await pending.wait({ ...subject, timeout: this.#options.timeout })
    if (end === 'answered') return this.#settle(pending, name, subject)
    if (end === 'aborted') throw subject.signal?.reason
    throw end === 'silent' ? this.#silent(name, subject) : this.unanswered(name, subject)
  }

  /** The error for a method that failed. */
  failed(name: string, subject: Subject, cause: unknown): HistoError {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `${this.#label}.${name} failed${about(subject)}: ${why}`
    const { ref, key } = subject
    return new HistoError('HISTO_STORE', message, {
      ref,
      key,
      cause,
      retryable: isRetryable(cause)
    })
  }

  /** The error for an invalid result. */
  rubbish(name: string, subject: Subject, what: string): HistoError {
    return this.#failure(name, subject, `returned ${what}`)
  }

  /** The error for a call that took too long. */
  unanswered(name: string, subject: Subject): HistoError {
    const message = `did not answer within ${this.#options.timeout} ms`
    return this.#failure(name, subject, message, true)
  }

  /** The error for a promise of `undefined`, which may be a result or precede a callback. */
  #silent(name: string, subject: Subject): HistoError {
    return this.#failure(name, subject, silence)
  }

  #settle<R>(pending: PendingCall<R>, name: string, subject: Subject): R | undefined {
    if (!pending.failed) return pending.result
    if (pending.error instanceof StoreMisuse) throw new TypeError(pending.error.message)
    if (subject.mayMiss === true && this.#isMissing(pending.error, name, subject)) return undefined
    throw this.failed(name, subject, pending.error)
  }

  #isMissing(error: unknown, name: string, subject: Subject): boolean {
    try {
      return Boolean(this.#options.isMissing?.(error)) || looksMissing(error)
    } catch (thrown) {
      throw this.failed(name, subject, thrown)
    }
  }

  #failure(name: string, subject: Subject, what: string, retryable = false): HistoError {
    const message = `${this.#label}.${name} ${what}${about(subject)}`
    const { ref, key } = subject
    return new HistoError('HISTO_STORE', message, { ref, key, retryable })
  }
}

/** The ref or key of a call, in its message. */
function about({ ref, key }: Subject): string {
  const of = ref ?? key
  return of === undefined ? '' : ` for ${of}`
}

/** Whether the store marks its own error as retryable. */
function isRetryable(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && Reflect.get(cause, 'retryable') === true
}

/** Calls a method; faster for one or two arguments, as nearly all calls have. */
function invoke(method: Method, store: object, args: readonly unknown[], answer: unknown): unknown {
  if (args.length === 1) return Reflect.apply(method, store, [args[0], answer])
  if (args.length === 2) return Reflect.apply(method, store, [args[0], args[1], answer])
  return Reflect.apply(method, store, [...args, answer])
}
