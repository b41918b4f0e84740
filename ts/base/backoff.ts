/**
 * How long to wait before something that failed is tried again: twice as long after each failure, and
 * never the same for two who failed at the same moment.
 */

import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds before the first try again, and the most. */
const [least, most] = [100, 30_000]

/** Milliseconds to wait after so many failures in a row: between half of the full time and all of it. */
export function backoff(failures: number): number {
  const full = Math.min(most, least * 2 ** (failures - 1))
  return full / 2 + (Math.random() * full) / 2
}

/** Waits so many milliseconds; rejects with the signal's reason. */
export async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
