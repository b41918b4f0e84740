/** Compare-and-swap of the head: setHead, put, putMany, deleteBranch. */

import { describe, expect, test } from 'vitest'
import { failureOf, places, refOf } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  const fork = async () => {
    const db = await open()
    const base = await db.put('base')
    const left = await db.put('left', [base])
    const right = await db.put('right', [base])
    return { db, base, left, right }
  }

  test('setHead answers the ref and moves the head to any revision', async () => {
    const { db, base, left } = await fork()
    expect(await db.setHead(left)).toBe(left)
    expect(db.head()).toBe(left)
    expect(await db.setHead(base)).toBe(base)
    expect(db.head()).toBe(base)
  })

  test('setHead with the head that is there succeeds', async () => {
    const { db, left, right } = await fork()
    expect(await db.setHead(left, right)).toBe(left)
    expect(db.head()).toBe(left)
  })

  test('setHead with another head is a conflict that names both', async () => {
    const { db, base, left, right } = await fork()
    const error = await failureOf(db.setHead(left, base))
    expect(error).toMatchObject({
      name: 'HistoError',
      code: 'HISTO_HEAD_CONFLICT',
      message: 'head conflict',
      head: right,
      expected: base
    })
    expect(typeof error.retryable).toBe('boolean')
    expect(db.head()).toBe(right)
  })

  test('setHead with null needs that there is no head', async () => {
    const { db, left, right } = await fork()
    const error = await failureOf(db.setHead(left, null))
    expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: right, expected: null })
    const side = db.branch('side')
    expect(await side.setHead(left, null)).toBe(left)
  })

  test('setHead without a head and with a previous one is a conflict with null', async () => {
    const { db, left, right } = await fork()
    const error = await failureOf(db.branch('side').setHead(left, right))
    expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: null, expected: right })
    expect(error.message).toBe('head conflict')
  })

  test.each([
    ['null', null],
    ['another', 'base']
  ] as const)(
    'a head that is the ref already is success with %s as the previous one',
    async (_what, previous) => {
      const { db, base, right } = await fork()
      expect(await db.setHead(right, previous === null ? null : base)).toBe(right)
    }
  )

  test('an undefined previous head is refused, since it would guard nothing', async () => {
    const { db, left, right } = await fork()
    const lost: { previousHead?: string } = { previousHead: undefined as never }
    await expect(db.setHead(left, lost.previousHead as never)).rejects.toThrow(TypeError)
    await expect(db.put('after', [left], lost)).rejects.toThrow(TypeError)
    await expect(db.put('after', lost)).rejects.toThrow(TypeError)
    await expect(db.deleteBranch('main', lost.previousHead as never)).rejects.toThrow(TypeError)
    expect(db.head()).toBe(right)
  })

  test('put with the head that is there moves it', async () => {
    const { db, right } = await fork()
    const ref = await db.put('next', undefined, { previousHead: right })
    expect(db.head()).toBe(ref)
    expect(await db.ancestors(ref)).toEqual([right])
  })

  test('put with ancestors and another head is a conflict', async () => {
    const { db, base, left, right } = await fork()
    const error = await failureOf(db.put('join', [left, right], { previousHead: base }))
    expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: right, expected: base })
    expect(db.head()).toBe(right)
  })

  test('put with null begins a branch once', async () => {
    const db = await open()
    const puts = [1, 2, 3].map((n) => db.put(n, [], { previousHead: null }))
    const settled = await Promise.allSettled(puts)
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(db.head()).toBe(refOf(1))
  })

  test('putMany with another head is a conflict and nothing of it is there', async () => {
    const { db, base, right } = await fork()
    const items = [{ data: 1, ancestors: [] }, { data: 2 }]
    const error = await failureOf(db.putMany(items, { previousHead: base }))
    expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: right, expected: base })
    expect(await db.has([refOf(1), refOf(2, [refOf(1)])])).toEqual([false, false])
    expect(db.head()).toBe(right)
  })

  test('putMany with the head that is there moves it to the last', async () => {
    const { db, right } = await fork()
    const refs = await db.putMany([{ data: 1 }, { data: 2 }], { previousHead: right })
    expect(db.head()).toBe(refs[1])
  })

  test('deleteBranch with another head is a conflict and the branch stays', async () => {
    const { db, base, left, right } = await fork()
    await db.branch('side').setHead(left)
    const error = await failureOf(db.deleteBranch('side', right))
    expect(error).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: left, expected: right })
    expect({ ...(await db.branches()) }).toEqual({ main: right, side: left })
    expect(await failureOf(db.deleteBranch('main', base))).toMatchObject({ head: right })
  })

  test('deleteBranch with its head deletes it, and revisions stay', async () => {
    const { db, left, right } = await fork()
    const side = db.branch('side')
    await side.setHead(left)
    expect(await db.deleteBranch('side', left)).toBeUndefined()
    expect(side.head()).toBeNull()
    expect({ ...(await db.branches()) }).toEqual({ main: right })
    expect(await db.get(left)).toBe('left')
  })

  test('deleteBranch of a missing branch does nothing', async () => {
    const { db } = await fork()
    expect(await db.deleteBranch('nothing')).toBeUndefined()
    expect(await db.deleteBranch('nothing', null)).toBeUndefined()
  })

  test('of a hundred compare-and-swaps from one head one wins', async () => {
    const { db, right } = await fork()
    const puts = Array.from({ length: 100 }, (_, n) => db.put(n, [right], { previousHead: right }))
    const settled = await Promise.allSettled(puts)
    const won = settled.filter(({ status }) => status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect(db.head()).toBe((won[0] as PromiseFulfilledResult<string>).value)
  })
})
