/**
 * One connection that listens for changes of heads: LISTEN, and a heartbeat that checks that it still receives.
 *
 * A connection may be open but receive nothing: half open, or behind a pooler that gives each statement to another one. So
 * with each beat it notifies itself, and ends if the notification does not come in time.
 */

import { randomBytes } from 'node:crypto'
import type { PgPool } from './pool.js'

/** Milliseconds between two beats, and the limit for hearing one or making a connection. */
export const beatEvery = 10_000
const mostWait = 5_000
/** Prefix of a beat's notifications, which announce no head. */
const beatMark = 'beat '

/** A connection of the pool, or one made for this. */
interface Connection {
  query(text: string): Promise<unknown>
  on(event: string, listener: (...args: unknown[]) => void): unknown
  connect?(): Promise<unknown>
  end?(): Promise<unknown>
  release?(error: boolean): void
  unref?(): void
}

/** Receives what the line hears. */
interface Ear {
  /** A head may have moved. */
  told(): void
  /** A beat was heard. */
  beat(): void
}

/** A line: connecting, connected or over. Does not keep the process alive. */
export class Line {
  readonly #channel: string
  readonly #ear: Ear
  readonly #over: Promise<void>
  #hangUp: () => void = () => undefined
  #isOver = false
  /** The token of the beat that must be heard next. */
  #awaited: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(channel: string, ear: Ear) {
    this.#channel = channel
    this.#ear = ear
    this.#over = new Promise((resolve) => {
      this.#hangUp = () => {
        this.#isOver = true
        resolve()
      }
    })
  }

  /** Ends it. */
  hangUp(): void {
    this.#hangUp()
  }

  /** Listens until it is over, for whatever reason. */
  async hear(pool: PgPool): Promise<void> {
    this.#within(mostWait)
    const connecting = connect(pool)
    connecting.then(
      (connection) => this.#isOver && letGo(connection), // too late
      () => this.#hangUp()
    )
    const connection = await Promise.race([connecting.catch(() => undefined), this.#over])
    if (connection !== undefined && !this.#isOver) {
      await this.#listen(connection)
      letGo(connection)
    }
    clearTimeout(this.#timer)
  }

  async #listen(connection: Connection): Promise<void> {
    connection.on('notification', (message) => this.#heard(message, connection))
    connection.on('error', () => this.#hangUp())
    connection.on('end', () => this.#hangUp())
    connection.unref?.()
    this.#query(connection, `LISTEN ${this.#channel}`)
    this.#beat(connection)
    await this.#over
  }

  /** Notifies itself, and ends unless it hears that in time. */
  #beat(connection: Connection): void {
    this.#awaited = `${beatMark}${randomBytes(8).toString('hex')}`
    this.#query(connection, `SELECT pg_notify('${this.#channel}', '${this.#awaited}')`)
    this.#within(mostWait)
  }

  #heard(message: unknown, connection: Connection): void {
    if (this.#isOver) return
    const payload: unknown = Reflect.get(Object(message), 'payload')
    if (typeof payload !== 'string' || !payload.startsWith(beatMark)) this.#ear.told()
    else if (payload === this.#awaited) {
      this.#awaited = undefined
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#beat(connection), beatEvery).unref()
      this.#ear.beat()
    }
  }

  #query(connection: Connection, text: string): void {
    connection.query(text).catch(() => this.#hangUp())
  }

  #within(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#hangUp, milliseconds).unref()
  }
}

/** A new connection with the pool's settings; one of the pool's if those are unknown. */
async function connect(pool: PgPool): Promise<Connection> {
  const made: unknown = Reflect.get(pool, 'Client')
  if (typeof made !== 'function') return (await pool.connect()) as unknown as Connection
  const Kind = made as new (options: unknown) => Connection
  const options: unknown = Reflect.get(pool, 'options')
  const connection = new Kind(options)
  connection.on('error', () => undefined) // reported by whatever waits for it
  await connection.connect?.()
  return connection
}

/** Does not wait for the other side, which may not answer. */
function letGo(connection: Connection): void {
  if (connection.release !== undefined) connection.release(true)
  else connection.end?.().catch(() => undefined)
}
