/**
 * Calls methods of users' objects, with a callback; a promise is accepted too (`ts/base/manner.ts`).
 */

import { HistoError } from './errors.js'
import { isThenable, Manner, PendingCall, silence, type Takes } from './manner.js'

type Method = (...args: unknown[]) => unknown

/** How many arguments methods of sources, targets and streams get, besides the callback. */
const takes: Takes = {
  head: 0,
  branches: 1,
  remotes: 1,
  deleteRemote: 1,
  deleteBranch: 2,
  remoteHead: 1,
  refDifference: 2,
  has: 1,
  setRemoteHead: 2,
  setHead: 2,
  writeStream: 1,
  read: 0,
  abort: 0
}

/** Whether `object` has a function of that name. */
export function hasMethod(object: object, name: string): boolean {
  return typeof Reflect.get(object, name) === 'function'
}

/**
 * Calls `object[name](...args, callback)`; the first result counts, from the callback or the promise.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` if it is unclear whether a promise of `undefined` is a result
 */
export async function askForeign<R>(
  object: object,
  name: string,
  ...args: readonly unknown[]
): Promise<R | undefined> {
  const pending = new PendingCall<R>()
  try {
    const method = Reflect.get(object, name) as Method
    const returned = Reflect.apply(method, object, [...args, pending.answer])
    if (isThenable<R>(returned))
      Manner.of(object, takes).watch(returned, { method, name, args }, pending)
  } catch (error) {
    pending.fail(error)
  }
  if (!pending.isAnswered && (await pending.wait({})) === 'silent') {
    throw new HistoError('HISTO_PROTOCOL', `${name} ${silence}`)
  }
  if (pending.failed) throw pending.error
  return pending.result
}

/** Waits for `object.ready()`, if it exists. If that takes no parameter, it is done once it returns. */
export async function readyForeign(object: object): Promise<void> {
  if (!hasMethod(object, 'ready')) return
  const ready = Reflect.get(object, 'ready') as Method
  await (ready.length === 0 ? Reflect.apply(ready, object, []) : askForeign(object, 'ready'))
}

/** Whether an error of a user's object says that the thing is missing. */
export function isMissing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { notFound, code, message } = error as Record<string, unknown>
  if (notFound === true) return true
  if (typeof code === 'string') return code === 'ENOENT' || code.endsWith('NOT_FOUND')
  if (code !== undefined && code !== null) return false
  return typeof message === 'string' && /\bnot ?found\b|does not exist|no such/i.test(message)
}
