/**
 * Both call styles from one implementation.
 *
 * Takes the optional last callback off a call's arguments and settles through it or through a
 * promise. An exception of the callback itself never comes back here.
 */

import { isOptions, shortened } from './arguments.js'
import type { Callback } from './types.js'

/** How many arguments a member takes before the callback. */
export interface Arity {
  /** Arguments that are never the callback, although they may be functions. Default 0. */
  readonly required?: number
  readonly most: number
}

/**
 * Runs one call of a member. `run` sees the arguments without the callback; what it throws is reported
 * like a rejection. Removes the callback from `args`.
 */
export function respond<R>(
  args: unknown[],
  arity: Arity,
  run: () => Promise<R>
): Promise<R> | undefined {
  const callback = takeCallback<R>(args, arity.required ?? 0)
  const promise = attempt(() => {
    if (args.length > arity.most) refuseSurplus(args, arity.most)
    return run()
  })
  if (callback === undefined) return promise
  deliver(promise, callback)
  return undefined
}

/** Calls `callback` once, in a later tick; what it throws is an uncaught exception. */
function deliver<R>(promise: Promise<R>, callback: Callback<R>): void {
  promise.then(
    (result) => process.nextTick(callback, null, result),
    (error: unknown) => process.nextTick(callback, failure(error))
  )
}

/** The promise of `run`, which may throw instead of rejecting. */
export function attempt<R>(run: () => R | Promise<R>): Promise<R> {
  try {
    return Promise.resolve(run())
  } catch (error) {
    return Promise.reject(error)
  }
}

function takeCallback<R>(args: unknown[], required: number): Callback<R> | undefined {
  const last = args.length - 1
  if (last < required || typeof args[last] !== 'function') return undefined
  return args.pop() as Callback<R>
}

/** Refuses further arguments. A final `undefined` counts as no callback. */
function refuseSurplus(args: readonly unknown[], most: number): void {
  const surplus = args.slice(most).find((argument) => argument !== undefined)
  if (surplus === undefined) return
  const takes = `at most ${most} ${most === 1 ? 'argument' : 'arguments'} and a callback`
  if (isOptions(surplus)) {
    for (const name in surplus) {
      throw new TypeError(`the call has no option '${shortened(name)}'; it takes ${takes}`)
    }
  }
  throw new TypeError(`expected ${takes}, which is a function`)
}

/** The error for a callback: a falsy reason (`abort(null)`), which would look like success, is wrapped. */
function failure(error: unknown): Error {
  if (error) return error as Error
  return new Error(`the call failed with ${String(error)} as the reason`, { cause: error })
}
