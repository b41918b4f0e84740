/**
 * Listens for heads that others write, over a line that is made again when lost or deaf.
 *
 * Does not keep the process alive. Notifies all watchers after a gap, since something may have happened in it; also
 * with each beat, and as often if no line can be made.
 */

import { backoff } from '../base/backoff.js'
import { beatEvery, Line } from './line.js'
import type { PgPool } from './pool.js'

/** Listens on one channel for as long as it has watchers. */
export class Listener {
  readonly #pool: PgPool
  readonly #channel: string
  readonly #watchers = new Set<() => void>()
  #line: Line | undefined
  /** Lines in a row that never heard their own beat. */
  #failures = 0

  constructor(pool: PgPool, channel: string) {
    this.#pool = pool
    this.#channel = channel
  }

  /** Calls `notify` after each change until the returned function is called. */
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

  /** Holds a line for as long as there are watchers. */
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
    this.#tell() // nothing is heard in between
    const again = () => {
      if (this.#line === line) void this.#listen()
    }
    setTimeout(again, Math.min(beatEvery, backoff(Math.max(1, this.#failures)))).unref()
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}
