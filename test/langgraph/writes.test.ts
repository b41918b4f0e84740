/** Pending writes: their order, whatever comes at once, and what comes before its checkpoint. */

import { ERROR, INTERRUPT } from '@langchain/langgraph-checkpoint'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { configOf, idsIn, putChain, putTo } from './checkpoints.js'

async function writesAt(saver: HistoSaver, thread: string, id: string) {
  return (await saver.getTuple(configOf(thread, id)))?.pendingWrites
}

test('writes come back by path, task and index', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const config = await putTo(saver, configOf('a'), '1')
  await saver.putWrites(
    config,
    [
      ['x', 3],
      ['y', 4]
    ],
    'b',
    'p2'
  )
  await saver.putWrites(config, [['x', 2]], '🐙', 'p1')
  await saver.putWrites(config, [['x', 1]], '\uff00', 'p1')
  await saver.putWrites(config, [['x', 0]], 'z')
  expect((await writesAt(saver, 'a', '1'))?.map(([, , value]) => value)).toEqual([0, 1, 2, 3, 4])
})

test('of two writes at one index the first stays, but of errors the last', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const config = await putTo(saver, configOf('a'), '1')
  await saver.putWrites(
    config,
    [
      ['x', 'first'],
      [ERROR, 'one']
    ],
    'task'
  )
  await new HistoSaver(db).putWrites(
    config,
    [
      ['x', 'second'],
      [ERROR, 'two']
    ],
    'task'
  )
  expect(await writesAt(saver, 'a', '1')).toEqual([
    ['task', ERROR, 'two'],
    ['task', 'x', 'first']
  ])
})

test('a hundred tasks at the same time are put together', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const config = await putTo(saver, configOf('a'), '1')
  const { revisions: before } = await db.stats()
  const tasks = Array.from({ length: 100 }, (_, number) => `task-${number}`)
  await Promise.all(tasks.map((task) => saver.putWrites(config, [['x', task]], task)))
  expect((await writesAt(saver, 'a', '1'))?.map(([task]) => task)).toEqual(tasks.toSorted())
  expect(((await db.stats()).revisions ?? 0) - (before ?? 0)).toBeLessThan(5)
})

test('several savers add to the writes of one checkpoint, and none is lost', async () => {
  await using db = createDB()
  const savers = Array.from({ length: 8 }, () => new HistoSaver(db))
  const config = await putTo(savers[0] as HistoSaver, configOf('a'), '1')
  await Promise.all(
    savers.map((saver, number) => saver.putWrites(config, [['x', number]], `task-${number}`))
  )
  expect(await writesAt(savers[0] as HistoSaver, 'a', '1')).toHaveLength(8)
})

test('writes may come before their checkpoint', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await saver.putWrites(configOf('a', '1'), [[INTERRUPT, 'wait']], 'task')
  expect(await saver.getTuple(configOf('a', '1'))).toBeUndefined()
  await putTo(saver, configOf('a'), '1')
  expect(await writesAt(saver, 'a', '1')).toEqual([['task', INTERRUPT, 'wait']])
  await saver.putWrites(configOf('a', '1'), [['x', 1]], 'late')
  await putChain(saver, configOf('a', '1'), ['2', '3'])
  for (const reader of [saver, new HistoSaver(db)]) {
    expect(await writesAt(reader, 'a', '1')).toEqual([
      ['late', 'x', 1],
      ['task', INTERRUPT, 'wait']
    ])
  }
})

test('a checkpoint whose writes came first is found by its id when others follow it', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await saver.putWrites(configOf('a', '1'), [['x', 1]], 'task')
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  const reader = new HistoSaver(db)
  for (const id of ['none', '1', '1']) {
    const writes = id === 'none' ? undefined : [['task', 'x', 1]]
    expect(await writesAt(reader, 'a', id)).toEqual(writes)
  }
  expect((await reader.getTuple(configOf('a', '2')))?.parentConfig).toEqual(configOf('a', '1'))
  expect(await idsIn(reader, configOf('a'))).toEqual(['3', '2', '1'])
})

test('writes and the next checkpoint may be sent together, as LangGraph does', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  let config = await putTo(saver, configOf('a'), '100')
  for (let number = 101; number < 150; number += 1) {
    const writing = saver.putWrites(config, [['x', number]], 'task')
    const putting = putTo(saver, config, String(number))
    ;[config] = await Promise.all([putting, writing])
  }
  const reader = new HistoSaver(db)
  for (let number = 100; number < 149; number += 1) {
    expect(await writesAt(reader, 'a', String(number))).toEqual([['task', 'x', number + 1]])
  }
  expect(Object.keys(await db.branches({ prefix: 'a/' }))).toHaveLength(1)
})

test('writes to a checkpoint far up are kept with it', async () => {
  await using db = createDB()
  await putChain(new HistoSaver(db), configOf('a'), ['1', '2', '3', '4'])
  const saver = new HistoSaver(db)
  await saver.putWrites(configOf('a', '2'), [['x', 1]], 'task')
  expect(await writesAt(saver, 'a', '2')).toEqual([['task', 'x', 1]])
  expect(await writesAt(saver, 'a', '3')).toEqual([])
})

test('channels may be named as the members of objects are', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const config = await putTo(saver, configOf('a'), '1')
  const writes = ['__proto__', 'constructor', 'toString'].map((name): [string, number] => [name, 1])
  await saver.putWrites(config, writes, 'task')
  const tuple = await new HistoSaver(db).getTuple(config)
  expect(tuple?.pendingWrites).toEqual(writes.map(([name, value]) => ['task', name, value]))
})
