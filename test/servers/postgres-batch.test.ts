/** Several heads at once, and branches by pages, on PostgreSQL. */

import { describe, expect, onTestFinished, test } from 'vitest'
import { type BatchOperation, createDB, type DB } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { failureOf } from '../support/open.js'
import { isThere, poolOf, poolThroughProxy, schemaOf } from './postgres.js'

interface Account {
  readonly amount: number
  readonly by?: number
}

const accounts = 20
const names = Array.from({ length: accounts }, (_, n) => `account ${n}`)

async function open(schema: string, pool = poolOf()): Promise<DB<Account>> {
  const db = createDB<Account>(postgresStores(pool, { schema }))
  onTestFinished(() => db.close())
  return await db.ready()
}

async function sumOf(db: DB<Account>): Promise<number> {
  const heads = Object.values(await db.branches({ prefix: 'account' }))
  expect(heads).toHaveLength(accounts)
  return (await db.getMany(heads)).reduce((sum, { amount }) => sum + amount, 0)
}

/** Moves one from an account to another, until nobody was faster. */
async function move(db: DB<Account>, by: number): Promise<void> {
  const [from, to] = [names[by % accounts], names[(by * 7 + 3) % accounts]] as [string, string]
  if (from === to) return
  for (;;) {
    const heads = await db.branches()
    const refs = [heads[from], heads[to]] as [string, string]
    const [less, more] = (await db.getMany(refs)) as [Account, Account]
    const operations: BatchOperation<Account>[] = [
      { type: 'put', branch: from, data: { amount: less.amount - 1, by }, previousHead: refs[0] },
      { type: 'put', branch: to, data: { amount: more.amount + 1, by }, previousHead: refs[1] }
    ]
    const failed = await db.batch(operations).then(
      () => undefined,
      (error: unknown) => error
    )
    if (failed === undefined) return
    if ((failed as { code?: unknown }).code !== 'HISTO_HEAD_CONFLICT') throw failed
  }
}

describe.runIf(isThere)('PostgreSQL', () => {
  test('readers always find the same sum while amounts move between branches', async () => {
    const schema = schemaOf()
    const db = await open(schema)
    await db.batch(names.map((branch) => ({ type: 'put', branch, data: { amount: 10 } })))
    const hands = await Promise.all(Array.from({ length: 6 }, () => open(schema)))
    let isOver = false
    const looks: number[] = []
    const looking = (async () => {
      while (!isOver) looks.push(await sumOf(db))
    })()
    await Promise.all(
      hands.map(async (hand, by) => {
        for (let turn = 0; turn < 15; turn += 1) await move(hand, by + turn * hands.length)
      })
    )
    isOver = true
    await looking
    expect(new Set([...looks, await sumOf(db)])).toEqual(new Set([accounts * 10]))
    expect(looks.length).toBeGreaterThan(5)
  })

  test('no batch is done twice or by half while connections end', async () => {
    const schema = schemaOf()
    const direct = await open(schema)
    await direct.batch(names.map((branch) => ({ type: 'put', branch, data: { amount: 10 } })))
    const { pool, proxy } = await poolThroughProxy()
    const db = await open(schema, pool)
    let isOver = false
    const cutting = (async () => {
      while (!isOver) {
        await new Promise((resolve) => setTimeout(resolve, 40))
        await proxy.cut()
        await proxy.mend()
      }
    })()
    let moved = 0
    for (let by = 0; by < 40; by += 1) {
      await move(db, by).then(
        () => {
          moved += 1
        },
        (error: unknown) => expect(error).toMatchObject({ code: 'HISTO_STORE' })
      )
      expect(await sumOf(direct)).toBe(accounts * 10)
    }
    isOver = true
    await cutting
    expect(moved).toBeGreaterThan(0)
  })

  test('a batch that fails names the operation, and none of it is written', async () => {
    const db = await open(schemaOf())
    const ref = await db.branch('a').put({ amount: 1 })
    const operations: BatchOperation<Account>[] = [
      { type: 'deleteBranch', branch: 'a' },
      { type: 'put', branch: 'b', data: { amount: 2 } },
      { type: 'put', branch: 'c', data: { amount: 3 }, previousHead: ref }
    ]
    const failure = { code: 'HISTO_HEAD_CONFLICT', index: 2, head: null, expected: ref }
    expect(await failureOf(db.batch(operations))).toMatchObject(failure)
    expect({ ...(await db.branches()) }).toEqual({ a: ref })
  })
})
