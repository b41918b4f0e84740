/**
 * Waits for heads to move: one look for all readers that wait, as often as twice a second.
 */

import { listenTo } from '../base/signal.js'
import type { DB } from '../db.js'
import type { Seen, Sight } from './sight.js'

/** Milliseconds between two looks while somebody waits. */
const interval = 500

/** The news of one page. */
export class News {
  readonly #db: DB
  readonly #sight: Sight
  #next: Promise<Seen> | undefined

  constructor(db: DB, sight: Sight) {
    this.#db = db
    this.#sight = sight
  }

  /** The heads once their stamp is not `since`, or as they are after `ms`, or when the reader is gone. */
  async after(since: string | undefined, ms: number, signal: AbortSignal): Promise<Seen> {
    const end = performance.now() + ms
    for (let seen = await this.#sight.look(); ; seen = await this.#look()) {
      if (seen.state.stamp !== since || performance.now() >= end || signal.aborted) return seen
      const left = end - performance.now()
      await this.#pause(Math.min(interval, left), signal)
    }
  }

  /** One look serves all who want one at the moment. */
  #look(): Promise<Seen> {
    this.#next ??= this.#sight.look().finally(() => {
      this.#next = undefined
    })
    return this.#next
  }

  /** Ends early where a head moves that this process hears of at once. */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer)
        this.#db.off('head', over)
        deafen()
        resolve()
      }
      const timer = setTimeout(over, ms)
      const deafen = listenTo(signal, over)
      this.#db.on('head', over)
    })
  }
}
