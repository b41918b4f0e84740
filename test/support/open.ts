/**
 * Databases for tests of the code above the engine.
 */

import { type DB, databaseOver } from '../../ts/db.js'
import { PlainEngine, type PlainOptions } from './plain-engine.js'

/** A database over the plain engine; any data by default, since tests are about more than types. */
export function openPlain<T = unknown>(options?: PlainOptions): DB<T> {
  return databaseOver<T>(new PlainEngine(options), 'main')
}

/** A ref that no database has. */
export const unknownRef = '0'.repeat(64)

/** Writes `base`, then `left` and `right` from it; the head is `right`. */
export async function fork<T>(db: DB<T>, base: T, left: T, right: T) {
  const start = await db.put(base, [])
  const leftRef = await db.put(left, [start])
  const rightRef = await db.put(right, [start])
  return { base: start, left: leftRef, right: rightRef }
}

/** All that an iterable brings. */
export async function collect<R>(items: AsyncIterable<R>): Promise<R[]> {
  const all: R[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The error that a call ends in. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => {
      throw new Error('the call succeeded')
    },
    (error: unknown) => error
  )
}

/** A callback, and the promise of what it is called with. */
export function callbackOf<R>() {
  const calls: { error: unknown; result: R | undefined }[] = []
  let settle: (call: { error: unknown; result: R | undefined }) => void
  const first = new Promise<{ error: unknown; result: R | undefined }>((resolve) => {
    settle = resolve
  })
  const callback = (error: unknown, result?: R) => {
    calls.push({ error, result })
    settle({ error, result })
  }
  return { callback, calls, first }
}
