/** The log of the heads: one entry for each call that moves one. */

import { describe, expect, test, vi } from 'vitest'
import { createDB, type DB, type LogEntry, type LogOptions } from '../../ts/index.js'
import { collect, failureOf, folder, opened, places } from './places.js'

const day = 86_400_000

/** Runs `work` at a time of the test's choosing, which it may set. */
async function timed(work: (at: (time: number) => void) => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    await work((time) => vi.setSystemTime(time))
  } finally {
    vi.useRealTimers()
  }
}

/** The moves, without ids and times. */
async function moves(db: DB, options?: LogOptions) {
  const entries = await collect(db.log(options))
  return entries.map(({ id: _id, time: _time, ...move }) => move)
}

describe.each(places)('over %s', (_place, open) => {
  test('each call that moves a head logs one entry that names the call; newest first', async () => {
    const db = await open()
    const first = await db.put(1)
    const [, third] = await db.putMany([{ data: 2 }, { data: 3 }])
    await db.setHead(first)
    const draft = db.branch('draft')
    const theirs = await draft.put(4, [first])
    await db.merge(theirs, 'json')
    const fifth = await db.update(() => 5)
    await draft.put(6)
    const sixth = await draft.put(7)
    const merged = await db.merge(sixth, () => 8)
    await db.undo()
    await db.redo()
    await db.deleteBranch('draft')
    expect(await moves(db)).toEqual([
      { branch: 'draft', from: sixth, to: null, action: 'delete' },
      { branch: 'main', from: fifth, to: merged.ref, action: 'redo' },
      { branch: 'main', from: merged.ref, to: fifth, action: 'undo' },
      { branch: 'main', from: fifth, to: merged.ref, action: 'merge' },
      { branch: 'draft', from: expect.any(String), to: sixth, action: 'put' },
      { branch: 'draft', from: theirs, to: expect.any(String), action: 'put' },
      { branch: 'main', from: theirs, to: fifth, action: 'put' },
      { branch: 'main', from: first, to: theirs, action: 'fast-forward' },
      { branch: 'draft', from: null, to: theirs, action: 'put' },
      { branch: 'main', from: third, to: first, action: 'setHead' },
      { branch: 'main', from: first, to: third, action: 'put' },
      { branch: 'main', from: null, to: first, action: 'put' }
    ])
  })

  test('a call that fails, or leaves the head where it is, logs nothing', async () => {
    const db = await open()
    const ref = await db.put(1)
    await db.setHead(ref)
    await db.put(2, { moveHead: false })
    await db.deleteBranch('nobody')
    await db.setRemoteHead('remote', ref)
    await failureOf(db.put(3, { previousHead: null }))
    await failureOf(db.undo({ steps: 2 }))
    expect(await moves(db)).toHaveLength(1)
  })

  test('ids sort by time, and each page continues where the last one ended', async () => {
    const db = await open()
    const branches = ['main', 'a', 'b'].map((name) => db.branch(name))
    const putAll = branches.flatMap((branch) =>
      Array.from({ length: 700 }, (_, n) => branch.put(n))
    )
    await Promise.all(putAll)
    const all = await collect(db.log())
    expect(all).toHaveLength(2100)
    const ids = all.map((entry) => entry.id)
    expect(ids).toEqual(ids.toSorted().reverse())
    expect(new Set(ids).size).toBe(2100)
    const times = all.map((entry) => entry.time)
    expect(times).toEqual(times.toSorted().reverse())
    for (const time of times) expect(new Date(time).toISOString()).toBe(time)
    const paged: LogEntry[] = []
    for (let before: string | undefined; ; before = paged.at(-1)?.id) {
      const some = await collect(db.log({ before, limit: 130 }))
      if (some.length === 0) break
      paged.push(...some)
    }
    expect(paged).toEqual(all)
    const own = all.filter((entry) => entry.branch === 'a')
    expect(await collect(db.log({ branch: 'a' }))).toEqual(own)
    expect(await collect(db.log({ branch: 'a', before: own[4]?.id, limit: 3 }))).toEqual(
      own.slice(5, 8)
    )
    expect(await collect(db.log({ branch: 'nobody' }))).toEqual([])
    expect(await collect(db.log({ limit: 0 }))).toEqual([])
  })

  test('wrong options are refused by next(), and a signal ends the log', async () => {
    const db = await open()
    await db.put(1)
    for (const wrong of [{ before: 'x' }, { before: 1 }, { branch: '' }, { limit: -1 }]) {
      await expect(db.log(wrong as LogOptions).next()).rejects.toBeInstanceOf(TypeError)
    }
    for (const before of ['zz', 'x']) {
      const error = await failureOf(db.log({ before }).next())
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toBe(`"${before}" is no id of the log`)
    }
    const reason = new Error('enough')
    await expect(db.log({ signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason)
  })

  test('times never go back, even if the clock does', async () => {
    await timed(async (at) => {
      const db = await open()
      at(10 * day)
      await db.put(1)
      at(9 * day)
      await db.put(2)
      at(10 * day + 1)
      await db.put(3)
      const times = (await collect(db.log())).map(({ time }) => Date.parse(time))
      expect(times).toEqual([10 * day + 1, 10 * day, 10 * day])
    })
  })

  test('moves older than 90 days, or the given age, are dropped by later moves', async () => {
    await timed(async (at) => {
      for (const [log, days] of [
        [undefined, 90],
        [{ days: 3 }, 3]
      ] as const) {
        at(20_000 * day)
        const db = await open({ log })
        await db.put('old')
        await db.branch('other').put('old')
        at((20_000 + days) * day)
        await db.put('new')
        expect(await moves(db)).toHaveLength(3)
        at((20_000 + days) * day + 3_600_001)
        await db.put('newer')
        expect(await moves(db)).toHaveLength(2)
        at((20_000 + 3 * days) * day)
        const last = await db.put('newest')
        expect(await moves(db)).toMatchObject([{ to: last }])
      }
    })
  })

  test('with log: false nothing is logged, and undo does not cross the gap', async () => {
    const db = await open({ log: false })
    await db.put(1)
    expect(await moves(db)).toEqual([])
    expect(await failureOf(db.undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(db.head()).not.toBeNull()
  })

  test('a backup has the log, also after deletions', async () => {
    const db = await open<number>()
    const pruned = await db.put(0, [])
    const first = await db.put(1, [])
    await db.prune({ grace: 0 })
    await db.prune({ grace: 0 })
    expect(await db.has([pruned])).toEqual([false])
    const [second, third] = [await db.put(2), await db.put(3)]
    await db.branch('draft').put(4)
    await db.undo()
    const path = folder()
    await db.backup(path)
    const copy = await opened<number>({ path })
    expect(await collect(copy.log())).toEqual(await collect(db.log()))
    expect(await copy.redo()).toBe(third)
    expect(await copy.undo({ steps: 2 })).toBe(first)
    expect(await db.redo()).toBe(third)
    await db.prune({ horizon: { depth: 1 }, force: true })
    const cut = folder()
    await db.backup(cut)
    const shallow = await opened<number>({ path: cut })
    expect(await collect(shallow.log())).toEqual(await collect(db.log()))
    expect(await failureOf(shallow.undo())).toMatchObject({ code: 'HISTO_SHALLOW', ref: second })
  })

  test('prune forgets moves older than its grace, and keeps what the remaining ones name', async () => {
    await timed(async (at) => {
      const db = await open()
      at(20_000 * day)
      const [old, kept, late] = [
        await db.put('old', []),
        await db.put('kept', []),
        await db.put('late', [])
      ]
      await db.prune({ grace: day })
      at(20_002 * day)
      const last = await db.put('last', [])
      await db.prune({ grace: day })
      expect(await db.has([old, kept, late, last])).toEqual([false, false, true, true])
      expect(await moves(db)).toEqual([{ branch: 'main', from: late, to: last, action: 'put' }])
      expect(await db.undo()).toBe(late)
      expect(await failureOf(db.undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
      at(20_004 * day)
      await db.setHead(last)
      await db.prune({ grace: 0 })
      expect(await moves(db)).toEqual([])
      const next = await db.put('next')
      expect(await collect(db.log())).toMatchObject([{ from: last, to: next }])
    })
  })
})

test.each([
  [{ log: true }, 'log must be false or { days }'],
  [{ log: { days: 0 } }, 'days must be a whole number of at least 1'],
  [{ log: { days: 36_526 } }, 'at most 36525'],
  [{ log: { day: 1 } }, "has no option 'day'"]
])('createDB refuses %j', (options, message) => {
  expect(() => createDB(options as never)).toThrow(message)
  expect(() => createDB(options as never)).toThrow(TypeError)
})

test('ids continue after all moves were forgotten, and after reopening', async () => {
  const path = folder()
  const db = await opened({ path })
  await db.put(1)
  const [last] = await collect(db.log())
  await db.prune({ grace: 0 })
  await db.close()
  const again = await opened({ path })
  await again.put(2)
  const [next, none] = await collect(again.log())
  expect(none).toBeUndefined()
  expect((next?.id ?? '') > (last?.id ?? '')).toBe(true)
})
