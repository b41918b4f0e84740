/** Checkpoints of HistoSaver: where they are, what they keep, what is refused. */

import { HumanMessage } from '@langchain/core/messages'
import { JsonPlusSerializer } from '@langchain/langgraph-checkpoint'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { collect } from '../support/open.js'
import { mapStores } from '../support/user-stores.js'
import { checkpointOf, configOf, idsIn, metadataOf, putChain, putTo } from './checkpoints.js'

test('a thread is a prefix with a branch for each leaf, a checkpoint a revision after its parent', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('thread-1'), ['1', '2', '3'])
  await putChain(saver, configOf('thread-1', '2'), ['4', '5'])
  const branches = await db.branches({ prefix: 'thread-1/' })
  const refs = await Promise.all(
    ['1', '2', '3', '4', '5'].map((id) => saver.refOf(configOf('thread-1', id)))
  )
  expect(Object.values(branches).toSorted()).toEqual([refs[2], refs[4]].toSorted())
  expect(await db.ancestors(refs[3] ?? '')).toEqual([refs[1]])
  expect((await db.revision(refs[3] ?? '')).meta).toMatchObject({ thread_id: 'thread-1' })
})

test('a fork is one revision, and one commit', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  const { revisions: before } = await db.stats()
  const moves = (await collect(db.log())).length
  await putTo(saver, configOf('a', '1'), '4')
  expect((await db.stats()).revisions).toBe((before ?? 0) + 1)
  expect(await collect(db.log())).toHaveLength(moves + 1)
})

test('the greatest id is the latest, on any leaf', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '5'])
  await putTo(saver, configOf('a', '1'), '4')
  expect((await saver.getTuple(configOf('a')))?.checkpoint.id).toBe('5')
  expect(await idsIn(saver, configOf('a'))).toEqual(['5', '4', '2', '1'])
})

const oddThreads = [
  'a/b',
  '~langgraph',
  '%2F',
  'ünï/🐙',
  'x'.repeat(400),
  'tab\there',
  ' ',
  '..',
  `${'y'.repeat(300)}1`,
  `${'y'.repeat(300)}2`,
  '__proto__'
]

test('threads, namespaces and ids may be any text', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  for (const odd of oddThreads) {
    await putChain(saver, configOf(odd, undefined, odd), [`${odd}1`, `${odd}2`])
    const tuple = await saver.getTuple(configOf(odd, `${odd}1`, odd))
    expect(tuple?.checkpoint.channel_values).toEqual({ n: `${odd}1` })
    expect(await idsIn(saver, configOf(odd, undefined, odd))).toEqual([`${odd}2`, `${odd}1`])
  }
  expect(await idsIn(saver, {})).toHaveLength(oddThreads.length * 2)
  await saver.deleteThread('a/b')
  expect(await idsIn(saver, {})).toHaveLength(oddThreads.length * 2 - 2)
})

test('ids that are not strings are refused by name', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const lone = '\ud800'
  await expect(putTo(saver, { configurable: { thread_id: 7 } }, '1')).rejects.toThrow(
    /thread_id must be a string/
  )
  await expect(putTo(saver, configOf(''), '1')).rejects.toThrow(/thread_id must not be empty/)
  await expect(putTo(saver, configOf(lone), '1')).rejects.toThrow(/thread_id must be well-formed/)
  await expect(putTo(saver, configOf('a'), '')).rejects.toThrow(/checkpoint\.id/)
  await expect(saver.putWrites(configOf('a', '1'), [['n', 1]], '')).rejects.toThrow(/taskId/)
  await expect(saver.getTuple(configOf('a', lone))).rejects.toThrow(TypeError)
  await expect(saver.deleteThread('')).rejects.toThrow(TypeError)
  expect(() => new HistoSaver({} as never)).toThrow(/db must be a database/)
  expect(() => new HistoSaver(db, { ttl: 1 } as never)).toThrow(/serde must be a serializer/)
  expect(await db.branches()).toEqual({})
})

test('an unknown thread has nothing', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  expect(await saver.getTuple(configOf('nobody'))).toBeUndefined()
  expect(await saver.getTuple({ configurable: {} })).toBeUndefined()
  expect(await idsIn(saver, configOf('nobody'))).toEqual([])
  expect(await saver.refOf(configOf('nobody'))).toBeNull()
  expect(await saver.branchOf(configOf('nobody', '1'))).toBeNull()
  await saver.deleteThread('nobody')
})

test('a checkpoint of another thread or namespace is not found, and as a parent it is only named', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2'])
  expect(await saver.getTuple(configOf('b', '1'))).toBeUndefined()
  expect(await saver.getTuple(configOf('a', '1', 'inner'))).toBeUndefined()
  await putTo(saver, configOf('b', '1'), '3')
  const tuple = await saver.getTuple(configOf('b', '3'))
  expect(tuple?.parentConfig).toEqual(configOf('b', '1'))
  expect(tuple?.checkpoint.channel_values).toEqual({ n: '3' })
  expect(await db.ancestors((await saver.refOf(configOf('b', '3'))) ?? '')).toEqual([])
})

test('values come back as they were', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  let deep: unknown = 'bottom'
  for (let level = 0; level < 1200; level += 1) deep = [deep]
  const values = {
    message: [new HumanMessage('hello'), { role: 'user', content: 'plain', lc: 3 }],
    bytes: new Uint8Array([0, 1, 255]),
    map: new Map([['a', new Set([1])]]),
    lone: `cut \ud83d`,
    none: undefined,
    ['__proto__']: { a: 1 },
    nested: { none: undefined, zero: 0, text: '"lc":', list: [null, true, 1.5e300] },
    empty: {},
    deep
  }
  await putTo(saver, configOf('a'), '1', values)
  await saver.putWrites(configOf('a', '1'), Object.entries(values), 'task')
  const tuple = await saver.getTuple(configOf('a', '1'))
  expect(Object.getOwnPropertyNames(tuple?.checkpoint.channel_values)).toContain('__proto__')
  for (const [channel, value] of Object.entries(values)) {
    const read = Object.entries(tuple?.checkpoint.channel_values ?? {}).find(
      ([name]) => name === channel
    )
    expect(JSON.stringify(read?.[1])).toBe(JSON.stringify(value))
    const write = tuple?.pendingWrites?.find(([, name]) => name === channel)
    expect(JSON.stringify(write?.[2])).toBe(JSON.stringify(value))
  }
  expect(tuple?.checkpoint.channel_values['message']).toMatchObject([
    new HumanMessage('hello'),
    { lc: 3 }
  ])
  expect(tuple?.checkpoint.channel_values['map']).toEqual(values.map)
  expect(tuple?.checkpoint.channel_values['bytes']).toEqual(values.bytes)
})

// Checked to fail: with the checkpoint's members one level too high.
test.each([{}, { toJSON: 'a text' }])(
  'a plain state is printed as one as value by value',
  async (more) => {
    await using db = createDB()
    class Slower extends JsonPlusSerializer {}
    const messages = [{ role: 'user', content: 'hello' }]
    const values = { messages, ['__proto__']: { a: 1 }, '': null, ...more }
    const data = async (saver: HistoSaver, thread: string) => {
      await putTo(saver, configOf(thread), '1', values)
      return JSON.stringify(await db.get((await saver.refOf(configOf(thread))) ?? ''))
    }
    const whole = await data(new HistoSaver(db), 'a')
    expect(await data(new HistoSaver(db, new Slower()), 'b')).toBe(whole)
    expect(JSON.parse(whole)).toMatchObject({ channel_values: { messages }, checkpoint: { v: 4 } })
  }
)

test('values that are not plain JSON are kept byte for byte', async () => {
  await using db = createDB()
  const texts = ['{"b":12345678901234567890,"a":1.0}', 'no JSON at all', '{"a":1,"a":2}']
  let next = 0
  const exact = {
    dumpsTyped: () =>
      Promise.resolve<[string, Uint8Array]>(['json', Buffer.from(texts[next++ % 3] ?? '')]),
    loadsTyped: (_type: string, data: Uint8Array | string) =>
      Promise.resolve(Buffer.from(data as string).toString())
  }
  const saver = new HistoSaver(db, exact)
  await saver.putWrites(
    configOf('a', '1'),
    [
      ['x', 0],
      ['y', 0],
      ['z', 0]
    ],
    'task'
  )
  const ref = (await db.branches())[Object.keys(await db.branches())[0] ?? ''] ?? ''
  const { writes } = (await db.get(ref)) as { writes: unknown[][] }
  expect(writes.map((row) => row[4]).toSorted()).toEqual(texts.toSorted())
})

test('a serializer that encrypts leaves nothing readable', async () => {
  await using db = createDB()
  const plain = new JsonPlusSerializer()
  const saver = new HistoSaver(db, {
    dumpsTyped: async (value) => {
      const [type, bytes] = await plain.dumpsTyped(value)
      return [`sealed ${type}`, bytes.map((byte) => byte ^ 0x55)]
    },
    loadsTyped: (type, data) =>
      plain.loadsTyped(
        type.slice(7),
        (data as Uint8Array).map((byte) => byte ^ 0x55)
      )
  })
  await putTo(saver, configOf('a'), '1', { secret: 'swordfish' })
  await saver.putWrites(configOf('a', '1'), [['secret', 'swordfish']], 'task')
  const refs = Object.values(await db.branches())
  expect(JSON.stringify(await Promise.all(refs.map((ref) => db.revision(ref))))).not.toContain(
    'swordfish'
  )
  const tuple = await saver.getTuple(configOf('a'))
  expect(tuple?.checkpoint.channel_values).toEqual({ secret: 'swordfish' })
  expect(tuple?.metadata).toEqual(metadataOf())
  expect(tuple?.pendingWrites).toEqual([['task', 'secret', 'swordfish']])
})

test('a serializer that fails saves nothing, and says so', async () => {
  await using db = createDB()
  const plain = new JsonPlusSerializer()
  let fails = true
  const saver = new HistoSaver(db, {
    dumpsTyped: (value) => (fails ? Promise.reject(new Error('no form')) : plain.dumpsTyped(value)),
    loadsTyped: (type, data) => plain.loadsTyped(type, data)
  })
  await expect(putTo(saver, configOf('a'), '1')).rejects.toThrow('no form')
  await expect(saver.putWrites(configOf('a', '1'), [['n', 1]], 'task')).rejects.toThrow('no form')
  expect(await db.branches()).toEqual({})
  fails = false
  await putTo(saver, configOf('a'), '1')
  await saver.putWrites(configOf('a', '1'), [['n', 1]], 'task')
  expect((await saver.getTuple(configOf('a', '1')))?.pendingWrites).toEqual([['task', 'n', 1]])
  const other = new HistoSaver(db, {
    dumpsTyped: () => Promise.resolve('text' as never),
    loadsTyped: plain.loadsTyped
  })
  await expect(putTo(other, configOf('a'), '2')).rejects.toThrow(/dumpsTyped/)
})

test('the same checkpoint may be put again, and another one in its place while nothing follows it', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2'])
  await saver.putWrites(configOf('a', '2'), [['n', 1]], 'task')
  const before = await saver.refOf(configOf('a', '2'))
  await putTo(saver, configOf('a', '1'), '2')
  expect(await saver.refOf(configOf('a', '2'))).toBe(before)
  await putTo(new HistoSaver(db), configOf('a', '1'), '2', { n: 'other' })
  const tuple = await new HistoSaver(db).getTuple(configOf('a', '2'))
  expect(tuple?.checkpoint.channel_values).toEqual({ n: 'other' })
  expect(tuple?.pendingWrites).toEqual([['task', 'n', 1]])
  expect(await idsIn(saver, configOf('a'))).toEqual(['2', '1'])
  await putTo(saver, configOf('a', '2'), '3')
  await expect(putTo(saver, configOf('a', '1'), '2', { n: 'late' })).rejects.toMatchObject({
    code: 'HISTO_CONFLICT'
  })
  expect(await idsIn(saver, configOf('a'))).toEqual(['3', '2', '1'])
})

test('long metadata is kept, and filtered by', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  const long = { ...metadataOf(1), note: 'n'.repeat(100_000), list: [1, { a: 2 }] }
  await saver.put(configOf('a'), checkpointOf('1'), long, {})
  await saver.put(
    configOf('a', '1'),
    checkpointOf('2'),
    { ...metadataOf(2), list: [1, { a: 2 }] } as never,
    {}
  )
  expect((await saver.getTuple(configOf('a', '1')))?.metadata).toEqual(long)
  expect(await idsIn(saver, configOf('a'), { filter: { list: [1, { a: 2 }] } })).toEqual(['2', '1'])
  expect(await idsIn(saver, configOf('a'), { filter: { step: 1 } })).toEqual(['1'])
})

test('the database has its own meta under that of the thread', async () => {
  await using db = createDB({ meta: { author: 'Ada', thread_id: 'no' } })
  const saver = new HistoSaver(db)
  await putTo(saver, configOf('a'), '1')
  const { meta } = await db.revision((await saver.refOf(configOf('a', '1'))) ?? '')
  expect(meta).toMatchObject({ author: 'Ada', thread_id: 'a', message: 'loop 0' })
})

test('stores of your own work if they can list keys', async () => {
  const { revisionStore, branchStore } = mapStores()
  await using db = createDB({ revisionStore, branchStore })
  const saver = new HistoSaver(db)
  await expect(saver.getTuple(configOf('a'))).rejects.toMatchObject({ code: 'HISTO_STORE' })
})
