/**
 * How objects that users bring answer: by the callback that they are handed, by a promise, or both.
 *
 * A promise of a value is an answer. A promise of `undefined` from a method that has room for the
 * callback says nothing by itself: `async get(key, options)` has answered, `async get(key, cb)` is
 * about to. The object's other methods, and what they did, decide; where they do not, a second of
 * silence is a failure, and never taken for an answer.
 */

import { listenTo } from './signal.js'

/** Milliseconds in which the callback may follow a promise of `undefined`, where it is in doubt. */
const mostDoubt = 1000

/** The outcome of a method that stays in doubt to the end. */
export const silence: string =
  `returned a promise of undefined, has room for a callback and did not call it within ${mostDoubt} ms, ` +
  'so whether it answered is not known. Call the callback, or declare no parameters that are not passed'

/** The reason why the wait for an answer ended. */
export type End = 'answered' | 'late' | 'aborted' | 'silent'

/** How long an answer is waited for. */
export interface Patience {
  /** In ms; none: as long as it takes. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Gets a promise of an answer that may still come, once nobody waits for it any more. */
  readonly late?: ((answered: Promise<void>) => void) | undefined
}

/** A call of a method. */
export interface MethodCall {
  readonly method: Method
  readonly name: string
  readonly args: readonly unknown[]
}

type Method = (...args: never[]) => unknown

/** How many arguments each method of an object gets, beside the callback. */
export type Takes = Readonly<Record<string, number>>

/** One call until its first answer. */
export class PendingCall<R> {
  isAnswered = false
  failed = false
  error: unknown
  result: R | undefined
  #wake: (() => void) | undefined
  #leave: ((how: End) => void) | undefined
  #settled: (() => void) | undefined

  readonly answer = (error?: unknown, result?: R): void => {
    if (this.isAnswered) return
    this.isAnswered = true
    this.failed = Boolean(error)
    this.error = error
    this.result = result
    this.#settled?.()
    this.#wake?.()
  }

  /** A failure, whatever was thrown. */
  fail(error: unknown): void {
    this.answer(error || new Error(`it failed with ${String(error)} as the reason`))
  }

  /** Calls `settled` once nobody waits any more. With a limit, waits that many ms at most. */
  doubt(limit: number | undefined, settled: () => void): void {
    const timer = limit === undefined ? undefined : setTimeout(() => this.#leave?.('silent'), limit)
    this.#settled = () => {
      clearTimeout(timer)
      settled()
    }
  }

  /** Resolves with the reason why the wait ended. */
  wait({ timeout, signal, late }: Patience): Promise<End> {
    return new Promise((resolve) => {
      const end = (how: End) => {
        clearTimeout(timer)
        deafen?.()
        resolve(how)
      }
      const leave = (how: End) => {
        this.#settled?.()
        late?.(
          new Promise<void>((done) => {
            this.#wake = done
          })
        )
        end(how)
      }
      this.#leave = leave
      const abort = () => leave('aborted')
      const timer = timeout === undefined ? undefined : setTimeout(leave, timeout, 'late')
      this.#wake = () => end('answered')
      const deafen = signal && listenTo(signal, abort)
      if (signal?.aborted) abort()
    })
  }
}

const known = new WeakMap<object, Manner>()

/** One object as it is known: what its methods did, and whether they have room for a callback. */
export class Manner {
  readonly #object: object
  readonly #takes: Takes
  #promises = false
  /** A method that returned a promise of nothing called back. */
  #callsBack = false
  #asked = false
  readonly #doubted = new Set<PendingCall<unknown>>()

  private constructor(object: object, takes: Takes) {
    this.#object = object
    this.#takes = takes
  }

  /** The manner of an object, the same for all who call it. */
  static of(object: object, takes: Takes): Manner {
    const manner = known.get(object) ?? new Manner(object, takes)
    known.set(object, manner)
    return manner
  }

  /** Takes the value of a promise for the answer, where it is one. */
  watch<R>(returned: PromiseLike<R>, call: MethodCall, pending: PendingCall<R>): void {
    const hasRoom = call.method.length > call.args.length
    returned.then(
      (result) => {
        if (pending.isAnswered) this.#callsBack ||= hasRoom && result === undefined
        else if (result !== undefined || !hasRoom || this.#promises) {
          pending.answer(null, result)
          if (result !== undefined || lacksRoom(call.method, call.args.length)) this.#promised()
        } else this.#doubt(pending as PendingCall<unknown>, call)
      },
      (error) => pending.fail(error)
    )
  }

  /** The object answers by promises, and so did the calls that are in doubt. */
  #promised(): void {
    this.#promises = true
    for (const pending of this.#doubted) pending.answer(null, undefined)
  }

  #doubt(pending: PendingCall<unknown>, call: MethodCall): void {
    this.#doubted.add(pending)
    pending.doubt(this.#callsBack ? undefined : mostDoubt, () => {
      this.#doubted.delete(pending)
      this.#callsBack ||= pending.isAnswered && !this.#promises
    })
    if (this.#hasPromiseMethod()) this.#promised()
    else this.#askAnother(call)
  }

  /** Whether a method has no room for a callback, so that it can answer by a promise only. */
  #hasPromiseMethod(): boolean {
    return Object.entries(this.#takes).some(([name, count]) => {
      const method: unknown = Reflect.get(this.#object, name)
      return typeof method === 'function' && lacksRoom(method as Method, count)
    })
  }

  /** Asks a store for the same key by `getMany`, whose answer is a value however little is there. */
  #askAnother({ name, args }: MethodCall): void {
    const getMany: unknown = Reflect.get(this.#object, 'getMany')
    if (this.#asked || (name !== 'get' && name !== 'read') || typeof getMany !== 'function') return
    this.#asked = true
    try {
      const returned: unknown = Reflect.apply(getMany, this.#object, [[args[0]], () => undefined])
      if (!isThenable(returned)) return
      const heard = (result: unknown) => void (result !== undefined && this.#promised())
      returned.then(heard, () => undefined)
    } catch {
      // Leaves the doubt.
    }
  }
}

/**
 * Whether a callback behind `count` arguments cannot reach a method: none of its parameters has room, has
 * a default or takes the rest, and it does not use `arguments`.
 */
function lacksRoom(method: Method, count: number): boolean {
  if (method.length > count) return false
  const source = Function.prototype.toString.call(method)
  const parameters = source.slice(0, source.search(/=>|\{/))
  return !/=|\.\.\./.test(parameters) && !/\barguments\b|\[native code\]/.test(source)
}

/** Whether `value` is a promise, of whatever make. */
export function isThenable<R>(value: unknown): value is PromiseLike<R> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
