/**
 * Waits for heads to move: polls for all waiting readers together, at most twice a second.
 */

import { listenTo } from '../base/signal.js'
import type { DB } from '../db.js'
import type { Seen, Sight } from './sight.js'

/** Fewest milliseconds between two polls while a reader waits, and the fewest multiples of the time that a poll takes. */
const [interval, share] = [500, 10]

/** The news of one page. */
export class News {
  readonly #db: DB
  readonly #sight: Sight
  /** The functions that end the pause of each waiting reader. */
  readonly #waiting = new Set<() => void>()
  #next: Promise<Seen> | undefined
  /** Milliseconds that the last poll took. */
  #took = 0
  readonly #moved = (): void => {
    for (const wake of [...this.#waiting]) wake()
  }

  constructor(db: DB, sight: Sight) {
    this.#db = db
    this.#sight = sight
  }

  /** The heads once their stamp is not `since`, or after `ms`, or when the reader has gone. */
  async after(since: string | undefined, ms: number, signal: AbortSignal): Promise<Seen> {
    const seen = await this.#sight.look()
    if (seen.state.stamp !== since || ms === 0) return seen
    const end = performance.now() + ms
    let wake = (): void => undefined
    const reader = () => wake()
    if (this.#waiting.size === 0) this.#db.on('head', this.#moved)
    this.#waiting.add(reader)
    const deafen = listenTo(signal, reader)
    try {
      for (;;) {
        const left = end - performance.now()
        const pause = Math.min(Math.max(interval, share * this.#took), left)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
          if (signal.aborted) wake()
        })
        const now = await this.#look()
        if (now.state.stamp !== since || performance.now() >= end || signal.aborted) return now
      }
    } finally {
      deafen()
      this.#waiting.delete(reader)
      if (this.#waiting.size === 0) this.#db.off('head', this.#moved)
    }
  }

  /** Polls; concurrent callers share one poll. */
  #look(): Promise<Seen> {
    const began = performance.now()
    this.#next ??= this.#sight.look().finally(() => {
      this.#next = undefined
      this.#took = performance.now() - began
    })
    return this.#next
  }
}
