/** Refusals of PostgreSQL, and a server that is gone: HISTO_STORE with its cause, and recovery. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { type PgPool, type PostgresOptions, postgresStores } from '../../ts/postgres-entry.js'
import { isThere, poolOf, poolThroughProxy, schemaOf } from './postgres.js'

async function open(pool: PgPool, options: PostgresOptions) {
  const db = createDB<string>(postgresStores(pool, options))
  onTestFinished(() => db.close())
  return await db.ready()
}

async function failureOf(promise: Promise<unknown>): Promise<Error & { code: string }> {
  return await promise.then(
    () => {
      throw new Error('the call succeeded')
    },
    (error) => error
  )
}

/** A database on the server, and the way to it that can be cut. */
async function throughProxy(schema: string) {
  const { proxy, pool } = await poolThroughProxy()
  return { proxy, pool, db: await open(pool, { schema }) }
}

describe.runIf(isThere)('on PostgreSQL', () => {
  test('a server that is down at opening is HISTO_STORE, and the database opens when it is back', async () => {
    const { proxy, pool, db: first } = await throughProxy(schemaOf())
    await first.close()
    await proxy.cut()
    const db = createDB<string>(postgresStores(pool, { schema: schemaOf() }))
    onTestFinished(() => db.close())
    const error = await failureOf(db.ready())
    expect(error).toMatchObject({ code: 'HISTO_STORE', retryable: true })
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
    await proxy.mend()
    await db.ready()
    expect(db.head()).toBeNull()
  })

  test('a missing socket is a failure, not an empty database', async () => {
    const pool = poolOf({ host: '/tmp/no such folder' })
    const error = await failureOf(createDB(postgresStores(pool)).ready())
    expect(error).toMatchObject({ code: 'HISTO_STORE', cause: { code: 'NO_SERVER' } })
  })

  test('if the server goes away during a batch, the head stays, and puts succeed when it is back', async () => {
    const { proxy, db } = await throughProxy(schemaOf())
    const head = await db.put('before')
    const text = 'x'.repeat(1000)
    const batch = Array.from({ length: 5000 }, (_, n) => ({ data: `${n} ${text}` }))
    const put = db.putMany(batch)
    setTimeout(() => void proxy.cut(), 20)
    const error = await failureOf(put)
    expect(error.code).toBe('HISTO_STORE')
    expect(error.cause).toBeInstanceOf(Error)
    expect(db.head()).toBe(head)
    await proxy.mend()
    expect(await db.get()).toBe('before')
    expect(await db.ancestors(await db.put('after'))).toEqual([head])
  })

  test('if the server goes away during a merge, the head stays, and the merge can be made again', async () => {
    const { proxy, db } = await throughProxy(schemaOf())
    const base = await db.put('base')
    const left = await db.put('left', [base])
    const right = await db.put('right', [base])
    const merge = db.merge(left, async () => {
      await proxy.cut()
      return 'lost'
    })
    expect(await failureOf(merge)).toMatchObject({ code: 'HISTO_STORE' })
    expect(db.head()).toBe(right)
    await proxy.mend()
    const { kind } = await db.merge(left, ({ ours, theirs }) => `${ours} ${theirs}`)
    expect([kind, await db.get()]).toEqual(['merge', 'right left'])
  })

  test('idle connections do not end the process when the server goes away', async () => {
    const { proxy, pool: prepared } = await throughProxy(schemaOf())
    const pool = new pg.Pool(prepared.options)
    onTestFinished(() => pool.end())
    const db = await open(pool, { schema: schemaOf() })
    await Promise.all([db.put('one'), db.has(['0'.repeat(64)])])
    await proxy.cut()
    await proxy.mend()
    expect(await db.get()).toBe('one')
  })

  test('wrong credentials are HISTO_STORE with the cause', async () => {
    const pool = poolOf({ user: `nobody ${randomUUID()}`, connectionString: undefined as never })
    const error = await failureOf(createDB(postgresStores(pool)).ready())
    expect(error.code).toBe('HISTO_STORE')
    expect(error.cause).toBeInstanceOf(pg.DatabaseError)
  })

  test('a role without rights to the tables is HISTO_STORE, and the head stays', async () => {
    const schema = schemaOf()
    const db = await open(poolOf(), { schema })
    const head = await db.put('ours')
    const role = `histo test ${randomUUID()}`
    const admin = poolOf()
    await admin.query(`CREATE ROLE "${role}"`)
    onTestFinished(async () => {
      await admin.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`)
    })
    const options = `-c role=${role.replaceAll(' ', '\\ ')}`
    const stores = postgresStores(poolOf({ options }), { schema })
    expect(await failureOf(createDB(stores).ready())).toMatchObject({
      code: 'HISTO_STORE',
      cause: { code: '42501' }
    })
    await admin.query(
      `GRANT USAGE ON SCHEMA "${schema}" TO "${role}"; GRANT SELECT ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`
    )
    const reader = await createDB<string>(stores).ready()
    expect(await reader.get()).toBe('ours')
    const refused = await failureOf(reader.put('theirs'))
    expect(refused).toMatchObject({ code: 'HISTO_STORE', cause: { code: '42501' } })
    expect(reader.head()).toBe(head)
    await reader.close()
  })

  test.each(['revisions', 'heads'])(
    'a foreign table with the name %s is refused and left alone',
    async (name) => {
      const schema = schemaOf()
      const pool = poolOf()
      await pool.query(`CREATE SCHEMA "${schema}"`)
      await pool.query(`CREATE TABLE "${schema}".histo_${name} (id int PRIMARY KEY, note text)`)
      const error = await failureOf(createDB(postgresStores(pool, { schema })).ready())
      expect(error.code).toBe('HISTO_STORE')
      expect(error.message).toContain('is not a table of histo-revisions')
      const tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = $1`
      const { rows } = await pool.query(tables, [schema])
      expect(rows).toEqual([{ table_name: `histo_${name}` }])
    }
  )

  test('a read-only server can be read from, and refuses writes', async () => {
    const schema = schemaOf()
    const db = await open(poolOf(), { schema })
    const head = await db.put('there')
    const replica = poolOf({ options: '-c default_transaction_read_only=on' })
    const reader = await open(replica, { schema })
    expect(await reader.get()).toBe('there')
    expect(await failureOf(reader.put('no'))).toMatchObject({
      code: 'HISTO_STORE',
      cause: { code: '25006' }
    })
    expect(reader.head()).toBe(head)
    const empty = createDB(postgresStores(replica, { schema: schemaOf() }))
    expect(await failureOf(empty.ready())).toMatchObject({ cause: { code: '25006' } })
  })

  test('twenty that open a new database at once make its tables together', async () => {
    const options = { schema: schemaOf() }
    const databases = await Promise.all(
      Array.from({ length: 20 }, () => open(poolOf({ max: 1 }), options))
    )
    expect(new Set(databases.map(({ name }) => name)).size).toBe(1)
  })

  test('databases with other prefixes, or other names in the same tables, do not affect each other', async () => {
    const [schema, pool] = [schemaOf(), poolOf()]
    const options = [{}, { prefix: 'a' }, { prefix: 'A' }, { database: 'a' }, { database: 'A' }]
    const databases = await Promise.all(options.map((one) => open(pool, { schema, ...one })))
    const refs = await Promise.all(databases.map((db, n) => db.put(`of ${n}`)))
    for (const [n, db] of databases.entries()) {
      expect(await db.has(refs)).toEqual(refs.map((_, other) => other === n))
      expect(db.head()).toBe(refs[n])
    }
  })

  test('tens of thousands of heads are listed', async () => {
    const [schema, pool] = [schemaOf(), poolOf()]
    const db = await open(pool, { schema })
    const ref = await db.put('shared')
    await pool.query(`INSERT INTO "${schema}".histo_heads
      SELECT '', 'heads/branch ' || n, '${ref}', '' FROM generate_series(1, 30000) AS n`)
    const branches = await db.branches()
    expect(Object.keys(branches)).toHaveLength(30_001)
    expect(branches['branch 29999']).toBe(ref)
    const moved = await db.branch('branch 29999').put('moved')
    expect(db.branch('branch 29999').head()).toBe(moved)
  })
})

test.each([
  [undefined, undefined],
  [{}, undefined],
  [{ query: () => undefined, connect: () => undefined }, { prefix: 7 }],
  [{ query: () => undefined, connect: () => undefined }, { prefix: 'x'.repeat(55) }],
  [{ query: () => undefined, connect: () => undefined }, { schema: '' }],
  [{ query: () => undefined, connect: () => undefined }, { database: 'nul\u0000' }],
  [{ query: () => undefined, connect: () => undefined }, 'prefix']
])('postgresStores(%o, %o) is a TypeError', (pool, options) => {
  expect(() => postgresStores(pool as never, options as never)).toThrow(TypeError)
})
