/** Lists: pages, forks, ids that do not ascend, what was undone. */

import { afterEach, expect, test, vi } from 'vitest'
import { Bound } from '../../ts/branch/handle.js'
import { createDB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { configOf, idsIn, putChain, putTo } from './checkpoints.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => String(from + at))

test('pages by before and limit together give the whole list, with forks too', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), numbers(100, 120))
  await putChain(saver, configOf('a', '105'), numbers(120, 130))
  await putChain(saver, configOf('a', '125'), numbers(130, 140))
  const all = numbers(100, 140).toReversed()
  expect(await idsIn(saver, configOf('a'))).toEqual(all)
  const paged: string[] = []
  for (;;) {
    const before = paged.length === 0 ? {} : { before: configOf('a', paged.at(-1)) }
    const page = await idsIn(new HistoSaver(db), configOf('a'), { ...before, limit: 7 })
    if (page.length === 0) break
    paged.push(...page)
  }
  expect(paged).toEqual(all)
})

test('ids that do not ascend are each listed once', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  let seed = 7
  for (let round = 0; round < 20; round += 1) {
    const thread = `t${round}`
    const ids: string[] = []
    for (let step = 0; step < 25; step += 1) {
      seed = (seed * 48_271) % 2_147_483_647
      const id = `${seed}`
      const parent = ids.length === 0 ? undefined : ids[seed % ids.length]
      await putTo(saver, configOf(thread, step % 3 === 0 ? parent : ids.at(-1)), id)
      ids.push(id)
    }
    expect((await idsIn(new HistoSaver(db), configOf(thread))).toSorted()).toEqual(ids.toSorted())
  }
})

test('a list reads only the states that are consumed', async () => {
  await using db = createDB()
  await putChain(new HistoSaver(db), configOf('a'), numbers(100, 200))
  const { engine } = Bound.handleOf(db) as NonNullable<ReturnType<typeof Bound.handleOf>>
  const read = vi.spyOn(engine, 'payload')
  const saver = new HistoSaver(db)
  expect(await idsIn(saver, configOf('a'), { limit: 2, filter: { source: 'loop' } })).toHaveLength(
    2
  )
  expect(await idsIn(saver, configOf('a'), { filter: { source: 'input' } })).toEqual([])
  expect(read.mock.calls.length).toBe(2)
  for await (const { checkpoint } of saver.list(configOf('a'))) {
    expect(checkpoint.id).toBe('199')
    break
  }
  expect(read.mock.calls.length).toBe(3)
})

test('branches that are not threads are skipped', async () => {
  await using db = createDB<unknown>()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2'])
  await db.put({ title: 'a note' })
  await db.branch('a//other').put({ title: 'another' })
  await db.branch('b//other').put({ title: 'another' })
  await db.branch('copy').setHead((await saver.refOf(configOf('a'))) ?? '')
  expect(await idsIn(saver, {})).toEqual(['2', '1'])
  expect((await saver.getTuple(configOf('a')))?.checkpoint.id).toBe('2')
})

test('a branch that a user sets to a checkpoint is a leaf too', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  const branch = (await saver.branchOf(configOf('a'))) ?? ''
  await db.branch('a//kept').setHead((await saver.refOf(configOf('a', '2'))) ?? '')
  expect(await idsIn(saver, configOf('a'))).toEqual(['3', '2', '1'])
  await db.deleteBranch(branch)
  expect(await idsIn(saver, configOf('a'))).toEqual(['2', '1'])
  await putTo(saver, configOf('a', '2'), '4')
  expect(await idsIn(saver, configOf('a'))).toEqual(['4', '2', '1'])
})

test('a turn can be undone and redone on its branch, and the log has both', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  const branch = db.branch((await saver.branchOf(configOf('a'))) ?? '')
  expect(await branch.undo()).toBe(await saver.refOf(configOf('a', '2')))
  expect((await saver.getTuple(configOf('a')))?.checkpoint.id).toBe('2')
  expect(await idsIn(saver, configOf('a'))).toEqual(['2', '1'])
  await branch.redo()
  expect((await saver.getTuple(configOf('a')))?.checkpoint.id).toBe('3')
  await branch.undo({ steps: 2 })
  await putTo(saver, configOf('a', '1'), '4')
  expect(await idsIn(saver, configOf('a'))).toEqual(['4', '1'])
  const moves: string[] = []
  for await (const { action } of db.log({ branch: branch.branchName })) moves.push(action)
  expect(moves).toEqual(['put', 'undo', 'redo', 'undo', 'put', 'put', 'put'])
})

test('two checkpoints are compared by their channels', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putTo(saver, configOf('a'), '1', { messages: ['hello'] })
  await putTo(saver, configOf('a', '1'), '2', { messages: ['hello', 'you'] })
  const [from, to] = await Promise.all(['1', '2'].map((id) => saver.refOf(configOf('a', id))))
  expect(await db.diff(from ?? '', to ?? '')).toEqual([
    { op: 'add', path: '/channel_values/messages/1', value: 'you' }
  ])
})
