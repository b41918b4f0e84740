/** LangGraph's validation suite over HistoSaver on a PostgreSQL server. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe } from 'vitest'
import { createDB } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { validateOver } from '../langgraph/validation.js'
import { config, drop, isThere } from './postgres.js'

const schema = `histo langgraph ${randomUUID()}`
const pool = new pg.Pool(config)
let opened = 0

afterAll(async () => {
  if (isThere) await drop(schema)
  await pool.end()
})

describe.runIf(isThere)('a server', () => {
  validateOver('HistoSaver over PostgreSQL', () => {
    opened += 1
    return createDB(postgresStores(pool, { schema, database: `t${opened}` })).ready()
  })
})
