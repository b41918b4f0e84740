/**
 * The pool and the names of an address `postgres://…?prefix=&schema=&database=`.
 */

import type { Pool } from 'pg'
import { namesOf } from '../postgres/names.js'
import { hasTables } from '../postgres/tables.js'
import { Misuse, ofServer, Refusal } from './fail.js'

/** The parts of an address that belong to the tables, not to the server. */
interface Names {
  prefix?: string
  schema?: string
  database?: string
}

/** A server, and where on it a database is. */
interface Place {
  readonly pool: Pool
  readonly names: Names
  /** Refuses a place without the tables of a database. */
  readonly expectTables: () => Promise<void>
}

/** Connects to the server of an address, within `patience` ms if that is given; `pg` is the user's. */
export async function poolOf(address: string, patience?: number): Promise<Place> {
  const url = parsed(address)
  const names: Names = {}
  for (const name of ['prefix', 'schema', 'database'] as const) {
    const value = url.searchParams.get(name)
    if (value !== null) names[name] = value
    url.searchParams.delete(name)
  }
  const { Pool: Connections } = await client()
  const limit = patience === undefined ? {} : { connectionTimeoutMillis: patience }
  const pool = naming(placeOf(url), new Connections({ connectionString: url.href, ...limit }))
  pool.on('error', () => undefined) // a connection ended while nothing used it; the next statement makes another
  const expectTables = async () => {
    if (await hasTables(pool, namesOf({ ...names }))) return
    throw new Refusal(`there is no database in ${placeOf(url, names)}`)
  }
  return { pool, names, expectTables }
}

/** The address without its password, which may be among the parameters too. */
function placeOf(url: URL, names: Names = {}): string {
  const place = new URL(url)
  place.password = ''
  place.search = new URLSearchParams({ ...names }).toString()
  return place.href
}

/** Marks the errors of a pool's statements with the address. */
function naming(place: string, pool: Pool): Pool {
  const query = pool.query.bind(pool) as (...args: readonly unknown[]) => Promise<unknown>
  const marked = async (...args: readonly unknown[]) => {
    try {
      return await query(...args)
    } catch (error) {
      throw ofServer(place, error)
    }
  }
  return Object.assign(pool, { query: marked })
}

function parsed(address: string): URL {
  try {
    return new URL(address)
  } catch (cause) {
    throw new Misuse('the address of PostgreSQL is postgres://user@host:5432/database', { cause })
  }
}

async function client(): Promise<typeof import('pg')> {
  try {
    const loaded = await import('pg')
    return (loaded as unknown as { default?: typeof import('pg') }).default ?? loaded
  } catch (cause) {
    throw new Refusal("PostgreSQL needs the package 'pg': npm install pg", { cause })
  }
}
