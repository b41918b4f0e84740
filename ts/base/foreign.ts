/**
 * Calls of methods on objects that users bring: with a callback, and a promise is an answer too.
 */

import type { Answer } from './options.js'

type Method = (...args: unknown[]) => unknown

/** Whether `object` has a function of that name. */
export function hasMethod(object: object, name: string): boolean {
  return typeof Reflect.get(object, name) === 'function'
}

/**
 * Calls `object[name](...args, callback)`; the first answer counts, by the callback or the promise.
 * A promise of `undefined` from a method that declares the callback is no answer.
 */
export function askForeign<R>(
  object: object,
  name: string,
  ...args: readonly unknown[]
): Promise<R | undefined> {
  return new Promise((resolve, reject) => {
    const method = Reflect.get(object, name) as Method
    const answer: Answer<R> = (error, result) => (error ? reject(error) : resolve(result))
    const returned = Reflect.apply(method, object, [...args, answer])
    if (!isThenable<R>(returned)) return
    const declaresCallback = method.length > args.length
    returned.then((result) => {
      if (result !== undefined || !declaresCallback) resolve(result)
    }, reject)
  })
}

/** Waits for `object.ready()`, where there is one; without a parameter it answers by returning. */
export async function readyForeign(object: object): Promise<void> {
  if (!hasMethod(object, 'ready')) return
  const ready = Reflect.get(object, 'ready') as Method
  await (ready.length === 0 ? Reflect.apply(ready, object, []) : askForeign(object, 'ready'))
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

/** Whether a foreign error says that what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { notFound, code, message } = error as Record<string, unknown>
  if (notFound === true) return true
  if (typeof code === 'string') return code === 'ENOENT' || code.endsWith('NOT_FOUND')
  if (code !== undefined && code !== null) return false
  return typeof message === 'string' && /not found|does not exist|no such/i.test(message)
}
