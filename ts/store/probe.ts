/**
 * Tests whether a user's `compareAndSwap` compares, by two swaps that exclude each other, before the first head
 * moves. A store that lets both succeed would silently lose heads of several processes.
 *
 * This is not a proof. It finds a method that ignores `expected`, and one that reads and then writes without a lock.
 */

import { randomUUID } from 'node:crypto'
import { HistoError } from '../base/errors.js'

/** The parts of a branch store that the probe uses. */
interface Probed {
  /** Sets a missing key to a value; returns whether it did. */
  readonly create: (key: string, value: string) => Promise<boolean>
  readonly remove: (key: string) => Promise<unknown>
}

/**
 * Returns whether at most one of two swaps that exclude each other succeeds. Both run at the same time on a key of
 * their own, which is removed in every case.
 *
 * @throws {HistoError} `HISTO_STORE` if a call of the store fails
 */
export async function excludes({ create, remove }: Probed): Promise<boolean> {
  const key = `probe/${randomUUID()}`
  const swaps = await Promise.allSettled([create(key, 'one'), create(key, 'other')])
  const failed = swaps.find((swap) => swap.status === 'rejected')
  if (failed !== undefined) {
    await remove(key).catch(() => undefined) // the first failure is reported
    throw failed.reason
  }
  await remove(key)
  return !swaps.every((swap) => swap.status === 'fulfilled' && swap.value)
}

/** The error for moving a head by a `compareAndSwap` that does not compare. */
export function wouldLoseHeads(key: string): HistoError {
  const message =
    `${key} was not moved: branchStore.compareAndSwap let two swaps win that exclude each other, so heads ` +
    'that several processes move would be lost. Make it compare and write in one step, or leave it ' +
    'out, so that one process at a time may write'
  return new HistoError('HISTO_STORE', message, { key })
}
