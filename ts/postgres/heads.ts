/**
 * Heads in a table, moved by compare-and-swap.
 *
 * Every write leaves a token in its row, and the row keeps the latest tokens. So if a connection was lost in the middle
 * of a write, or timed out, reading the row shows whether it was done. A swap is never made twice, even if
 * the first try takes effect later, since all tries have the same token. A write that finally fails is cancelled before
 * the last check for its token.
 */

import { randomBytes } from 'node:crypto'
import { branchOf } from '../base/keys.js'
import { expectLogId } from '../base/log-ids.js'
import { compareNames, endOfPrefix } from '../base/names.js'
import type { LogEntry } from '../base/options.js'
import { parseJson } from '../base/parse.js'
import type { BranchStore, HeadSwap, LogRange, NewLogEntry } from '../store/interfaces.js'
import { failureOf, told } from './failures.js'
import type { Listener } from './listener.js'
import type { PgResult } from './pool.js'
import { OutcomeUnknown, type Session } from './session.js'
import { isUndone, swapStatement, swapValues, type Unmoved } from './swap-many.js'

/** Characters of a token with its comma, and the number of tokens that a row keeps. */
const [tokenLength, kept] = [12, 32]
/** The largest `bigint`. Ids in the log have as many digits, so that they sort as strings. */
const largestId = '9223372036854775807'
const idDigits = largestId.length
/** Tries of a write whose connection is lost. */
const tries = 6
/** Keys whose last token is remembered. */
const mostSeen = 10_000

interface Row {
  readonly key: string
  readonly value: string
  readonly swaps: string
}

/** A write of one row, with all its tries. */
interface Write {
  readonly key: string
  readonly token: string
  /** The row's last token when last seen. */
  readonly seen: string | undefined
  readonly isRemoval: boolean
}

/** A statement; with `notice`, the call that notifies others, it makes that call too. */
type Statement = (notice: string | undefined) => string

/** The branch store of a database on PostgreSQL. */
export class PostgresHeads implements BranchStore {
  readonly #session: Session
  readonly #listener: Listener
  /** Each key's last token when last read or written. */
  readonly #seen = new Map<string, string>()
  /** Whether the server has NOTIFY; not all servers with PostgreSQL's protocol do. */
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

  /** One statement, which reads one state. In the tables of this version it reads a range of the primary key. */
  async *entries(
    prefix: string,
    after: string | null,
    limit: number
  ): AsyncGenerator<[string, string]> {
    const { heads, database } = this.#session.names
    const follows = after !== null && compareNames(after, prefix) >= 0
    const sql = `SELECT key, value FROM ${heads} WHERE database = $1
      AND key COLLATE "C" ${follows ? '>' : '>='} $2 AND ($3::text IS NULL OR key COLLATE "C" < $3)
      ORDER BY key COLLATE "C" LIMIT $4`
    const most = Number.isFinite(limit) ? limit : null
    const values = [database, follows ? after : prefix, endOfPrefix(prefix), most]
    const { rows } = await this.#session.run(sql, values)
    for (const { key, value } of rows as Row[]) yield [key, value]
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

  async readLog({ branch, before, limit }: LogRange): Promise<LogEntry[]> {
    expectLogId(before, largestId)
    const { log, database } = this.#session.names
    const values: unknown[] = [database, limit]
    const also = (sql: string, value: unknown) =>
      value === undefined ? '' : `AND ${sql} $${values.push(value)}`
    const sql = `SELECT id, entry FROM ${log} WHERE database = $1
      ${also('branch =', branch)} ${also('id <', before)} ORDER BY id DESC LIMIT $2`
    const { rows } = await this.#session.run(sql, values)
    return (rows as { id: string; entry: string }[]).map(({ id, entry }) => {
      return { id: id.padStart(idDigits, '0'), ...(parseJson(entry) as NewLogEntry) }
    })
  }

  async forgetLog(time: string, limit: number): Promise<number> {
    const { log, database } = this.#session.names
    const sql = `DELETE FROM ${log} WHERE database = $1 AND id IN (SELECT id FROM
      (SELECT id, time FROM ${log} WHERE database = $1 ORDER BY id LIMIT $3) AS oldest WHERE time < $2::timestamptz)`
    return (await this.#session.run(sql, [database, time, limit])).rowCount ?? 0
  }

  async compareAndSwapMany(
    swaps: readonly HeadSwap[],
    entries: readonly NewLogEntry[] = []
  ): Promise<number> {
    const changed = swaps.filter(({ expected, value }) => value !== expected)
    const first = changed.find(({ value }) => value !== null) ?? changed[0] ?? swaps[0]
    if (first === undefined) return -1
    const token = newToken()
    const unmoved = await this.#unmoved(swaps)
    if (unmoved === false) return 0
    const { key } = first
    const write = { key, token, seen: this.#seen.get(key), isRemoval: first.value === null }
    const values = swapValues(swaps, entries, this.#session.names.database, token, unmoved)
    const length = unmoved === undefined ? undefined : tokenLength
    const statement = (notice: string | undefined) =>
      swapStatement(this.#session.names, tokenLength * kept, notice, entries.length > 0, length)
    for (let wrong: unknown = null; ; ) {
      try {
        const isDone = await this.#settle(write, statement, values, ({ rows }) => {
          wrong = (rows[0] as { key: unknown } | undefined)?.key ?? null
          return wrong === null
        })
        return isDone
          ? -1
          : Math.max(
              0,
              swaps.findIndex((swap) => swap.key === wrong)
            )
      } catch (error) {
        if (!isUndone(error)) throw error // a row that was made meanwhile is seen by the next try
      }
    }
  }

  /**
   * For an undo, which is one swap: what its statement must find unmoved; `false` if the row or the newest entry of its
   * branch is already another one.
   */
  async #unmoved([swap]: readonly HeadSwap[]): Promise<Unmoved | false | undefined> {
    if (swap?.latest === undefined) return undefined
    const { heads, log, database } = this.#session.names
    const row = `FROM ${heads} WHERE database = $1 AND key = $2`
    const sql = `SELECT (SELECT value ${row}) AS value, (SELECT left(swaps, ${tokenLength}) ${row}) AS last,
      (SELECT max(id)::text FROM ${log} WHERE database = $1 AND branch = $3) AS latest`
    const { rows } = await this.#session.run(sql, [database, swap.key, branchOf(swap.key)])
    const { value, last, latest } = rows[0] as Record<string, string | null>
    const isSame =
      value === swap.expected && (latest?.padStart(idDigits, '0') ?? null) === swap.latest
    return isSame && { token: last ?? '', latest: latest ?? null }
  }

  /** Calls `notify` after anyone wrote heads, until the returned function is called. */
  watch(notify: () => void): () => void {
    return this.#listener.add(notify)
  }

  /**
   * Runs a statement that writes one row; returns whether it did. `values`: the new value and the parameters after
   * the token; none if the row is removed.
   */
  async #write(
    key: string,
    sql: string,
    values: readonly [string, ...string[]] | undefined
  ): Promise<boolean> {
    const token = newToken()
    const [value, ...rest] = values ?? []
    const write = { key, token, seen: this.#seen.get(key), isRemoval: value === undefined }
    const { database } = this.#session.names
    const given = value === undefined ? [database, key] : [database, key, value, token, ...rest]
    const statement = (notice: string | undefined) =>
      notice === undefined ? sql : `${sql} RETURNING ${notice}`
    return await this.#settle(write, statement, given, ({ rowCount }) => rowCount === 1)
  }

  /** Runs a statement that writes all or nothing; returns whether it did, as `isWritten` says of its result. */
  async #settle(
    write: Write,
    statement: Statement,
    values: readonly unknown[],
    isWritten: (result: PgResult) => boolean
  ): Promise<boolean> {
    const mark = markOf(write.token)
    for (let unknown: OutcomeUnknown | undefined, left = tries; ; left -= 1) {
      try {
        const isDone = isWritten(await this.#told(statement, values, mark))
        if (isDone || unknown === undefined) return this.#wrote(write, isDone)
        return this.#wrote(write, await this.#isDone(write, unknown))
      } catch (error) {
        if (error instanceof OutcomeUnknown) unknown = error
        else throw unknown === undefined || isUndone(error) ? error : told(unknown.cause)
      }
      if (left <= 1) await this.#session.cancel(mark).catch(() => undefined)
      if (await this.#isDone(write, unknown)) return this.#wrote(write, true)
      if (left <= 1) throw told(unknown.cause)
    }
  }

  #wrote({ key, token, isRemoval }: Write, isDone: boolean): boolean {
    if (isDone) this.#saw(key, isRemoval ? undefined : token)
    return isDone
  }

  /** Runs a statement that writes, with a mark; notifies listeners if it wrote. */
  async #told(statement: Statement, values: readonly unknown[], mark: string): Promise<PgResult> {
    if (this.#notifies) {
      try {
        const telling = statement(`pg_notify('${this.#session.names.channel}', '')`)
        return await this.#session.runOnce(`${mark} ${telling}`, values)
      } catch (error) {
        if (failureOf(error) !== 'no-notify') throw error
        this.#notifies = false
      }
    }
    return await this.#session.runOnce(`${mark} ${statement(undefined)}`, values)
  }

  /**
   * Finds out whether a write of unknown outcome was done. A missing row counts as never written: a later removal
   * removed the write too. A removal was done if the row is missing, or was put again since.
   *
   * @throws the error by which the write was lost, if the outcome cannot be determined
   */
  async #isDone({ key, token, seen, isRemoval }: Write, lost: OutcomeUnknown): Promise<boolean> {
    const row = await this.#read(key).catch((): never => {
      throw told(lost.cause)
    })
    const holds = (one: string) => row?.swaps.includes(one) === true
    if (isRemoval) return row === undefined || (seen !== undefined && !holds(seen))
    if (holds(token)) return true
    const isWhole = row === undefined || row.swaps.length < tokenLength * kept
    if (isWhole || (seen !== undefined && holds(seen))) return false
    throw told(lost.cause)
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

function newToken(): string {
  return `${randomBytes(8).toString('base64url')},`
}

/** A comment by which a statement is found in the server's list of them. */
function markOf(token: string): string {
  return `/* histo ${token} */`
}

/** Whether PostgreSQL can hold a text. */
function isText(key: string): boolean {
  return !key.includes('\0')
}
