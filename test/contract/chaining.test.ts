/** Puts that nobody waited for form one chain in call order; what is outside of it stays outside. */

import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { failureOf, places, refOf, unknownRef } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  test('a thousand puts in one tick form one chain in call order', async () => {
    const db = await open<number>()
    const refs = await Promise.all(Array.from({ length: 1000 }, (_, n) => db.put(n)))
    let expected: string[] = []
    for (const [n, ref] of refs.entries()) {
      expect(ref).toBe(refOf(n, expected))
      expected = [ref]
    }
    expect(db.head()).toBe(refs.at(-1))
    expect(await db.refDifference(null, refs.at(-1) ?? '')).toEqual(refs.toReversed())
  })

  test('callbacks of a chain come in call order', async () => {
    const db = await open<number>()
    const order: number[] = []
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 20; n += 1) {
        db.put(n, () => {
          order.push(n)
          if (n === 19) resolve()
        })
      }
    })
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('a put follows a setHead that is not settled', async () => {
    const db = await open()
    const a = await db.put('a', [])
    await db.put('b', [])
    const set = db.setHead(a)
    const put = db.put('c')
    expect(await set).toBe(a)
    expect(await db.ancestors(await put)).toEqual([a])
  })

  test('a put follows a putMany and a putMany follows a put', async () => {
    const db = await open()
    const first = db.put('first')
    const many = db.putMany([{ data: 'x' }, { data: 'y' }])
    const last = db.put('last')
    const [x, y] = await many
    expect(await db.ancestors(x ?? '')).toEqual([await first])
    expect(await db.ancestors(await last)).toEqual([y])
  })

  test('a put with ancestors stands in the chain for those after it', async () => {
    const db = await open()
    const root = await db.put('root')
    await db.put('head')
    const given = db.put('given', [root])
    const after = db.put('after')
    expect(await db.ancestors(await given)).toEqual([root])
    expect(await db.ancestors(await after)).toEqual([await given])
  })

  test('if a put fails, those chained on it fail with it as their cause', async () => {
    const db = await open()
    const head = await db.put('head')
    const failing = failureOf(db.put('failing', [unknownRef]))
    const second = failureOf(db.put('second'))
    const third = failureOf(db.put('third'))
    const error = await failing
    expect(error.code).toBe('HISTO_MISSING_ANCESTOR')
    expect(await second).toMatchObject({ name: 'HistoError', code: 'HISTO_CHAINED' })
    expect((await second).cause).toBe(error)
    expect(await third).toMatchObject({ code: 'HISTO_CHAINED' })
    expect(db.head()).toBe(head)
    expect(await db.has([refOf('second', [head]), refOf('third', [head])])).toEqual([false, false])
  })

  test('the first cause of a long chain can be found from its last', async () => {
    const db = await open()
    const failing = failureOf(db.put('failing', [unknownRef]))
    const rest = Array.from({ length: 10 }, (_, n) => failureOf(db.put(n)))
    const first = await failing
    let error: unknown = (await Promise.all(rest)).at(-1)
    while ((error as Error).cause !== undefined) error = (error as Error).cause
    expect(error).toBe(first)
  })

  test('a head conflict breaks the chain', async () => {
    const db = await open()
    const old = await db.put('old')
    const head = await db.put('head')
    const conflict = failureOf(db.put('conflict', undefined, { previousHead: old }))
    const chained = failureOf(db.put('chained'))
    expect(await conflict).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head, expected: old })
    expect((await chained).cause).toBe(await conflict)
  })

  test('a setHead that fails breaks the chain', async () => {
    const db = await open()
    const head = await db.put('head')
    const failing = failureOf(db.setHead(unknownRef))
    const chained = failureOf(db.put('chained'))
    expect((await failing).code).toBe('HISTO_NOT_FOUND')
    expect(await chained).toMatchObject({ code: 'HISTO_CHAINED' })
    expect((await chained).cause).toBe(await failing)
    expect(db.head()).toBe(head)
  })

  test('a putMany is chained as a put is', async () => {
    const db = await open()
    const failing = failureOf(db.put('failing', [unknownRef]))
    const many = failureOf(db.putMany([{ data: 1 }, { data: 2 }]))
    expect((await many).cause).toBe(await failing)
    expect((await many).code).toBe('HISTO_CHAINED')
    expect(db.head()).toBeNull()
  })

  test('a put with ancestors is not chained on a failed write, and repairs the chain', async () => {
    const db = await open()
    const head = await db.put('head')
    const failing = failureOf(db.put('failing', [unknownRef]))
    const given = db.put('given', [head])
    const after = db.put('after')
    await failing
    expect(await db.ancestors(await after)).toEqual([await given])
  })

  test('a setHead repairs the chain', async () => {
    const db = await open()
    const head = await db.put('head')
    const failing = failureOf(db.put('failing', [unknownRef]))
    const set = db.setHead(head)
    const after = db.put('after')
    await Promise.all([failing, set])
    expect(await db.ancestors(await after)).toEqual([head])
  })

  test('after the failure has settled puts follow the head again', async () => {
    const db = await open()
    const head = await db.put('head')
    await failureOf(db.put('failing', [unknownRef]))
    expect(await db.ancestors(await db.put('next'))).toEqual([head])
  })

  test('arguments refused at the call are outside of the chain', async () => {
    const db = await open()
    const first = db.put('first')
    const refused = failureOf(db.put(undefined))
    const twice = failureOf(db.put('x', ['a', 'a']))
    const second = db.put('second')
    expect(await refused).toBeInstanceOf(TypeError)
    expect(await twice).toBeInstanceOf(TypeError)
    expect(await db.ancestors(await second)).toEqual([await first])
  })

  test('a put with moveHead false that fails is outside of the chain', async () => {
    const db = await open()
    const first = db.put('first')
    const failing = failureOf(db.put('side', [unknownRef], { moveHead: false }))
    const second = db.put('second')
    expect((await failing).code).toBe('HISTO_MISSING_ANCESTOR')
    expect(await db.ancestors(await second)).toEqual([await first])
  })

  test('the next put does not follow a put with moveHead false', async () => {
    const db = await open()
    const head = await db.put('head')
    const side = db.put('side', { moveHead: false })
    const next = db.put('next')
    await side
    expect(await db.ancestors(await next)).toEqual([head])
  })

  test('a put with moveHead false does not fail with the chain', async () => {
    const db = await open()
    const head = await db.put('head')
    const failing = failureOf(db.put('failing', [unknownRef]))
    const side = db.put('side', { moveHead: false })
    await failing
    expect(await db.ancestors(await side)).toEqual([head])
  })

  test.each([
    ['a merge', (db: DB<unknown>, ref: string) => db.merge(ref, ({ ours }) => ours)],
    ['an update', (db: DB<unknown>) => db.update(() => 'updated')]
  ])('a put behind an attempt of %s that loses does not fail with it', async (_what, begin) => {
    const db = await open()
    const root = await db.put('root')
    const side = await db.put('side', [root], { moveHead: false })
    await db.put('ours')
    const begun = begin(db, side)
    const puts: Promise<string>[] = []
    // The first one is there before the attempt, which loses to it; some of those behind come before that is known.
    for (let turn = 0; turn < 40; turn += 1) {
      puts.push(db.put({ turn }))
      await Promise.resolve()
    }
    const refs = await Promise.all(puts)
    await begun
    expect(await db.isAncestor(refs.at(-1) ?? '', db.head() ?? '')).toBe(true)
    for (const ref of refs) expect(await db.isAncestor(ref, db.head() ?? '')).toBe(true)
  })

  test('each branch has its own chain', async () => {
    const db = await open()
    const side = db.branch('side')
    const failing = failureOf(db.put('failing', [unknownRef]))
    const a = side.put('a')
    const b = side.put('b')
    await failing
    expect(await db.ancestors(await b)).toEqual([await a])
    expect(await db.ancestors(await a)).toEqual([])
  })

  test('two handles of one branch share its chain', async () => {
    const db = await open()
    const puts = [db.branch('side').put('a'), db.branch('side').put('b')]
    const [a, b] = await Promise.all(puts)
    expect(await db.ancestors(b ?? '')).toEqual([a])
  })
})
