/** Threads between databases. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { Bound } from '../../ts/branch/handle.js'
import { createDB, type DB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { configOf, idsIn, putChain, putTo } from './checkpoints.js'

/** Brings branches of `from` to `to`; no two checkpoints are ever merged. */
async function bring(from: DB, to: DB, branches: (name: string) => boolean): Promise<void> {
  const resolve = () => {
    throw new Error('a branch was moved on both sides')
  }
  const { failed } = await to.pull(from, { branches, resolve })
  expect({ ...failed }).toEqual({})
}

test('a thread continues in another database, and back, without conflicts', async () => {
  await using laptop = await createDB({ name: 'laptop' }).ready()
  await using server = await createDB({ name: 'server' }).ready()
  const one = new HistoSaver(laptop)
  const other = new HistoSaver(server)
  await putChain(one, configOf('a'), ['1', '2'])
  await one.putWrites(configOf('a', '2'), [['x', 'here']], 'here')
  await bring(laptop, server, one.branchesOf('a'))
  expect((await other.getTuple(configOf('a')))?.pendingWrites).toEqual([['here', 'x', 'here']])
  await other.putWrites(configOf('a', '2'), [['x', 'there']], 'there')
  await putTo(other, configOf('a', '2'), '3')
  await putTo(one, configOf('a', '2'), '4')
  await bring(server, laptop, other.branchesOf('a'))
  await bring(laptop, server, one.branchesOf('a'))
  for (const saver of [one, other, new HistoSaver(laptop), new HistoSaver(server)]) {
    expect(await idsIn(saver, configOf('a'))).toEqual(['4', '3', '2', '1'])
    expect((await saver.getTuple(configOf('a', '2')))?.pendingWrites).toEqual([
      ['here', 'x', 'here'],
      ['there', 'x', 'there']
    ])
  }
})

test('a thread that goes to and fro has a branch for each database', async () => {
  await using laptop = await createDB({ name: 'laptop' }).ready()
  await using server = await createDB({ name: 'server' }).ready()
  const sides = [laptop, server].map((db) => ({ db, saver: new HistoSaver(db) }))
  for (let step = 100; step < 130; step += 1) {
    const [here, there] = step % 2 === 0 ? sides : sides.toReversed()
    if (here === undefined || there === undefined) throw new Error('two sides')
    const latest = await here.saver.getTuple(configOf('a'))
    await putTo(here.saver, latest?.config ?? configOf('a'), String(step))
    await bring(here.db, there.db, here.saver.branchesOf('a'))
  }
  for (const { db, saver } of sides) {
    expect(await idsIn(saver, configOf('a'))).toHaveLength(30)
    expect(Object.keys(await db.branches({ prefix: 'a/' }))).toHaveLength(2)
  }
})

test('if only the leaves came, checkpoints are found by id, and then in one step', async () => {
  await using from = await createDB({ name: 'from' }).ready()
  await using to = await createDB({ name: 'to' }).ready()
  const ids = Array.from({ length: 600 }, (_, at) => String(1000 + at))
  await putChain(new HistoSaver(from), configOf('a'), ids)
  await bring(from, to, (name) => name.startsWith('a/'))
  const saver = new HistoSaver(to)
  expect((await saver.getTuple(configOf('a', '1001')))?.parentConfig).toEqual(configOf('a', '1000'))
  expect(Object.keys(await to.branches({ prefix: '~langgraph/' }))).toHaveLength(599)
  for (const id of ids) expect(await saver.refOf(configOf('a', id))).not.toBeNull()
  expect(await saver.getTuple(configOf('a', 'none'))).toBeUndefined()
})

test('a database that is open for reading finds them too, and writes nothing', async () => {
  await using from = await createDB({ name: 'from' }).ready()
  const ids = ['1', '2', '3', '4']
  await putChain(new HistoSaver(from), configOf('a'), ids)
  for (const name of Object.keys(await from.branches({ prefix: '~langgraph/' }))) {
    await from.deleteBranch(name)
  }
  const path = mkdtempSync(join(tmpdir(), 'histo-readonly-'))
  await from.backup(`${path}/db`)
  await using db = createDB({ path: `${path}/db`, readOnly: true })
  const saver = new HistoSaver(db)
  for (const id of ids) expect((await saver.getTuple(configOf('a', id)))?.checkpoint.id).toBe(id)
  await expect(putTo(saver, configOf('a', '4'), '5')).rejects.toMatchObject({
    code: 'HISTO_DENIED'
  })
  await db.close()
  rmSync(path, { recursive: true, force: true })
})

// Checked to fail: where that ends the call.
test('if what is before one leaf was cut away, what is before the others is found', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['01', '02', '03'])
  await putChain(saver, configOf('a'), ['1', '2', '3', '4'])
  const [two = '', three = ''] = await Promise.all(
    ['2', '3'].map(async (id) => (await saver.refOf(configOf('a', id))) ?? '')
  )
  for (const name of Object.keys(await db.branches({ prefix: '~langgraph/' }))) {
    await db.deleteBranch(name)
  }
  await db.prune({ horizon: { before: three }, grace: 0, force: true })
  await expect(db.get(two)).rejects.toMatchObject({ code: 'HISTO_SHALLOW' })
  const other = new HistoSaver(db)
  expect(await other.refOf(configOf('a', '2'))).toBeNull()
  expect(await other.refOf(configOf('a', '3'))).toBe(three)
  for (const id of ['01', '02']) expect(await other.refOf(configOf('a', id))).not.toBeNull()
})

test('an id that is not there costs one look at each checkpoint, once, however many forks there are', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const ids = Array.from({ length: 100 }, (_, at) => String(1000 + at))
  await putChain(saver, configOf('a'), ids)
  for (let at = 0; at < 40; at += 1) await putTo(saver, configOf('a', ids[at * 2]), `9${100 + at}`)
  const { engine } = Bound.handleOf(db) as NonNullable<ReturnType<typeof Bound.handleOf>>
  let seen = 0
  const history = engine.history.bind(engine)
  vi.spyOn(engine, 'history').mockImplementation(async function* (...args) {
    for await (const steps of history(...args)) {
      seen += steps.length
      yield steps
    }
  })
  const fresh = new HistoSaver(db)
  expect(await fresh.getTuple(configOf('a', 'none'))).toBeUndefined()
  expect(seen).toBe(140)
  expect(await fresh.getTuple(configOf('a', 'none'))).toBeUndefined()
  expect(seen).toBe(140)
})

test('a checkpoint that a branch of people kept is found by its id once that branch is gone', async () => {
  await using db = createDB()
  const first = new HistoSaver(db)
  await putChain(first, configOf('a'), ['1', '2', '3'])
  for (const name of Object.keys(await db.branches({ prefix: '~langgraph/' }))) {
    await db.deleteBranch(name)
  }
  await db.branch('a//a kept one').setHead((await first.refOf(configOf('a', '2'))) ?? '')
  const saver = new HistoSaver(db)
  expect(await saver.getTuple(configOf('a', 'none'))).toBeUndefined()
  await db.deleteBranch('a//a kept one')
  expect((await saver.getTuple(configOf('a', '2')))?.checkpoint.id).toBe('2')
})
