/**
 * Runs the statements of one database, each by itself. Creates missing tables, and retries failed statements if
 * that is safe.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { type Failure, failureOf, told } from './failures.js'
import type { Names } from './names.js'
import type { PgPool, PgResult } from './pool.js'
import { dropped, makeTables } from './tables.js'

/** Tries of a statement that did nothing, and of one whose connection was lost. */
const [triesAgain, triesLost] = [20, 6]
/** Most milliseconds before it is tried again. */
const longestDelay = 100

/** Most milliseconds to wait for cancelled statements. */
const mostCancelling = 2000

/** The connection was lost or abandoned while a statement ran: the statement may be done, now or later. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
  /** The server may still be running it. */
  readonly isLate: boolean

  constructor(message: string, isLate: boolean, cause: unknown) {
    super(message, { cause })
    this.isLate = isLate
  }
}

/** Runs the statements of a database. */
export class Session {
  readonly names: Names
  readonly pool: PgPool
  #making: Promise<void> | undefined
  /** Whether a statement has found its table: then both existed. */
  #found = false

  constructor(pool: PgPool, names: Names) {
    this.pool = pool
    this.names = names
  }

  /** Runs a statement that may run twice: one that reads, or inserts what may exist already. */
  async run(text: string, values: readonly unknown[]): Promise<PgResult> {
    for (let lost = 1; ; lost += 1) {
      try {
        return await this.runOnce(text, values)
      } catch (error) {
        if (!(error instanceof OutcomeUnknown)) throw error
        if (lost >= triesLost || error.isLate) throw told(error.cause)
        await pause(lost)
      }
    }
  }

  /**
   * Runs a statement that must not be done twice; tries it again only if nothing was done.
   *
   * @throws {OutcomeUnknown} if the connection was lost or abandoned meanwhile
   */
  async runOnce(text: string, values: readonly unknown[]): Promise<PgResult> {
    let tables = 0
    for (let failed = 1; ; failed += 1) {
      const wasThere = this.#found
      try {
        const result = await this.pool.query(text, [...values])
        this.#found = true
        return result
      } catch (error) {
        const failure = failureOf(error)
        const isLackingLog = failure === 'no-table' && this.#isLog(error)
        if (failure === 'no-table' && tables < 2 && (!wasThere || isLackingLog)) {
          tables += 1
          await this.#makeTables()
        } else if (failure === 'again' && failed < triesAgain) await pause(failed)
        else if (failure === 'no-table' && wasThere) throw this.#dropped(text, error)
        else throw this.#told(failure, error)
      }
    }
  }

  /**
   * Cancels the running statements with a mark, and waits for their end.
   *
   * @throws if their end cannot be known
   */
  async cancel(mark: string): Promise<void> {
    const sql = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND state <> 'idle' AND strpos(query, $1) > 0`
    const until = performance.now() + mostCancelling
    for (let turn = 1; (await this.run(sql, [mark])).rows.length > 0; turn += 1) {
      if (performance.now() > until) throw new Error(`${mark} is not ended`)
      await pause(turn)
    }
  }

  /** Makes the tables, once for all statements that find them missing at the same time. */
  async #makeTables(): Promise<void> {
    this.#making ??= makeTables(this.pool, this.names).finally(() => {
      this.#making = undefined
    })
    try {
      await this.#making
    } catch (error) {
      throw this.#told(failureOf(error), error)
    }
  }

  /** The error to throw for a statement that is not tried again. */
  #told(failure: Failure, error: unknown): unknown {
    if (failure === 'lost') return new OutcomeUnknown('the connection was lost', false, error)
    if (failure === 'late') return new OutcomeUnknown('the answer was not waited for', true, error)
    if (failure === 'foreign-table') return foreignTable(this.names, error)
    return told(error)
  }

  /** Whether the table that is missing is that of the log, which a database of an earlier version lacks. */
  #isLog(error: unknown): boolean {
    return String((error as Error).message).includes(`${this.names.plainLog}"`)
  }

  /** The error for a missing table that existed before. */
  #dropped(text: string, error: unknown): Error {
    const { heads, revisions } = this.names
    return dropped(text.includes(heads) ? heads : revisions, error)
  }
}

/** The error for a table whose columns are not ours; its `code` is the server's. */
function foreignTable({ revisions, heads }: Names, cause: unknown): Error {
  const { code, message } = cause as Error & { code?: unknown }
  const what = `${revisions} or ${heads} is not a table of histo-revisions: ${message}`
  return Object.assign(new Error(what, { cause }), { code })
}

/** Waits longer after each failure, with a random part, so that two that failed together do not retry together. */
async function pause(failures: number): Promise<void> {
  await delay(Math.random() * Math.min(longestDelay, 2 ** failures))
}
