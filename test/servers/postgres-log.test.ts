/** The log of the heads, undo and redo on PostgreSQL. */

import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB, type DB, type LogEntry } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { collect, failureOf } from '../contract/places.js'
import { compare, Model } from '../support/undo-model.js'
import { expectUndoOfTheLatest } from '../support/undo-overtaken.js'
import { isThere, poolOf, schemaOf } from './postgres.js'

async function open(schema: string): Promise<DB<number>> {
  const db = createDB<number>(postgresStores(poolOf(), { schema }))
  onTestFinished(() => db.close())
  return await db.ready()
}

describe.runIf(isThere)('on PostgreSQL', () => {
  test('random calls lead to the same states as a plain list of states', async () => {
    await compare(await open(schemaOf()), 5, 80)
  })

  test('the log matches the result when two processes move the same heads and undo', async () => {
    const schema = schemaOf()
    const all = [await open(schema), await open(schema), await open(schema)]
    const refs = await all[0]?.putMany(
      Array.from({ length: 4 }, (_, n) => ({ data: n, ancestors: [] })),
      { moveHead: false }
    )
    const busy = async (db: DB<number>, by: number) => {
      for (let n = 0; n < 25; n += 1) {
        const branch = db.branch(n % 2 === 0 ? 'main' : 'other')
        const calls = [
          () => branch.put(by * 1000 + n),
          () => branch.setHead(refs?.[n % 4] as string),
          () => branch.undo(),
          () => branch.redo(),
          () => db.deleteBranch(branch.branchName)
        ]
        const error = await failureOf(calls[(n * 7 + by) % 5]?.() as Promise<unknown>).catch(
          () => undefined
        )
        const codes = [undefined, 'HISTO_NOT_FOUND', 'HISTO_HEAD_CONFLICT', 'HISTO_CHAINED']
        expect(codes).toContain(error?.code)
      }
    }
    await Promise.all(all.map(busy))
    const entries: LogEntry[] = (await collect((all[0] as DB<number>).log())).reverse()
    const model = new Model()
    for (const { branch, from, to, action, steps = 1 } of entries) {
      expect(from).toBe(model.head(branch))
      if (action === 'undo' || action === 'redo') {
        expect(model.travel(branch, action, steps)).toBe(to)
      } else model.move(branch, to as string | null)
    }
    const heads = await all[1]?.branches()
    for (const name of ['main', 'other']) expect(heads?.[name] ?? null).toBe(model.head(name))
    expect(entries.length).toBeGreaterThan(20)
  })

  test('an undo starts from where others left the head, also if they moved it back', async () => {
    const schema = schemaOf()
    const [one, other] = [0, 1].map(() => postgresStores(poolOf(), { schema }))
    if (one !== undefined && other !== undefined) await expectUndoOfTheLatest(one, other)
  })

  test('an undo of a deletion uses the log as its own statement sees it', async () => {
    const schema = schemaOf()
    const pool = poolOf()
    const other = await open(schema)
    const db = createDB<number>(postgresStores(pool, { schema }))
    onTestFinished(() => db.close())
    await db.put(1)
    const second = await other.put(2)
    await other.deleteBranch('main')
    const query = pool.query.bind(pool) as (text: string, values: unknown[]) => Promise<unknown>
    let isMoved = false
    pool.query = (async (text: string, values: unknown[]) => {
      if (!isMoved && text.includes('WITH given') && values.length > 7) {
        isMoved = true
        await other.setHead(second)
        await other.put(3)
        await other.deleteBranch('main')
      }
      return await query(text, values)
    }) as typeof pool.query
    const head = await db.undo()
    expect(isMoved).toBe(true)
    expect(await other.get(head as string)).toBe(3)
  })

  test('pages continue, prune forgets, and a database of an earlier version gets a log', async () => {
    const schema = schemaOf()
    const pool = poolOf()
    const before = await open(schema)
    const old = await before.put(0)
    await pool.query(`DROP TABLE "${schema}".histo_log`)
    await before.close()
    const db = await open(schema)
    expect(await collect(db.log())).toEqual([])
    expect(await failureOf(db.undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    for (let n = 1; n < 6; n += 1) await db.put(n)
    const entries = await collect(db.log())
    expect(entries).toHaveLength(5)
    expect(entries.at(-1)?.from).toBe(old)
    const rest = await collect(db.log({ before: entries[1]?.id as string, limit: 2 }))
    expect(rest).toEqual(entries.slice(2, 4))
    for (const before of ['none', '1', '9'.repeat(19)]) {
      const message = `"${before}" is no id of the log`
      expect(await failureOf(db.log({ before }).next())).toMatchObject({
        name: 'TypeError',
        message
      })
    }
    await db.prune({ grace: 0 })
    expect(await collect(db.log())).toEqual([])
  })
})
