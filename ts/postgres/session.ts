/**
 * Statements of one database, each by itself: tables made where they are missing, and what failed
 * tried again where that is safe.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { failureOf, told } from './failures.js'
import type { Names } from './names.js'
import type { PgPool, PgResult } from './pool.js'
import { makeTables } from './tables.js'

/** So often a statement is tried that nothing was done by, and one whose connection was lost. */
const [triesAgain, triesLost] = [20, 6]
/** Milliseconds: the most before it is tried again. */
const longestDelay = 100

/** The connection was lost while a statement ran that must not be run twice. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}

/** Runs the statements of a database. */
export class Session {
  readonly names: Names
  readonly pool: PgPool
  #making: Promise<void> | undefined

  constructor(pool: PgPool, names: Names) {
    this.pool = pool
    this.names = names
  }

  /** Runs a statement that may be run twice: one that reads, or adds what may be there. */
  async run(text: string, values: readonly unknown[]): Promise<PgResult> {
    for (let lost = 1; ; lost += 1) {
      try {
        return await this.runOnce(text, values)
      } catch (error) {
        if (!(error instanceof OutcomeUnknown)) throw error
        if (lost >= triesLost) throw told(error.cause)
        await pause(lost)
      }
    }
  }

  /**
   * Runs a statement that must not be done twice; it is tried again only where nothing was done.
   *
   * @throws {OutcomeUnknown} if the connection was lost meanwhile
   */
  async runOnce(text: string, values: readonly unknown[]): Promise<PgResult> {
    let tables = 0
    for (let failed = 1; ; failed += 1) {
      try {
        return await this.pool.query(text, [...values])
      } catch (error) {
        const failure = failureOf(error)
        if (failure === 'lost') throw lostWith(error)
        if (failure === 'foreign-table') throw foreignTable(this.names, error)
        if (failure === 'no-table' && tables < 2) {
          tables += 1
          await this.#makeTables()
        } else if (failure === 'again' && failed < triesAgain) await pause(failed)
        else throw told(error)
      }
    }
  }

  /** Makes the tables, once for all who find them missing at the same time. */
  async #makeTables(): Promise<void> {
    this.#making ??= makeTables(this.pool, this.names).finally(() => {
      this.#making = undefined
    })
    try {
      await this.#making
    } catch (error) {
      const failure = failureOf(error)
      if (failure === 'lost') throw lostWith(error)
      throw failure === 'foreign-table' ? foreignTable(this.names, error) : told(error)
    }
  }
}

/** The error for a table that has other columns than ours; its `code` is the server's. */
function foreignTable({ revisions, heads }: Names, cause: unknown): Error {
  const { code, message } = cause as Error & { code?: unknown }
  const what = `${revisions} or ${heads} is not a table of histo-revisions: ${message}`
  return Object.assign(new Error(what, { cause }), { code })
}

function lostWith(cause: unknown): OutcomeUnknown {
  return new OutcomeUnknown('the connection to PostgreSQL was lost', { cause })
}

/** Waits longer after each failure, and never as long as another who failed at the same moment. */
async function pause(failures: number): Promise<void> {
  await delay(Math.random() * Math.min(longestDelay, 2 ** failures))
}
