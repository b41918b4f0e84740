/**
 * The log of the heads in a branch store: calls `readLog` and `forgetLog`, and checks what they return.
 */

import type { LogEntry } from '../base/options.js'
import type { StoreCaller } from './call.js'
import type { HeadSwap, LogRange, NewLogEntry } from './interfaces.js'

const msPerDay = 86_400_000
/** Milliseconds between two removals of old entries, and most entries of one removal. */
const [dropInterval, dropBatch] = [3_600_000, 256]

/** The log in a user's branch store. */
export class StoredLog {
  /** Days for which entries are kept; 0: moves are not logged. */
  readonly days: number
  readonly #caller: StoreCaller
  #dropped = 0

  constructor(caller: StoreCaller, days: number) {
    this.#caller = caller
    this.days = days
  }

  get canRead(): boolean {
    return this.#caller.has('readLog')
  }

  /** The arguments of `compareAndSwapMany`: a store without a log gets no entries. */
  swapping(swaps: readonly HeadSwap[], entries: readonly NewLogEntry[]): readonly unknown[] {
    return this.canRead ? [swaps, entries] : [swaps]
  }

  /** Entries, newest first. */
  async read(range: LogRange, signal?: AbortSignal): Promise<LogEntry[]> {
    const subject = { signal, iterates: true }
    const found = await this.#caller.call<unknown>('readLog', [range], subject)
    const isList = typeof found === 'object' && found !== null && Symbol.iterator in found
    const entries = isList ? [...(found as Iterable<LogEntry>)] : undefined
    if (entries?.every(isEntry) !== true) {
      throw this.#caller.rubbish('readLog', {}, 'what are no entries of the log')
    }
    if (entries.some(({ id }) => id === range.before)) {
      throw this.#caller.rubbish('readLog', {}, 'the entry before which others were asked for')
    }
    return entries.slice(0, range.limit)
  }

  /** Whether it is time to remove old entries. */
  get isDue(): boolean {
    return this.#caller.has('forgetLog') && Math.abs(Date.now() - this.#dropped) >= dropInterval
  }

  /** Removes some old entries; runs again at once if there are more. */
  async dropOld(): Promise<void> {
    const now = Date.now()
    const hasMore = await this.forget(now - this.days * msPerDay)
    this.#dropped = hasMore ? 0 : now
  }

  /** Removes some of the entries before a time, if the store can; returns whether there may be more. */
  async forget(time: number): Promise<boolean> {
    if (!this.#caller.has('forgetLog')) return false
    const at = new Date(Math.max(time, 0)).toISOString()
    const count = await this.#caller.call<unknown>('forgetLog', [at, dropBatch], {})
    if (Number.isInteger(count)) return (count as number) >= dropBatch
    throw this.#caller.rubbish('forgetLog', {}, `${typeof count}, no count,`)
  }
}

function isEntry(entry: unknown): entry is LogEntry {
  if (typeof entry !== 'object' || entry === null) return false
  const { id, time, branch, action, from, to } = entry as Record<string, unknown>
  if (![id, time, branch, action].every((text) => typeof text === 'string')) return false
  return [from, to].every((ref) => ref === undefined || ref === null || typeof ref === 'string')
}
