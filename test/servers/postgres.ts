/**
 * The PostgreSQL server of the tests: `HISTO_TEST_POSTGRES`, else a connection string made of PGHOST
 * and the other usual variables, else the local one. Each test has a schema of its own in it.
 */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { proxyTo } from './proxy.js'

/** Where the server is. */
export const config: pg.PoolConfig = {
  connectionString: process.env['HISTO_TEST_POSTGRES'],
  host: process.env['PGHOST'] ?? '127.0.0.1',
  user: process.env['PGUSER'] ?? 'postgres',
  database: process.env['PGDATABASE'] ?? 'test',
  connectionTimeoutMillis: 20_000
}

if (config.connectionString === undefined) delete config.connectionString

/** Whether the server answers; says so loudly where it does not. */
export const isThere: boolean = await answers()

async function answers(): Promise<boolean> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch (error) {
    const { message } = error as Error
    process.stderr.write(
      `\nSKIPPED: the tests of PostgreSQL. ${message}. Set HISTO_TEST_POSTGRES or PGHOST.\n\n`
    )
    return false
  }
}

/** A pool that the end of the test ends. */
export function poolOf(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ ...config, ...options })
  pool.on('error', () => undefined)
  onTestFinished(async () => {
    if (!pool.ended) await pool.end()
  })
  return pool
}

/** A pool whose way to the server can be cut. */
export async function poolThroughProxy() {
  const address = new URL(config.connectionString ?? `postgres://${config.host}`)
  const port = Number(address.port || process.env['PGPORT'] || 5432)
  const proxy = await proxyTo(address.hostname, port)
  const to = { host: '127.0.0.1', port: proxy.port }
  const options =
    config.connectionString === undefined
      ? to
      : { connectionString: Object.assign(address, to).toString() }
  return { proxy, pool: poolOf(options) }
}

/** The name of a schema that the end of the test drops. */
export function schemaOf(): string {
  const schema = `histo test ${randomUUID()}`
  onTestFinished(() => drop(schema))
  return schema
}

/** Drops a schema. */
export async function drop(schema: string): Promise<void> {
  const client = new pg.Client(config)
  await client.connect()
  await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
  await client.end()
}
