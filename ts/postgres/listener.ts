/**
 * Hears of heads that others write: a line that is made again where it is lost or deaf.
 *
 * Does not keep the process alive. After a gap everybody is told, since something may have happened; so
 * they are with each beat, and as often where no line can be had.
 */

import { backoff } from '../base/backoff.js'
import { beatEvery, Line } from './line.js'
import type { PgPool } from './pool.js'

/** Listens on one channel for any number of watchers, from the first one on to the last. */
export class Listener {
  readonly #pool: PgPool
  readonly #channel: string
  readonly #watchers = new Set<() => void>()
  #line: Line | undefined
  /** Lines in a row that heard nothing of themselves. */
  #failures = 0

  constructor(pool: PgPool, channel: string) {
    this.#pool = pool
    this.#channel = channel
  }

  /** Calls `notify` after each change until the function that it answers is called. */
  add(notify: () => void): () => void {
    const watcher = () => notify() // the same function may be given twice
    this.#watchers.add(watcher)
    if (this.#watchers.size === 1) void this.#listen()
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size > 0) return
      this.#line?.hangUp()
      this.#line = undefined
    }
  }

  /** Holds a line for as long as somebody watches. */
  async #listen(): Promise<void> {
    const beat = () => {
      this.#failures = 0
      this.#tell()
    }
    const line = new Line(this.#channel, { told: () => this.#tell(), beat })
    this.#line = line
    this.#failures += 1
    await line.hear(this.#pool)
    if (this.#line !== line) return
    this.#tell() // what happens in between is not heard
    const again = () => {
      if (this.#line === line) void this.#listen()
    }
    setTimeout(again, Math.min(beatEvery, backoff(Math.max(1, this.#failures)))).unref()
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}
