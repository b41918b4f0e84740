/** Merge bases, common ancestors, differences and histories of small shapes. */

import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { collect, failureOf, places } from './places.js'

/** Two merges of the same two revisions, in opposite order. */
async function crissCross(db: DB) {
  const root = await db.put('root', [])
  const a = await db.put('a', [root])
  const b = await db.put('b', [root])
  const left = await db.put('left', [a, b])
  const right = await db.put('right', [b, a])
  return { root, a, b, left, right, bases: [a, b].toSorted() }
}

describe.each(places)('over %s', (_place, open) => {
  test('a line has its older end as the base', async () => {
    const db = await open()
    const refs = await db.putMany([{ data: 1 }, { data: 2 }, { data: 3 }])
    const [first = '', , last = ''] = refs
    expect(await db.mergeBases(first, last)).toEqual([first])
    expect(await db.mergeBases(last, first)).toEqual([first])
    expect(await db.commonAncestor(first)).toBe(first)
    expect(await db.mergeBases(last)).toEqual([last])
  })

  test('a fork has its fork point as the base, not what is above it', async () => {
    const db = await open()
    await db.put('root')
    const base = await db.put('base')
    const left = await db.put('left', [base])
    const right = await db.put('right', [base])
    expect(await db.mergeBases(left, right)).toEqual([base])
    expect(await db.commonAncestor(left)).toBe(base)
  })

  test('a criss-cross has two bases, ascending, and the smallest is the common ancestor', async () => {
    const db = await open()
    const { left, right, bases, root } = await crissCross(db)
    expect(await db.mergeBases(left, right)).toEqual(bases)
    expect(await db.mergeBases(right, left)).toEqual(bases)
    expect(await db.commonAncestor(right, left)).toBe(bases[0])
    expect(bases).not.toContain(root)
  })

  test('merge of a criss-cross gets both bases in the order of mergeBases', async () => {
    const db = await open()
    const { left, bases } = await crissCross(db)
    const data = await db.getMany(bases)
    await db.merge(left, (given) => {
      expect(given).toEqual({ base: data[0], bases: data, ours: 'right', theirs: 'left' })
      return 'joined'
    })
  })

  test('of ten bases the smallest is the common ancestor', async () => {
    const db = await open()
    const roots: string[] = []
    for (let n = 0; n < 10; n += 1) roots.push(await db.put(n, []))
    const left = await db.put('left', roots)
    const right = await db.put('right', roots.toReversed())
    expect(await db.mergeBases(left, right)).toEqual(roots.toSorted())
    expect(await db.commonAncestor(left, right)).toBe(roots.toSorted()[0])
  })

  test('an octopus reaches all of its ancestors', async () => {
    const db = await open()
    const root = await db.put('root')
    const arms: string[] = []
    for (let n = 0; n < 20; n += 1) arms.push(await db.put(n, [root]))
    const octopus = await db.put('octopus', arms)
    expect(await db.ancestors(octopus)).toEqual(arms)
    for (const arm of arms) expect(await db.isAncestor(arm, octopus)).toBe(true)
    const difference = await db.refDifference(arms.slice(0, 19), octopus)
    expect(difference).toEqual([octopus, arms[19]])
  })

  test('histories that share nothing have no base', async () => {
    const db = await open()
    const a = await db.put('a', [])
    const b = await db.put('b', [])
    expect(await db.commonAncestor(a, b)).toBeNull()
    expect(await db.commonAncestor(a)).toBeNull()
    expect(await db.mergeBases(a, b)).toEqual([])
    expect(await db.isAncestor(a, b)).toBe(false)
    expect(await db.refDifference(a, b)).toEqual([b])
  })

  test('isAncestor is true for equal refs and in one direction only', async () => {
    const db = await open()
    const [a = '', b = ''] = await db.putMany([{ data: 1 }, { data: 2 }])
    expect(await db.isAncestor(a, a)).toBe(true)
    expect(await db.isAncestor(a, b)).toBe(true)
    expect(await db.isAncestor(b, a)).toBe(false)
  })

  test('the difference takes a ref, several, none, null or undefined', async () => {
    const db = await open()
    const { root, a, b, left, right } = await crissCross(db)
    expect(await db.refDifference(left, left)).toEqual([])
    expect(await db.refDifference(left, root)).toEqual([])
    expect(await db.refDifference([a, b], left)).toEqual([left])
    expect(await db.refDifference([a, a], left)).toEqual([left, b])
    expect(await db.refDifference(left, right)).toEqual([right])
    for (const none of [null, undefined, []]) {
      const all = await db.refDifference(none, left)
      expect(all[0]).toBe(left)
      expect(all.at(-1)).toBe(root)
      expect(new Set(all)).toEqual(new Set([left, a, b, root]))
    }
  })

  test('no revision comes before one of its descendants, whatever was written first', async () => {
    const db = await open()
    const old = await db.put('old', [])
    const young = await db.put('young', [])
    const middle = await db.put('middle', [young])
    const join = await db.put('join', [old, middle])
    for (const order of [
      await db.refDifference(null, join),
      (await collect(db.history(join))).map(({ ref }) => ref)
    ]) {
      expect(order[0]).toBe(join)
      expect(order.indexOf(middle)).toBeLessThan(order.indexOf(young))
      expect(order.toSorted()).toEqual([old, young, middle, join].toSorted())
    }
  })

  test('a history brings whole revisions, each once', async () => {
    const db = await open()
    const { root, a, b, left } = await crissCross(db)
    const all = await collect(db.history(left))
    expect(all.map(({ ref }) => ref).toSorted()).toEqual([left, a, b, root].toSorted())
    expect(all[0]).toEqual({ ref: left, ancestors: [a, b], data: 'left' })
    expect(all.at(-1)).toEqual({ ref: root, ancestors: [], data: 'root' })
  })

  test('a history begins at the head and takes limit and until', async () => {
    const db = await open()
    const { a, b, left, right } = await crissCross(db)
    const refs = async (...args: Parameters<typeof db.history>) =>
      (await collect(db.history(...args))).map(({ ref }) => ref)
    expect((await refs())[0]).toBe(right)
    expect(await refs({ limit: 1 })).toEqual([right])
    expect(await refs({ until: [a, b] })).toEqual([right])
    expect(await refs(left, { until: a })).toEqual([left, b])
    expect(await refs(left, { limit: 0 })).toEqual([])
    expect(await refs(left, { until: left })).toEqual([])
  })

  test('a history that is being read sees nothing that is written meanwhile', async () => {
    const db = await open<number>()
    await db.putMany(Array.from({ length: 300 }, (_, data) => ({ data })))
    const seen: number[] = []
    for await (const { data } of db.history()) {
      seen.push(data)
      if (seen.length % 50 === 0) await db.put(1000 + data)
    }
    expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => 299 - n))
  })

  test('a line of thirty thousand and a fork at its root are answered', async () => {
    const db = await open<unknown>({ durability: 'relaxed' })
    const line = await db.putMany(Array.from({ length: 30_000 }, (_, data) => ({ data })))
    const [root = ''] = line
    const tip = line.at(-1) ?? ''
    const other = await db.put('other', [root])
    expect(await db.mergeBases(tip, other)).toEqual([root])
    expect(await db.refDifference(other, tip)).toEqual(line.slice(1).toReversed())
    expect(await db.isAncestor(root, tip)).toBe(true)
    expect(await db.isAncestor(other, tip)).toBe(false)
  })

  test('asked with the head of a branch that has none, it is HISTO_NO_HEAD', async () => {
    const db = await open()
    const ref = await db.put(1)
    const empty = db.branch('empty')
    expect((await failureOf(empty.commonAncestor(ref))).code).toBe('HISTO_NO_HEAD')
    expect((await failureOf(empty.mergeBases(ref))).code).toBe('HISTO_NO_HEAD')
  })
})
