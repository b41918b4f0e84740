/** `undo` and `redo`: to and fro in the moves of a branch's head. */

import { describe, expect, test, vi } from 'vitest'
import { compare, Model, seedsOf } from '../support/undo-model.js'
import { collect, failureOf, folder, opened, places } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  const five = async () => {
    const db = await open<number>()
    const refs = await db.putMany([1, 2, 3, 4, 5].map((data) => ({ data })))
    for (const ref of refs) await db.setHead(ref)
    return { db, refs }
  }

  test('undo goes back move by move, and redo forward again', async () => {
    const { db, refs } = await five()
    const [, b, c, d, e] = refs
    expect(await db.undo()).toBe(d)
    expect(db.head()).toBe(d)
    expect(await db.undo({ steps: 2 })).toBe(b)
    expect(await db.redo()).toBe(c)
    expect(await db.redo({ steps: 2 })).toBe(e)
    expect(await db.undo({ steps: 6 })).toBeNull()
    expect(db.head()).toBeNull()
    expect(await db.redo({ steps: 6 })).toBe(e)
  })

  test('more steps than there are is HISTO_NOT_FOUND and moves nothing', async () => {
    const { db, refs } = await five()
    expect(await failureOf(db.undo({ steps: 7 }))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await failureOf(db.redo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    await db.undo({ steps: 2 })
    expect(await failureOf(db.redo({ steps: 3 }))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await failureOf(db.branch('never').undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(db.head()).toBe(refs[2])
  })

  test('after another move nothing can be redone, and that move is undone first', async () => {
    const { db, refs } = await five()
    await db.undo({ steps: 2 })
    const six = await db.put(6)
    expect(await failureOf(db.redo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await db.undo()).toBe(refs[2])
    expect(await db.undo()).toBe(refs[1])
    expect(await db.redo({ steps: 2 })).toBe(six)
  })

  test('a deleted branch and an overwritten head come back', async () => {
    const db = await open<string>()
    const draft = db.branch('draft')
    const first = await draft.put('first')
    await db.deleteBranch('draft')
    expect(await db.branch('draft').undo()).toBe(first)
    expect(await db.branches()).toEqual({ draft: first })
    const other = await db.put('other', [])
    await draft.setHead(other)
    expect(await draft.undo()).toBe(first)
    expect(await draft.get()).toBe('first')
  })

  test('previousHead makes it a compare-and-swap', async () => {
    const { db, refs } = await five()
    const [, , , d, e] = refs
    const error = await failureOf(db.undo({ previousHead: d as string }))
    expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: e, expected: d })
    expect(await db.undo({ previousHead: e as string })).toBe(d)
    expect(await failureOf(db.redo({ previousHead: null }))).toMatchObject({ head: d })
    await db.deleteBranch('main')
    expect(await db.undo({ previousHead: null })).toBe(d)
  })

  test('it stands in the chain of writes that are not awaited', async () => {
    const db = await open<number>()
    const first = db.put(1)
    const second = db.put(2)
    const undone = db.undo()
    const third = db.put(3)
    const redone = failureOf(db.redo())
    expect(await undone).toBe(await first)
    expect(await db.ancestors(await third)).toEqual([await first])
    expect(await redone).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await db.has([await second])).toEqual([true])
  })

  test('after a failed write nothing older is undone', async () => {
    const db = await open<number>()
    const first = await db.put(1)
    const failing = failureOf(db.put(2, ['no ref']))
    const undone = failureOf(db.undo())
    const put = failureOf(db.put(3))
    expect(await failing).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
    expect(await undone).toMatchObject({ code: 'HISTO_CHAINED' })
    expect(await put).toMatchObject({ code: 'HISTO_CHAINED' })
    expect(db.head()).toBe(first)
    expect(await db.undo()).toBeNull()
  })

  test('undo to an erased revision is HISTO_SHALLOW and moves nothing; more steps go past it', async () => {
    const { db, refs } = await five()
    const [, , c, d, e] = refs as [string, string, string, string, string]
    await db.erase(d)
    expect(await failureOf(db.undo())).toMatchObject({ code: 'HISTO_SHALLOW', ref: d })
    expect(db.head()).toBe(e)
    expect(await db.undo({ steps: 2 })).toBe(c)
    expect(await failureOf(db.redo())).toMatchObject({ code: 'HISTO_SHALLOW', ref: d })
    expect(await db.redo({ steps: 2 })).toBe(e)
  })

  test('a redo that ends with a forgotten move says so, and one that goes past it works', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const day = 86_400_000
      vi.setSystemTime(20_000 * day)
      const db = await open<number>()
      await db.put(1)
      vi.setSystemTime(20_005 * day)
      const second = await db.put(2)
      await db.undo({ steps: 2 })
      await db.prune({ grace: day })
      const redo = (steps: number) => failureOf(db.redo({ steps }))
      const forgotten = "the branch 'main' has forgotten the move that a redo of 1 ends with"
      expect(await redo(1)).toMatchObject({ code: 'HISTO_NOT_FOUND', message: forgotten })
      const fewer = "the branch 'main' has only 2 moves to redo, not 3"
      expect(await redo(3)).toMatchObject({ code: 'HISTO_NOT_FOUND', message: fewer })
      expect(db.head()).toBeNull()
      expect(await db.redo({ steps: 2 })).toBe(second)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a horizon wins over the log', async () => {
    const db = await open<number>()
    const all: string[] = []
    for (let n = 0; n < 8; n++) all.push(await db.put(n))
    await db.prune({ horizon: { depth: 3 }, force: true })
    expect(await db.has(all)).toEqual(all.map((_, n) => n > 4))
    expect(await db.undo({ steps: 2 })).toBe(all[5])
    for (const steps of [1, 2, 5]) {
      expect(await failureOf(db.undo({ steps }))).toMatchObject({ code: 'HISTO_SHALLOW' })
    }
    expect(db.head()).toBe(all[5])
    const places = (await collect(db.log())).map(({ from, to }) => [from, to])
    expect(places.slice(0, 3)).toEqual([
      [all[7], all[5]],
      [all[6], all[7]],
      [all[5], all[6]]
    ])
    expect(places.at(-1)?.[0]).toBeNull()
    expect(places.at(-1)?.[1]).toBeUndefined()
  })

  test('a pull brings back what others have', async () => {
    const db = await open<number>()
    const theirs = await open<number>()
    await theirs.put(1)
    await db.pull(theirs, { resolve: ({ theirs: data }) => data as number })
    expect(await db.undo()).toBeNull()
    await db.pull(theirs, { resolve: ({ theirs: data }) => data as number })
    expect(await db.get()).toBe(1)
  })

  test('wrong options are misuse, and callbacks work', async () => {
    const db = await open<number>()
    const first = await db.put(1)
    await db.put(2)
    for (const wrong of [{ steps: 0 }, { steps: 1.5 }, { steps: 2 ** 32 }, { previousHead: 5 }]) {
      expect(await failureOf(db.undo(wrong as never))).toBeInstanceOf(TypeError)
    }
    const undone = await new Promise((resolve, reject) => {
      db.undo((error, ref) => (error ? reject(error) : resolve(ref)))
    })
    expect(undone).toBe(first)
    const reason = new Error('enough')
    await expect(db.redo({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(db.head()).toBe(first)
  })

  test.each(seedsOf(4))(
    'random calls lead to the same states as a list of states, seed %i',
    async (seed) => {
      await compare(await open<number>(), seed, 150)
    }
  )
})

test('random calls lead to the same states as a list of states when the database is reopened often', async () => {
  const path = folder()
  const model = new Model()
  for (let round = 0; round < 6; round++) {
    const db = await opened<number>({ path })
    await compare(db, 100 + round, 40, model)
    await db.close()
  }
})

test('a move with log: false is a gap: nothing is undone across it', async () => {
  const path = folder()
  const logged = await opened<number>({ path })
  const silent = await opened<number>({ path, log: false })
  await logged.put(1)
  const second = await silent.put(2)
  expect(await failureOf(logged.undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
  await logged.put(3)
  expect(await logged.undo()).toBe(second)
  expect(await failureOf(logged.undo())).toMatchObject({ code: 'HISTO_NOT_FOUND' })
  expect(logged.head()).toBe(second)
})
