/** Clients of PostgreSQL that do not wait: `query_timeout`, an exhausted pool; and tables that go or come meanwhile. */

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { type PgPool, postgresStores } from '../../ts/postgres-entry.js'
import { isThere, poolOf, schemaOf } from './postgres.js'

async function open(pool: PgPool, schema: string) {
  const db = createDB<number>({ ...postgresStores(pool, { schema }), probe: false })
  onTestFinished(() => db.close())
  return await db.ready()
}

/** Holds the rows of all heads until what it answers is called. */
async function heldHeads(schema: string): Promise<() => Promise<void>> {
  const client = await poolOf().connect()
  await client.query(`BEGIN; SELECT * FROM "${schema}".histo_heads FOR UPDATE`)
  return async () => {
    await client.query('COMMIT')
    client.release()
  }
}

describe.runIf(isThere)('on PostgreSQL', () => {
  test('an update that timed out but is executed later counts once', async () => {
    const schema = schemaOf()
    const db = await open(poolOf({ query_timeout: 1000 }), schema)
    await db.put(0)
    const letGo = await heldHeads(schema)
    const update = db.update((data = 0) => data + 1)
    await sleep(2500)
    await letGo()
    await update
    expect(await db.get()).toBe(1)
    expect(await (await open(poolOf(), schema)).get()).toBe(1)
  })

  test('an update that failed in the end is not executed later', async () => {
    const schema = schemaOf()
    const db = await open(poolOf({ query_timeout: 400 }), schema)
    await db.put(0)
    const letGo = await heldHeads(schema)
    const update = db.update((data = 0) => data + 1)
    await expect(update).rejects.toMatchObject({
      code: 'HISTO_STORE',
      retryable: true,
      cause: { message: 'Query read timeout' }
    })
    await letGo()
    await sleep(300)
    const plain = await open(poolOf(), schema)
    expect(await plain.get()).toBe(0)
    await db.update((data = 0) => data + 1)
    expect(await plain.get()).toBe(1)
  })

  test('a read that times out is HISTO_STORE, retryable, after one try', async () => {
    const schema = schemaOf()
    const pool = poolOf({ query_timeout: 500 })
    const db = await open(pool, schema)
    const ref = await db.put(0)
    const client = await poolOf().connect()
    await client.query(`BEGIN; LOCK TABLE "${schema}".histo_revisions IN ACCESS EXCLUSIVE MODE`)
    const error = await db.has([ref]).catch((reason: unknown) => reason)
    await client.query('COMMIT')
    client.release()
    expect(error).toMatchObject({ code: 'HISTO_STORE', retryable: true })
    expect(await db.has([ref])).toEqual([true])
  })

  test('an exhausted pool is HISTO_STORE, retryable, and did nothing', async () => {
    const schema = schemaOf()
    const pool = poolOf({ max: 1, connectionTimeoutMillis: 200 })
    const db = await open(pool, schema)
    await db.put(1)
    const client = await pool.connect()
    await expect(db.put(2)).rejects.toMatchObject({ code: 'HISTO_STORE', retryable: true })
    client.release()
    expect(await db.get()).toBe(1)
    await db.put(3)
    expect(await db.get()).toBe(3)
  })

  test.each(['revisions', 'heads'])(
    'if the table of %s was dropped, open databases and new ones get HISTO_STORE, and it is not made again',
    async (table) => {
      const schema = schemaOf()
      const db = await open(poolOf(), schema)
      await db.put(1)
      const admin = poolOf()
      await admin.query(`DROP TABLE "${schema}".histo_${table}`)
      for (const failing of [db.put(2), open(poolOf(), schema).then((other) => other.put(3))]) {
        await expect(failing).rejects.toMatchObject({
          code: 'HISTO_STORE',
          retryable: false,
          cause: { code: '42P01' }
        })
        await expect(failing).rejects.toThrow(`histo_${table}" was dropped`)
      }
      const tables = 'SELECT FROM information_schema.tables WHERE table_schema = $1'
      expect((await admin.query(tables, [schema])).rowCount).toBe(2) // the other one, and the log
    }
  )

  test('an open database does not make its tables again after both were dropped', async () => {
    const schema = schemaOf()
    const db = await open(poolOf(), schema)
    const ref = await db.put(1)
    const admin = poolOf()
    await admin.query(`DROP TABLE "${schema}".histo_revisions, "${schema}".histo_heads`)
    await expect(db.put(2)).rejects.toMatchObject({ code: 'HISTO_STORE' })
    await expect(db.get(ref)).rejects.toMatchObject({ code: 'HISTO_STORE' })
    const other = await open(poolOf(), schema)
    expect(other.head()).toBeNull()
  })

  test.each([['42710'], ['23505'], ['42P07']])(
    'a process that meets %s while another makes the tables uses those',
    async (code) => {
      const schema = schemaOf()
      const pool = poolOf()
      let met = 0
      const beside: PgPool = {
        connect: () => pool.connect(),
        query: async (text, values) => {
          const result = await pool.query(text, values)
          if (!text.includes('CREATE TABLE') || met > 0) return result
          met += 1
          throw Object.assign(new Error('another made it'), { code })
        }
      }
      const db = await open(beside, schema)
      await db.put(1)
      expect([met, await db.get()]).toEqual([1, 1])
    }
  )
})
