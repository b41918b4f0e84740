/**
 * How users' objects return results: by the callback that they get, by a promise, or both.
 *
 * A promise of a value is a result. A promise of `undefined` from a method that has a parameter for the
 * callback is ambiguous: `async get(key, options)` has returned its result, `async get(key, cb)` is
 * about to call back. The object's other methods, and what they did, decide. If they do not, a second
 * without a callback is a failure; it is never taken as a result.
 */

import { listenTo } from './signal.js'

/** Milliseconds to wait for the callback after an ambiguous promise of `undefined`. */
const mostDoubt = 1000

/** The error message for a method whose promise stays ambiguous. */
export const silence: string =
  `returned a promise of undefined, has room for a callback and did not call it within ${mostDoubt} ms, ` +
  'so whether it answered is not known. Call the callback, or declare no parameters that are not passed'

/** The reason why the wait for an answer ended. */
type End = 'answered' | 'late' | 'aborted' | 'silent'

/** How long an answer is waited for. */
interface Patience {
  /** In ms; left out: without limit. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called when the wait ends without a result, with a promise that resolves if the result still comes. */
  readonly late?: ((answered: Promise<void>) => void) | undefined
}

/** A call of a method. */
interface MethodCall {
  readonly method: Method
  readonly name: string
  readonly args: readonly unknown[]
}

type Method = (...args: never[]) => unknown

/** How many arguments each method of an object gets, besides the callback. */
export type Takes = Readonly<Record<string, number>>

/** One call until its first result. */
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

  /** Calls `settled` once the wait has ended. With a limit, the wait lasts at most that many ms. */
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

/** The observed behaviour of one object: what its methods did, and whether they have a parameter for a callback. */
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

  /** The manner of an object, shared by all its callers. */
  static of(object: object, takes: Takes): Manner {
    const manner = known.get(object) ?? new Manner(object, takes)
    known.set(object, manner)
    return manner
  }

  /** Takes the value of a promise as the result, if it is one. */
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

  /** The object uses promises, so the ambiguous calls have ended too. */
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

  /** Whether some method has no parameter for a callback, so that it can only return a promise. */
  #hasPromiseMethod(): boolean {
    return Object.entries(this.#takes).some(([name, count]) => {
      const method: unknown = Reflect.get(this.#object, name)
      return typeof method === 'function' && lacksRoom(method as Method, count)
    })
  }

  /** Reads the same key of a store by `getMany`, whose result is a value even if the key is missing. */
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
 * Whether a method cannot receive a callback after `count` arguments: it declares no further parameter, none with
 * a default and no rest parameter, and does not use `arguments`.
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
