/** The conformance suite over PostgreSQL, in several ways to name tables. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { type PostgresOptions, postgresStores } from '../../ts/postgres-entry.js'
import { testStores } from '../../ts/store-suite-entry.js'
import { config, drop, isThere } from './postgres.js'

const schema = `histo suite ${randomUUID()}`
const pool = new pg.Pool(config)
const other = new pg.Pool(config)
let opened = 0

afterAll(async () => {
  if (isThere) await drop(schema)
  await Promise.all([pool.end(), other.end()])
})

const places: readonly (readonly [string, (name: string) => PostgresOptions])[] = [
  ['a prefix each', (name) => ({ schema, prefix: `${name}; "drop" ` })],
  ['a column for the database', (name) => ({ schema, database: `the 'database' ${name}` })]
]

describe.runIf(isThere).each(places)('%s', (_what, named) => {
  testStores({
    test,
    open: () => {
      opened += 1
      const options = named(`t${opened}`)
      let isDown = false
      const wrapped = {
        query: (text: string, values?: unknown[]) =>
          isDown ? Promise.reject(new Error('the server is down')) : pool.query(text, values),
        connect: () => pool.connect()
      }
      const interrupt = () => {
        isDown = true
        return () => {
          isDown = false
        }
      }
      return {
        ...postgresStores(wrapped, options),
        again: () => postgresStores(other, options),
        interrupt
      }
    },
    supports: {
      del: true,
      idOf: true,
      putMany: true,
      putNamed: true,
      getMany: true,
      has: true,
      ancestry: true,
      revisionKeys: true,
      compareAndSwap: true,
      compareAndSwapMany: true,
      readLog: true,
      forgetLog: true,
      branchKeys: true,
      branchEntries: true
    }
  })
})

test.runIf(isThere)('the suite was run on the server', () => {
  expect(opened).toBeGreaterThan(80)
})
