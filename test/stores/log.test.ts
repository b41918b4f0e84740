/** The log of the heads over levels, and over stores that users write. */

import { MemoryLevel } from 'memory-level'
import { describe, expect, test, vi } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { collect, failureOf } from '../contract/places.js'
import { loggingStores, type Stores } from '../support/logging-stores.js'
import { compare, seedsOf } from '../support/undo-model.js'
import { expectUndoOfTheLatest } from '../support/undo-overtaken.js'

const day = 86_400_000

const kinds: readonly (readonly [string, () => Stores])[] = [
  ['levels', () => levelStores(new MemoryLevel())],
  ['stores of callbacks', () => loggingStores().stores]
]

test('over levels an undo starts from where others left the head, also if they moved it back', async () => {
  const level = new MemoryLevel()
  await expectUndoOfTheLatest(levelStores(level), levelStores(level))
})

const moves = async (db: DB) =>
  (await collect(db.log())).map(({ id: _id, time: _time, ...move }) => move)

describe.each(kinds)('over %s', (_kind, stores) => {
  test('each call that moves a head logs one entry that names the call; newest first', async () => {
    const db = createDB(stores())
    const first = await db.put(1)
    const [, third] = await db.putMany([{ data: 2 }, { data: 3 }])
    const draft = db.branch('draft')
    const theirs = await draft.put(4, [first])
    const merged = await db.merge(theirs, () => 5)
    await db.setHead(first)
    await db.setHead(first)
    await db.merge(theirs, 'json')
    await db.undo({ steps: 2 })
    await db.redo()
    await db.deleteBranch('draft')
    const [next, last] = await Promise.all([db.put(6), db.put(7)])
    await db.batch([
      { type: 'setHead', branch: 'one', ref: first },
      { type: 'setHead', branch: 'main', ref: third as string }
    ])
    expect(await moves(db)).toEqual([
      { branch: 'main', from: last, to: third, action: 'batch' },
      { branch: 'one', from: null, to: first, action: 'batch' },
      { branch: 'main', from: next, to: last, action: 'put' },
      { branch: 'main', from: first, to: next, action: 'put' },
      { branch: 'draft', from: theirs, to: null, action: 'delete' },
      { branch: 'main', from: merged.ref, to: first, action: 'redo' },
      { branch: 'main', from: theirs, to: merged.ref, action: 'undo', steps: 2 },
      { branch: 'main', from: first, to: theirs, action: 'fast-forward' },
      { branch: 'main', from: merged.ref, to: first, action: 'setHead' },
      { branch: 'main', from: third, to: merged.ref, action: 'merge' },
      { branch: 'draft', from: null, to: theirs, action: 'put' },
      { branch: 'main', from: first, to: third, action: 'put' },
      { branch: 'main', from: null, to: first, action: 'put' }
    ])
    const ids = (await collect(db.log())).map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted().reverse())
    const [newest, second, ...older] = await collect(db.log({ branch: 'main' }))
    expect(await collect(db.log({ branch: 'main', before: second?.id as string }))).toEqual(older)
    expect(newest?.action).toBe('batch')
    await expect(collect(db.log({ before: '' }))).rejects.toThrow(TypeError)
    await db.close()
  })

  test('before what is no id it is the TypeError that it is over every store', async () => {
    const db = createDB<number>(stores())
    await Promise.all([1, 2].map((data) => db.put(data)))
    for (const before of ['zz', 'x', '~']) {
      const error = await failureOf(collect(db.log({ before })))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toBe(`"${before}" is no id of the log`)
    }
    await db.close()
  })

  test.each(seedsOf(2))(
    'random calls lead to the same states as a plain list of states, seed %i',
    async (seed) => {
      const db = createDB<number>(stores())
      await compare(db, seed, 80)
      await db.close()
    }
  )

  test('undo is chained on earlier writes, fails if they failed, and compares the head', async () => {
    const db = createDB<number>(stores())
    const first = db.put(1)
    const second = db.put(2)
    const undone = db.undo()
    const third = db.put(3)
    expect(await undone).toBe(await first)
    expect(await db.ancestors(await third)).toEqual([await first])
    const failing = failureOf(db.put(4, ['no ref']))
    const chained = failureOf(db.undo())
    expect(await failing).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
    expect(await chained).toMatchObject({ code: 'HISTO_CHAINED' })
    const wrong = await failureOf(db.undo({ previousHead: await second }))
    expect(wrong).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: await third })
    expect(await failureOf(db.undo({ steps: 5 }))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await db.undo({ previousHead: await third })).toBe(await first)
    await db.close()
  })

  test('with log: false nothing is logged', async () => {
    const db = createDB<number>({ ...stores(), log: false })
    await db.put(1)
    expect(await moves(db)).toEqual([])
    expect(await failureOf(db.undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    await db.close()
  })
})

test.each([
  ['the same entries again and again', {}, 'the entry before which others were asked for'],
  ['an entry that comes from no ref', { from: 5 }, 'what are no entries of the log']
])('a readLog that returns %s is HISTO_STORE', async (_what, more, message) => {
  const { stores } = loggingStores()
  const db = createDB<number>(stores)
  await db.put(1)
  const [move] = await collect(db.log())
  const readLog = ({ limit }: { limit: number }) =>
    Promise.resolve(Array.from({ length: limit }, () => ({ ...move, ...more })))
  Object.assign(stores.branchStore, { readLog })
  const error = await failureOf(collect(db.log()))
  expect(error).toMatchObject({ code: 'HISTO_STORE', message: expect.stringContaining(message) })
  await db.close()
})

test('a result of readLog that exceeds the limit is cut to it', async () => {
  const { stores, kept } = loggingStores()
  const db = createDB<number>(stores)
  for (const data of [1, 2, 3]) await db.put(data)
  Object.assign(stores.branchStore, { readLog: async () => kept.log })
  expect(await collect(db.log({ limit: 2 }))).toEqual(kept.log.slice(0, 2))
  await db.close()
})

test('losing to another process is reported, and nothing moves', async () => {
  const { stores, kept } = loggingStores()
  const db = createDB<number>(stores)
  const first = await db.put(1)
  const second = await db.put(2)
  const compareAndSwapMany = stores.branchStore.compareAndSwapMany?.bind(stores.branchStore)
  stores.branchStore.compareAndSwapMany = (...args) => {
    kept.values.set('heads/main', first) // another process, just before
    return compareAndSwapMany?.(...args)
  }
  const error = await failureOf(db.undo())
  expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: first, expected: second })
  expect(kept.log).toHaveLength(2)
  await db.close()
})

test('without readLog undo is HISTO_STORE and says what is missing; heads still move', async () => {
  const { stores } = loggingStores()
  const swapMany: (...args: never[]) => unknown =
    stores.branchStore.compareAndSwapMany?.bind(stores.branchStore) ?? expect.unreachable()
  Object.assign(stores.branchStore, {
    readLog: undefined,
    compareAndSwapMany: (swaps: never, callback: never) => swapMany(swaps, [] as never, callback)
  })
  const db = createDB<number>(stores)
  await db.put(1)
  for (const call of [() => db.undo(), () => db.redo(), () => db.log().next()]) {
    const error = await failureOf(call())
    expect(error).toMatchObject({ code: 'HISTO_STORE' })
    expect(error.message).toContain('readLog')
  }
  await db.close()
})

test('over levels later moves drop old entries, and prune keeps what the remaining ones name', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    vi.setSystemTime(20_000 * day)
    const db = createDB<number>(levelStores(new MemoryLevel()))
    const [old, kept] = [await db.put(1, []), await db.put(2, [])]
    await db.prune({ grace: day })
    vi.setSystemTime(20_002 * day)
    const last = await db.put(3, [])
    await db.prune({ grace: day })
    expect(await db.has([old, kept, last])).toEqual([false, true, true])
    expect(await moves(db)).toEqual([{ branch: 'main', from: kept, to: last, action: 'put' }])
    expect(await db.undo()).toBe(kept)
    vi.setSystemTime(20_100 * day)
    const next = await db.put(4)
    await db.put(5)
    expect(await moves(db)).toMatchObject([{ from: next }, { to: next }])
    const ids = (await collect(db.log())).map(({ id }) => Number(id))
    expect(ids).toEqual([7, 6].map((id) => id - 1))
    await db.close()
  } finally {
    vi.useRealTimers()
  }
})
