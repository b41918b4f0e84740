/**
 * Hears of heads that others write: LISTEN on a connection of its own, made again where it is lost.
 *
 * Does not keep the process alive. After a gap everybody is told, since something may have happened.
 */

import { backoff } from '../base/backoff.js'
import type { PgPool } from './pool.js'

/** A connection that may be of the pool, or made for this. */
interface Connection {
  query(text: string): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  connect?(): Promise<unknown>
  end?(): Promise<unknown>
  release?(error: boolean): void
  unref?(): void
}

/** Milliseconds between looks whether the connection is still there. */
const heartbeat = 30_000

/** Listens on one channel for any number of watchers, from the first one on to the last. */
export class Listener {
  readonly #pool: PgPool
  readonly #channel: string
  readonly #watchers = new Set<() => void>()
  /** Ends the connection that is there. */
  #hangUp: (() => void) | undefined
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
      if (this.#watchers.size === 0) this.#hangUp?.()
    }
  }

  /** Holds a connection for as long as somebody watches. */
  async #listen(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#hangUp = resolve
    })
    const hangUp = this.#hangUp
    try {
      await this.#hear(ended, hangUp)
    } catch {
      this.#failures += 1
    }
    if (this.#hangUp !== hangUp || this.#watchers.size === 0) return
    this.#tell() // what happens in between is not heard
    const again = () => {
      if (this.#hangUp === hangUp && this.#watchers.size > 0) void this.#listen()
    }
    setTimeout(again, backoff(Math.max(1, this.#failures))).unref()
  }

  async #hear(ended: Promise<void>, hangUp: (() => void) | undefined): Promise<void> {
    const connection = await connect(this.#pool)
    let beats: NodeJS.Timeout | undefined
    try {
      connection.on('notification', () => this.#tell())
      connection.on('error', () => hangUp?.())
      connection.on('end', () => hangUp?.())
      await connection.query(`LISTEN ${this.#channel}`)
      this.#failures = 0
      connection.unref?.()
      beats = setInterval(() => {
        connection.query('SELECT 1').catch(() => hangUp?.())
      }, heartbeat).unref()
      this.#tell()
      await ended
    } finally {
      clearInterval(beats)
      if (connection.release !== undefined) connection.release(true)
      else await connection.end?.().catch(() => undefined)
    }
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

/** A connection of the same kind as the pool's; one of the pool's where it does not say which. */
async function connect(pool: PgPool): Promise<Connection> {
  const made: unknown = Reflect.get(pool, 'Client')
  if (typeof made !== 'function') return (await pool.connect()) as unknown as Connection
  const Kind = made as new (options: unknown) => Connection
  const options: unknown = Reflect.get(pool, 'options')
  const connection = new Kind(options)
  connection.on('error', () => undefined) // told again by what waits for it
  await connection.connect?.()
  return connection
}
