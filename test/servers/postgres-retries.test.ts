/** Retries on PostgreSQL after failures that a wrapped pool injects, and that nothing is done twice. */

import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { type PgPool, postgresStores } from '../../ts/postgres-entry.js'
import { isThere, poolOf, schemaOf } from './postgres.js'

/** When a statement fails: instead of being done, or although it is. */
type When = 'before' | 'after'

const serialization = { code: '40001', message: 'could not serialize access' }
const deadlock = { code: '40P01', message: 'deadlock detected' }
const terminated = { code: '57P01', message: 'terminating connection due to administrator command' }
const lost = { message: 'Connection terminated unexpectedly' }

/** A pool whose next statements of a kind fail. */
class FailingPool implements PgPool {
  readonly #pool: pg.Pool
  #pattern = /^$/
  #left = 0
  #when: When = 'before'
  #error: object = {}
  /** Statements of the kind that failed. */
  failed = 0

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  fail(pattern: RegExp, times: number, when: When, error: object): void {
    this.#pattern = pattern
    this.#left = times
    this.#when = when
    this.#error = error
    this.failed = 0
  }

  async query(text: string, values?: unknown[]) {
    const fails = this.#left > 0 && this.#pattern.test(text)
    if (fails) this.#left -= 1
    if (fails) this.failed += 1
    if (fails && this.#when === 'before') throw Object.assign(new Error(), this.#error)
    const result = await this.#pool.query(text, values)
    if (fails) throw Object.assign(new Error(), this.#error)
    return result
  }

  connect() {
    return this.#pool.connect()
  }
}

async function open() {
  const options = { schema: schemaOf() }
  const pool = new FailingPool(poolOf())
  const db = await createDB<number>({ ...postgresStores(pool, options), probe: false }).ready()
  const plain = await createDB<number>({
    ...postgresStores(poolOf(), options),
    probe: false
  }).ready()
  await db.put(0)
  return { pool, db, plain, close: () => Promise.all([db.close(), plain.close()]) }
}

/** Lets the first swap succeed, then others move the head a number of times, and loses the connection before the answer. */
function loseFirstSwap(pool: FailingPool, plain: DB<number>, others: number): void {
  const query = pool.query.bind(pool)
  let isFirst = true
  pool.query = async (text, values) => {
    if (!(isFirst && text.includes('moved AS (UPDATE'))) return await query(text, values)
    isFirst = false
    await query(text, values)
    for (let n = 0; n < others; n += 1) await plain.update((data = 0) => data + 1)
    throw Object.assign(new Error(), terminated)
  }
}

const statements: readonly (readonly [string, RegExp])[] = [
  ['reading a head', /^SELECT value/],
  ['writing revisions', /^INSERT INTO [^(]*revisions/],
  ['moving a head', /moved AS \(UPDATE/]
]

describe.runIf(isThere)('on PostgreSQL', () => {
  test.each(
    statements.flatMap(([what, pattern]) =>
      [serialization, deadlock].map((error) => [error.code, what, pattern, error] as const)
    )
  )('%s at %s is tried again until it succeeds', async (_code, _what, pattern, error) => {
    const { pool, db, plain, close } = await open()
    pool.fail(pattern, 5, 'before', error)
    await db.update((data = 0) => data + 1)
    expect(pool.failed).toBe(5)
    expect(await plain.get()).toBe(1)
    await close()
  })

  test.each(
    statements.flatMap(([what, pattern]) =>
      [terminated, lost].flatMap((error) =>
        (['before', 'after'] as const).map((when) => [what, when, pattern, error] as const)
      )
    )
  )(
    'a connection lost at %s, %s it was done, is made good, and nothing is done twice',
    async (...given) => {
      const [_what, when, pattern, error] = given
      const { pool, db, plain, close } = await open()
      const before = db.head()
      for (let turn = 1; turn <= 3; turn += 1) {
        pool.fail(pattern, turn, when, error)
        await db.update((data = 0) => data + 1)
        expect(pool.failed).toBeGreaterThan(0)
      }
      expect(await plain.get()).toBe(3)
      expect(await plain.refDifference(before, db.head() ?? '')).toHaveLength(3)
      await close()
    }
  )

  test('a swap that was done before its connection was lost is recognized, although others moved the head since', async () => {
    const { pool, db, plain, close } = await open()
    loseFirstSwap(pool, plain, 20)
    await db.update((data = 0) => data + 100)
    expect(await plain.get()).toBe(120)
    await close()
  })

  test('a swap with an unknown outcome is a failure, and is not repeated', async () => {
    const { pool, db, plain, close } = await open()
    loseFirstSwap(pool, plain, 40)
    const update = db.update((data = 0) => data + 100)
    await expect(update).rejects.toMatchObject({ code: 'HISTO_STORE', retryable: true })
    expect(await plain.get()).toBe(140)
    await close()
  })

  test('a connection that is lost every time is HISTO_STORE with the cause, and the head stays', async () => {
    const { pool, db, plain, close } = await open()
    const head = db.head()
    pool.fail(/./, 1000, 'before', lost)
    await expect(db.put(1)).rejects.toMatchObject({
      code: 'HISTO_STORE',
      cause: lost,
      retryable: true
    })
    pool.fail(/./, 0, 'before', lost)
    expect([db.head(), await plain.get()]).toEqual([head, 0])
    expect(await db.ancestors(await db.put(1))).toEqual([head])
    await close()
  })

  test.each([
    ['done', 'after'],
    ['not done', 'before']
  ] as const)(
    'a swap that was %s and that its client did not wait for counts once',
    async (_what, when) => {
      const { pool, db, plain, close } = await open()
      for (let turn = 1; turn <= 3; turn += 1) {
        pool.fail(/moved AS \(UPDATE/, turn, when, { message: 'Query read timeout' })
        await db.update((data = 0) => data + 1)
        expect(pool.failed).toBeGreaterThan(0)
      }
      expect([await plain.get(), await db.get()]).toEqual([3, 3])
      await close()
    }
  )

  test('a pool without a free connection is asked once; the error is retryable, and nothing was done', async () => {
    const { pool, db, plain, close } = await open()
    const head = db.head()
    for (const message of [
      'timeout exceeded when trying to connect',
      'Connection terminated due to connection timeout'
    ]) {
      pool.fail(/moved AS \(UPDATE/, 2, 'before', { message })
      const put = db.put(1)
      await expect(put).rejects.toMatchObject({
        code: 'HISTO_STORE',
        retryable: true,
        cause: { message }
      })
      expect([pool.failed, db.head(), await plain.get()]).toEqual([1, head, 0])
      pool.fail(/^$/, 0, 'before', {})
    }
    await db.put(2)
    expect(await plain.get()).toBe(2)
    await close()
  })

  test('a branch whose deletion lost its connection is deleted once', async () => {
    const { pool, db, plain, close } = await open()
    await db.branch('side').put(1)
    pool.fail(/^DELETE/, 2, 'after', terminated)
    await db.deleteBranch('side')
    expect(Object.keys(await plain.branches())).toEqual(['main'])
    await close()
  })

  test('a server without NOTIFY is written to without it', async () => {
    const { pool, db, plain, close } = await open()
    pool.fail(/pg_notify/, 1, 'before', { code: '42883', message: 'unknown function: pg_notify()' })
    await db.put(1)
    await db.put(2)
    expect([pool.failed, await plain.get()]).toEqual([1, 2])
    await close()
  })
})
