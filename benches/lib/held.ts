/**
 * Measures how long the event loop is blocked: by the clock, and by the processor time of JavaScript's thread,
 * which does not include other work on the machine.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** Milliseconds, but for `all` at their longest. */
export interface Held {
  /** The longest turn of the event loop by the clock. */
  readonly longest: number
  /** 99 turns of 100 are shorter. */
  readonly most: number
  /** The longest turn in processor time of its thread; NaN if the system does not report it. */
  readonly busy: number
  /** The longest collection of garbage by the clock. */
  readonly collection: number
  /** The total time of `work`: by the clock, and in processor time of the thread. */
  readonly all: { readonly clock: number; readonly busy: number }
}

/** Runs `work` and samples the loop once in a millisecond meanwhile. */
export async function held(work: () => Promise<unknown>): Promise<Held> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  let collection = 0
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collection = Math.max(collection, duration)
  })
  collections.observe({ entryTypes: ['gc'] })
  const thread = new Thread()
  delay.enable()
  const [start, busyAtStart] = [performance.now(), thread.busy()]
  thread.watch()
  await work()
  const all = { clock: performance.now() - start, busy: thread.busy() - busyAtStart }
  await new Promise((resolve) => setTimeout(resolve, 20)) // the last collections are told late
  collections.disconnect()
  delay.disable()
  const busy = thread.close()
  return { longest: delay.max / 1e6, most: delay.percentile(99) / 1e6, busy, collection, all }
}

/** The processor time of JavaScript's thread, as Linux tells it. */
class Thread {
  readonly #file = open()
  readonly #room = Buffer.alloc(64)
  #longest = 0
  #last = 0
  #timer: NodeJS.Timeout | undefined

  /** Milliseconds so far. */
  busy(): number {
    if (this.#file === undefined) return Number.NaN
    const length = readSync(this.#file, this.#room, 0, this.#room.length, 0)
    return Number(this.#room.toString('latin1', 0, length).split(' ')[0]) / 1e6
  }

  /** Looks once in a millisecond how much it was since the last look. */
  watch(): void {
    this.#last = this.busy()
    const look = () => {
      const now = this.busy()
      this.#longest = Math.max(this.#longest, now - this.#last)
      this.#last = now
      this.#timer = setTimeout(look, 1)
    }
    look()
  }

  /** The most of one look. */
  close(): number {
    clearTimeout(this.#timer)
    if (this.#file === undefined) return Number.NaN
    closeSync(this.#file)
    return this.#longest
  }
}

function open(): number | undefined {
  try {
    return openSync('/proc/thread-self/schedstat', 'r')
  } catch {
    return undefined // not Linux
  }
}
