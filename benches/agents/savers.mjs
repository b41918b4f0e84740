/**
 * The checkpointers that are compared: ours, LangGraph's in memory, and the two from npm that `benches/compare` installs.
 *
 * Each is opened empty, and reports its bytes after it was closed.
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemorySaver } from '@langchain/langgraph-checkpoint'
import { createDB } from '../../dist/index.js'
import { HistoSaver } from '../../dist/langgraph-entry.js'

const compare = createRequire(new URL('../compare/package.json', import.meta.url))

/** The bytes of the files of a folder, without LMDB's table of readers. */
const bytesIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name !== 'lock.mdb')
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'histo-agents-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

async function ours(options) {
  const { path, remove } = folder()
  const db = await createDB({ path, ...options }).ready()
  const close = async () => {
    await db.close()
    const bytes = bytesIn(path)
    remove()
    return bytes
  }
  return { saver: new HistoSaver(db), close }
}

async function oursInMemory() {
  const db = await createDB().ready()
  const close = async () => {
    const { memoryBytes, storedBytes } = await db.stats()
    await db.close()
    return memoryBytes + storedBytes
  }
  return { saver: new HistoSaver(db), close }
}

function memory() {
  return { saver: new MemorySaver(), close: () => undefined }
}

function sqlite() {
  const { SqliteSaver } = compare('@langchain/langgraph-checkpoint-sqlite')
  const { path, remove } = folder()
  const saver = SqliteSaver.fromConnString(join(path, 'db'))
  const close = () => {
    saver.db.pragma('wal_checkpoint(TRUNCATE)')
    saver.db.close()
    const bytes = bytesIn(path)
    remove()
    return bytes
  }
  return { saver, close }
}

async function postgres() {
  const { PostgresSaver } = compare('@langchain/langgraph-checkpoint-postgres')
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    host: process.env.PGHOST ?? '127.0.0.1',
    user: process.env.PGUSER ?? 'postgres',
    database: process.env.PGDATABASE ?? 'test',
    ...(process.env.HISTO_TEST_POSTGRES
      ? { connectionString: process.env.HISTO_TEST_POSTGRES }
      : {})
  })
  const schema = `histo_agents_${process.pid}`
  const saver = new PostgresSaver(pool, undefined, { schema })
  await saver.setup()
  const close = async () => {
    const sizes = `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
      WHERE relkind = 'r' AND relnamespace = $1::regnamespace`
    const { rows } = await pool.query(sizes, [schema])
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
    await pool.end()
    return Number(rows[0].bytes)
  }
  return { saver, close }
}

/** By name: what opens it. */
export const savers = {
  'HistoSaver on a path': ours,
  'HistoSaver in memory': oursInMemory,
  MemorySaver: memory,
  SqliteSaver: sqlite,
  PostgresSaver: postgres
}
