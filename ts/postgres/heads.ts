/**
 * Heads in a table, moved by compare-and-swap.
 *
 * Every write leaves a token in its row, and the row keeps the last ones. So where a connection was
 * lost in the middle of a write, reading tells whether it was done, and a swap is never made twice.
 */

import { randomBytes } from 'node:crypto'
import type { BranchStore } from '../store/interfaces.js'
import { failureOf, told } from './failures.js'
import type { Listener } from './listener.js'
import { OutcomeUnknown, type Session } from './session.js'

/** Characters of a token, with the comma that stands behind it, and how many tokens a row keeps. */
const [tokenLength, kept] = [12, 32]
/** So often a write is tried whose connection was lost. */
const tries = 6
/** So many keys' last tokens are remembered. */
const mostSeen = 10_000

interface Row {
  readonly key: string
  readonly value: string
  readonly swaps: string
}

/** The branch store of a database on PostgreSQL. */
export class PostgresHeads implements BranchStore {
  readonly #session: Session
  readonly #listener: Listener
  /** The last token of each key when it was read or written last. */
  readonly #seen = new Map<string, string>()
  /** Whether the server can tell others of changes; not all that speak PostgreSQL's language can. */
  #notifies = true

  constructor(session: Session, listener: Listener) {
    this.#session = session
    this.#listener = listener
  }

  async get(key: string): Promise<string | undefined> {
    const row = await this.#read(key)
    this.#saw(key, row?.swaps)
    return row?.value
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const { heads, database } = this.#session.names
    const sql = `SELECT key, value FROM ${heads} WHERE database = $1 AND key = ANY($2)`
    const { rows } = await this.#session.run(sql, [database, keys.filter(isText)])
    const values = new Map((rows as Row[]).map(({ key, value }) => [key, value]))
    return keys.map((key) => values.get(key))
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    const { heads, database } = this.#session.names
    const sql = `SELECT key FROM ${heads} WHERE database = $1 AND left(key, $2) = $3`
    const { rows } = await this.#session.run(sql, [database, [...prefix].length, prefix])
    for (const { key } of rows as Row[]) yield key
  }

  async put(key: string, value: string): Promise<void> {
    const table = this.#session.names.heads
    const sql = `INSERT INTO ${table} AS old (database, key, value, swaps) VALUES ($1, $2, $3, $4)
      ON CONFLICT (database, key) DO UPDATE SET value = excluded.value,
        swaps = left(excluded.swaps || old.swaps, ${tokenLength * kept})`
    await this.#write(key, sql, [value])
  }

  async del(key: string): Promise<void> {
    const { heads } = this.#session.names
    await this.#write(key, `DELETE FROM ${heads} WHERE database = $1 AND key = $2`, undefined)
  }

  async compareAndSwap(key: string, expected: string | null, value: string): Promise<boolean> {
    const { heads } = this.#session.names
    const insert = `INSERT INTO ${heads} (database, key, value, swaps) VALUES ($1, $2, $3, $4)
      ON CONFLICT (database, key) DO NOTHING`
    const update = `UPDATE ${heads} SET value = $3, swaps = left($4 || swaps, ${tokenLength * kept})
      WHERE database = $1 AND key = $2 AND value = $5`
    if (expected === null) return await this.#write(key, insert, [value])
    return await this.#write(key, update, [value, expected])
  }

  /** Calls `notify` after heads were written, by whomever; answers what ends that. */
  watch(notify: () => void): () => void {
    return this.#listener.add(notify)
  }

  /**
   * Runs a statement that writes one row; tells whether it did. `values`: the new value and what
   * comes after the token; none where the row is removed.
   */
  async #write(
    key: string,
    sql: string,
    values: readonly [string, ...string[]] | undefined
  ): Promise<boolean> {
    const token = `${randomBytes(8).toString('base64url')},`
    const seen = this.#seen.get(key)
    const [value, ...rest] = values ?? []
    const { database } = this.#session.names
    const given = value === undefined ? [database, key] : [database, key, value, token, ...rest]
    for (let lost: OutcomeUnknown | undefined, left = tries; ; left -= 1) {
      try {
        const written = (await this.#told(sql, given)).rowCount === 1
        const done = written || (lost !== undefined && (await this.#isDone(key, token, seen, lost)))
        if (done) this.#saw(key, value === undefined ? undefined : token)
        return done
      } catch (error) {
        if (!(error instanceof OutcomeUnknown)) throw error
        if (left <= 1) throw told(error.cause)
        lost = error
        const isRemoval = value === undefined
        if (
          isRemoval ? await this.#isGone(key, seen) : await this.#isDone(key, token, seen, lost)
        ) {
          return true
        }
      }
    }
  }

  /** Runs a statement that writes, and tells those who listen where it did. */
  async #told(sql: string, values: readonly unknown[]) {
    if (!this.#notifies) return await this.#session.runOnce(sql, values)
    const { channel } = this.#session.names
    try {
      return await this.#session.runOnce(`${sql} RETURNING pg_notify('${channel}', '')`, values)
    } catch (error) {
      if (failureOf(error) !== 'no-notify') throw error
      this.#notifies = false
      return await this.#session.runOnce(sql, values)
    }
  }

  /**
   * Whether a write was done whose connection was lost. A row that is gone counts as never written:
   * who removed it removed that too.
   */
  async #isDone(
    key: string,
    token: string,
    seen: string | undefined,
    lost: OutcomeUnknown
  ): Promise<boolean> {
    const swaps = (await this.#read(key))?.swaps
    if (swaps?.includes(token) === true) return true
    const isWhole = swaps === undefined || swaps.length < tokenLength * kept
    if (isWhole || (seen !== undefined && swaps.includes(seen))) return false
    throw told(lost.cause)
  }

  /** Whether a row was removed since it was seen, put again or not. */
  async #isGone(key: string, seen: string | undefined): Promise<boolean> {
    const swaps = (await this.#read(key))?.swaps
    return swaps === undefined || (seen !== undefined && !swaps.includes(seen))
  }

  async #read(key: string): Promise<Row | undefined> {
    if (!isText(key)) return undefined
    const { heads, database } = this.#session.names
    const sql = `SELECT value, swaps FROM ${heads} WHERE database = $1 AND key = $2`
    return (await this.#session.run(sql, [database, key])).rows[0] as Row | undefined
  }

  #saw(key: string, swaps: string | undefined): void {
    this.#seen.delete(key)
    if (swaps === undefined) return
    this.#seen.set(key, swaps.slice(0, tokenLength))
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > mostSeen && oldest !== undefined) this.#seen.delete(oldest)
  }
}

/** Whether PostgreSQL can hold a text. */
function isText(key: string): boolean {
  return !key.includes('\0')
}
