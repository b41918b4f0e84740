/**
 * How long to wait before a retry: twice as long after each failure, with a random part, so that clients that failed
 * together do not retry together; longer if the failing side asked for it.
 */

import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds before the first retry, and the most before any retry. */
const [least, most] = [100, 30_000]

/** Most milliseconds that a failing side can ask for. */
const longestAsked = 300_000

/** Milliseconds to wait after an error. */
const asked = new WeakMap<object, number>()

/** Milliseconds to wait after `failures` in a row: between half of the full time and all of it. */
export function backoff(failures: number): number {
  const full = Math.min(most, least * 2 ** (failures - 1))
  return full / 2 + (Math.random() * full) / 2
}

/** Records that the side that failed with `error` asks to wait this many milliseconds. */
export function askRest(error: object, milliseconds: number): void {
  asked.set(error, Math.min(milliseconds, longestAsked))
}

/** The wait that was asked for; 0 if none was. */
export function askedRest(error: unknown): number {
  return typeof error === 'object' && error !== null ? (asked.get(error) ?? 0) : 0
}

/** Milliseconds to wait after `error`, the last of `failures` in a row. */
export function restAfter(error: unknown, failures: number): number {
  return Math.max(backoff(failures), askedRest(error))
}

/** Waits this many milliseconds; rejects with the signal's reason. */
export async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

/** The result of `work`, or of `late` if `work` takes longer than that many milliseconds. */
export async function within<R>(
  milliseconds: number,
  work: Promise<R>,
  late: () => R | Promise<R>
): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  try {
    return await Promise.race([work, limit.then(late)])
  } finally {
    clearTimeout(timer)
  }
}
