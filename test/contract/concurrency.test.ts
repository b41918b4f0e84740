/** update and merge under a hundredfold concurrency: everybody's change counts. */

import { describe, expect, test } from 'vitest'
import { failureOf, places } from './places.js'

const hundred = Array.from({ length: 100 }, (_, n) => n)

describe.each(places)('over %s', (_place, open) => {
  test('a hundred updates at the same time all count', async () => {
    const db = await open<number>()
    const refs = await Promise.all(hundred.map(() => db.update((n) => (n ?? 0) + 1)))
    expect(await db.get()).toBe(100)
    expect(new Set(refs).size).toBe(100)
    const reachable = await db.refDifference(null, db.head() ?? '')
    expect(reachable).toHaveLength(100)
    expect(new Set(reachable)).toEqual(new Set(refs))
  })

  test('a hundred updates that take their time all count', async () => {
    const db = await open<number[]>()
    await Promise.all(
      hundred.map((n) =>
        db.update(async (list) => {
          if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
          return [...(list ?? []), n]
        })
      )
    )
    expect((await db.get()).toSorted((a, b) => a - b)).toEqual(hundred)
  })

  test('updates among puts keep every revision reachable', async () => {
    const db = await open<string>()
    const calls = hundred.map((n) =>
      n % 2 === 0 ? db.put(`put ${n}`) : db.update((data) => `${data?.length} ${n}`)
    )
    const refs = await Promise.all(calls)
    const reachable = new Set(await db.refDifference(null, db.head() ?? ''))
    expect(refs.filter((ref) => !reachable.has(ref))).toEqual([])
  })

  test('a hundred merges at the same time join everything', async () => {
    const db = await open<number[]>()
    const base = await db.put([])
    const sides = await Promise.all(hundred.map((n) => db.put([n], [base], { moveHead: false })))
    const results = await Promise.all(
      sides.map((side) => db.merge(side, ({ ours, theirs }) => [...new Set([...ours, ...theirs])]))
    )
    expect((await db.get()).toSorted((a, b) => a - b)).toEqual(hundred)
    const reachable = new Set(await db.refDifference(null, db.head() ?? ''))
    expect(sides.filter((side) => !reachable.has(side))).toEqual([])
    expect(results.filter(({ ref }) => !reachable.has(ref))).toEqual([])
    expect(results.filter(({ kind }) => kind === 'fast-forward')).toHaveLength(1)
    expect(results.filter(({ kind }) => kind === 'merge')).toHaveLength(99)
  })

  test('merging the same revision a hundred times joins it once', async () => {
    const db = await open<string>()
    const base = await db.put('base')
    const side = await db.put('side', [base])
    await db.put('head', [base])
    const results = await Promise.all(
      hundred.map(() => db.merge(side, ({ base, ours, theirs }) => `${base}+${ours}+${theirs}`))
    )
    const heads = new Set(results.map(({ ref }) => ref))
    expect(await db.get()).toBe('base+head+side')
    expect([...heads]).toEqual([db.head()])
    expect(results.filter(({ kind }) => kind === 'merge')).toHaveLength(1)
  })

  test('an update that throws leaves the others alone', async () => {
    const db = await open<number>()
    const reason = new Error('no')
    const failing = failureOf(
      db.update(() => {
        throw reason
      })
    )
    await Promise.all([db.update((n) => (n ?? 0) + 1), db.update((n) => (n ?? 0) + 1)])
    expect(await failing).toBe(reason)
    expect(await db.get()).toBe(2)
  })

  test('update gives the data of the head and its ref, and (undefined, null) without one', async () => {
    const db = await open<string>()
    const seen: unknown[] = []
    const first = await db.update((...given) => {
      seen.push(given)
      return 'first'
    })
    const second = await db.update(async (...given) => {
      seen.push(given)
      return await Promise.resolve('second')
    })
    expect(seen).toEqual([
      [undefined, null],
      ['first', first]
    ])
    expect(await db.ancestors(second)).toEqual([first])
  })

  test('merge makes a revision with the ancestors ours and theirs', async () => {
    const db = await open<string>()
    const base = await db.put('base')
    const theirs = await db.put('theirs', [base])
    const ours = await db.put('ours', [base])
    let input: unknown
    const result = await db.merge(theirs, (given) => {
      input = given
      return 'joined'
    })
    expect(input).toEqual({ base: 'base', bases: ['base'], ours: 'ours', theirs: 'theirs' })
    expect(result).toEqual({ kind: 'merge', ref: db.head() })
    expect(await db.revision()).toEqual({
      ref: result.ref,
      ancestors: [ours, theirs],
      data: 'joined'
    })
  })

  test('merge of an ancestor of the head, of a descendant, and without a head', async () => {
    const db = await open<string>()
    const never = () => {
      throw new Error('nothing to resolve')
    }
    const first = await db.put('first')
    const second = await db.put('second')
    expect(await db.merge(first, never)).toEqual({ kind: 'up-to-date', ref: second })
    expect(await db.merge(second, never)).toEqual({ kind: 'up-to-date', ref: second })
    await db.setHead(first)
    expect(await db.merge(second, never)).toEqual({ kind: 'fast-forward', ref: second })
    const side = db.branch('side')
    expect(await side.merge(first, never)).toEqual({ kind: 'fast-forward', ref: first })
    expect([db.head(), side.head()]).toEqual([second, first])
  })

  test('merge of histories that share nothing has no base', async () => {
    const db = await open<string>()
    const theirs = await db.put('theirs', [])
    await db.put('ours', [])
    const result = await db.merge(theirs, ({ base, bases, ours }) => {
      expect(base).toBeUndefined()
      expect(bases).toEqual([])
      return ours
    })
    expect(result.kind).toBe('merge')
  })

  test('if the head moves during resolve, the new head is merged', async () => {
    const db = await open<string>()
    const base = await db.put('base')
    const theirs = await db.put('theirs', [base])
    await db.put('ours', [base])
    const seen: string[] = []
    const { ref } = await db.merge(theirs, async ({ ours }) => {
      seen.push(ours)
      if (seen.length === 1) await db.put('moved')
      return `${ours} joined`
    })
    expect(seen).toEqual(['ours', 'moved'])
    expect(await db.get(ref)).toBe('moved joined')
    expect(db.head()).toBe(ref)
  })
})
