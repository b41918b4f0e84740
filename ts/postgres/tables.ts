/**
 * The tables of a database, made where they are missing. Any number of processes may do so at once.
 *
 * The format is told in `docs/design.md`, "On PostgreSQL".
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Names } from './names.js'
import type { PgPool } from './pool.js'

/**
 * Codes of one who made the same at that moment: unique_violation, duplicate_table, duplicate_schema,
 * serialization_failure, deadlock_detected, and 'tuple concurrently updated', which has no code of its own.
 */
const others: ReadonlySet<unknown> = new Set(['23505', '42P07', '42P06', '40001', '40P01', 'XX000'])
const noSchema = '3F000'
const tries = 20

/** Makes the tables that are missing, and looks at those that are there: all of it, or nothing. */
export async function makeTables(pool: PgPool, names: Names): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      await pool.query(statements(names))
      return
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (code === noSchema && names.schema !== undefined) await makeSchema(pool, names.schema)
      else if (!others.has(code)) throw error
      if (left <= 1) throw error
      await delay(Math.random() * 20)
    }
  }
}

/** Statements that are sent as one, without values, are one transaction. */
function statements({ revisions, heads }: Names): string {
  return `
    CREATE TABLE IF NOT EXISTS ${revisions} (
      database text NOT NULL, ref bytea NOT NULL, text text NOT NULL, PRIMARY KEY (ref, database));
    CREATE TABLE IF NOT EXISTS ${heads} (
      database text NOT NULL, key text NOT NULL, value text NOT NULL, swaps text NOT NULL,
      PRIMARY KEY (database, key));
    SELECT database, ref, text FROM ${revisions} LIMIT 0;
    SELECT database, key, value, swaps FROM ${heads} LIMIT 0`
}

async function makeSchema(pool: PgPool, schema: string): Promise<void> {
  await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`).catch((error: unknown) => {
    if (!others.has((error as { code?: unknown }).code)) throw error
  })
}
