/**
 * Creates the missing tables of a database. Any number of processes may do so at the same time.
 *
 * `docs/stores.md`, "On PostgreSQL", describes the format.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Names } from './names.js'
import type { PgPool } from './pool.js'

/** Codes that mean another process made the same at that moment. */
const others: ReadonlySet<unknown> = new Set([
  '23505', // unique_violation, of the catalogs
  '42P07', // duplicate_table
  '42710', // duplicate_object: the type that a table brings
  '42P06', // duplicate_schema
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  'XX000' // 'tuple concurrently updated', which has no code of its own
])
const noSchema = '3F000'
const tries = 20

/**
 * Creates missing tables and checks existing ones; all or nothing.
 *
 * @throws {Error} if one is missing while another holds rows: it was dropped
 */
export async function makeTables(pool: PgPool, names: Names): Promise<void> {
  await refuseHalf(pool, names)
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

/** Whether a database is there, or a part of one, which `makeTables` refuses. Makes nothing. */
export async function hasTables(pool: PgPool, { revisions, heads }: Names): Promise<boolean> {
  const sql = 'SELECT coalesce(to_regclass($1), to_regclass($2)) IS NOT NULL AS found'
  const [row] = (await pool.query(sql, [revisions, heads])).rows as { found: boolean }[]
  return row?.found === true
}

/** The error for a table that was dropped. */
export function dropped(table: string, cause?: unknown): Error {
  const message =
    `the table ${table} was dropped; it is not made anew, since its content is lost. ` +
    'Restore it, or drop the other table too'
  return Object.assign(new Error(message, { cause }), { code: '42P01' })
}

/**
 * Refuses one table without the other, unless it is empty, since they are made together. Looks twice, since another
 * process may be making them.
 */
async function refuseHalf(pool: PgPool, names: Names): Promise<void> {
  const missing = (await missingTable(pool, names)) && (await missingTable(pool, names))
  if (missing === undefined) return
  const there = missing === names.heads ? names.revisions : names.heads
  const { rows } = await pool.query(`SELECT FROM ${there} LIMIT 1`)
  if (rows.length > 0) throw dropped(missing)
}

/** The missing table, if the other one is there. */
async function missingTable(pool: PgPool, names: Names): Promise<string | undefined> {
  const tables = [names.revisions, names.heads]
  const sql = 'SELECT to_regclass($1) IS NULL AS one, to_regclass($2) IS NULL AS other'
  const [row] = (await pool.query(sql, tables)).rows as { one: boolean; other: boolean }[]
  if (row === undefined || row.one === row.other) return undefined
  return row.one ? names.revisions : names.heads
}

/** Statements sent as one, without values, are one transaction. */
function statements({ revisions, heads, log, logByBranch }: Names): string {
  return `
    CREATE TABLE IF NOT EXISTS ${revisions} (
      database text NOT NULL, ref bytea NOT NULL, text text NOT NULL, PRIMARY KEY (ref, database));
    CREATE TABLE IF NOT EXISTS ${heads} (
      database text NOT NULL, key text COLLATE "C" NOT NULL, value text NOT NULL, swaps text NOT NULL,
      PRIMARY KEY (database, key));
    CREATE TABLE IF NOT EXISTS ${log} (
      database text NOT NULL, id bigserial NOT NULL, branch text COLLATE "C" NOT NULL, time timestamptz NOT NULL,
      entry text NOT NULL, PRIMARY KEY (database, id));
    CREATE INDEX IF NOT EXISTS ${logByBranch} ON ${log} (database, branch, id);
    SELECT database, ref, text FROM ${revisions} LIMIT 0;
    SELECT database, key, value, swaps FROM ${heads} LIMIT 0;
    SELECT database, id, branch, time, entry FROM ${log} LIMIT 0`
}

async function makeSchema(pool: PgPool, schema: string): Promise<void> {
  await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`).catch((error: unknown) => {
    if (!others.has((error as { code?: unknown }).code)) throw error
  })
}
