/** putMany: each after the one before it, all or nothing. */

import { describe, expect, test } from 'vitest'
import { collect, failureOf, folder, opened, places, refOf, unknownRef } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  test('each item follows the one before it, and the first follows the head', async () => {
    const db = await open()
    const head = await db.put('head')
    const refs = await db.putMany([{ data: 1 }, { data: 2 }, { data: 3 }])
    const a = refOf(1, [head])
    const b = refOf(2, [a])
    expect(refs).toEqual([a, b, refOf(3, [b])])
    expect(db.head()).toBe(refs[2])
  })

  test('an item with ancestors has those, and the next item follows it', async () => {
    const db = await open()
    const head = await db.put('head')
    const items = [
      { data: 1 },
      { data: 2, ancestors: [] },
      { data: 3 },
      { data: 4, ancestors: [head] }
    ]
    const refs = await db.putMany(items)
    const ancestors = await Promise.all(refs.map((ref) => db.ancestors(ref)))
    expect(ancestors).toEqual([[head], [], [refs[1]], [head]])
    expect(db.head()).toBe(refs[3])
  })

  test('undefined ancestors count as left out', async () => {
    const db = await open()
    const refs = await db.putMany([{ data: 1 }, { data: 2, ancestors: undefined }])
    expect(await db.ancestors(refs[1] ?? '')).toEqual([refs[0]])
  })

  test('an item may name the ref of one before it', async () => {
    const db = await open()
    const [a, b] = [refOf('a'), refOf('b')]
    const items = [
      { data: 'a', ancestors: [] },
      { data: 'b', ancestors: [] },
      { data: 'c', ancestors: [b, a] }
    ]
    expect(await db.putMany(items)).toEqual([a, b, refOf('c', [b, a])])
  })

  test('without items no refs are returned, and the head stays', async () => {
    const db = await open()
    const head = await db.put('head')
    expect(await db.putMany([])).toEqual([])
    expect(db.head()).toBe(head)
  })

  test('moveHead false leaves the head', async () => {
    const db = await open()
    const head = await db.put('head')
    const refs = await db.putMany([{ data: 1 }, { data: 2 }], { moveHead: false })
    expect(db.head()).toBe(head)
    expect(await db.getMany(refs)).toEqual([1, 2])
  })

  test('one missing ancestor refuses all items', async () => {
    const db = await open()
    const head = await db.put('head')
    const items = [{ data: 1 }, { data: 2 }, { data: 3, ancestors: [unknownRef] }, { data: 4 }]
    const error = await failureOf(db.putMany(items))
    expect(error).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR', ref: unknownRef })
    const refs = [refOf(1, [head]), refOf(2, [refOf(1, [head])])]
    expect(await db.has(refs)).toEqual([false, false])
    expect(db.head()).toBe(head)
    expect((await collect(db.history())).map(({ data }) => data)).toEqual(['head'])
  })

  test.each([
    ['undefined', undefined],
    ['a lone surrogate', '\udc00'],
    ['a cycle', Object.assign([] as unknown[], { toJSON: undefined })]
  ])('one item that is %s refuses all items', async (_what, data) => {
    if (Array.isArray(data)) data.push(data)
    const db = await open()
    const head = await db.put('head')
    expect(await failureOf(db.putMany([{ data: 1 }, { data }]))).toBeInstanceOf(TypeError)
    expect(await db.has([refOf(1, [head])])).toEqual([false])
    expect(db.head()).toBe(head)
  })

  test('one item that is too large refuses all items', async () => {
    const db = await open({ maxRevisionBytes: 100 })
    const error = await failureOf(db.putMany([{ data: 1 }, { data: 'x'.repeat(99) }]))
    expect(error.code).toBe('HISTO_TOO_LARGE')
    expect(await db.has([refOf(1)])).toEqual([false])
    expect(db.head()).toBeNull()
  })

  test('data of maxRevisionBytes is accepted, and one byte more is not', async () => {
    const db = await open({ maxRevisionBytes: 100 })
    await db.put('x'.repeat(98))
    await db.put(new Uint8Array(100))
    await db.put('é'.repeat(49))
    for (const data of ['x'.repeat(99), new Uint8Array(101), `${'é'.repeat(49)}x`]) {
      expect((await failureOf(db.put(data))).code).toBe('HISTO_TOO_LARGE')
    }
  })

  test('items are read at the call', async () => {
    const db = await open<unknown>()
    const bytes = new Uint8Array([1])
    const ancestors: string[] = []
    const object = { n: 1 }
    const items: { data: unknown; ancestors?: string[] }[] = [
      { data: bytes, ancestors },
      { data: object }
    ]
    const put = db.putMany(items)
    bytes[0] = 9
    object.n = 9
    ancestors.push(unknownRef)
    items.push({ data: 'more' })
    expect(await db.getMany(await put)).toEqual([new Uint8Array([1]), { n: 1 }])
  })

  test.each([
    [
      'all kinds of characters',
      (number: number) => `${number} aé語😀\u0000\ud83d\ufffd`.repeat(number % 40)
    ],
    ['one that is long among short ones', (number: number) => 'ü'.repeat(number === 77 ? 5000 : 3)],
    ['the longest that go together', (number: number) => '語'.repeat(1024 - 2 - (number % 2))]
  ])('hundreds of texts at once are returned as they were: %s', async (_name, textOf) => {
    const db = await open()
    const all = Array.from({ length: 300 }, (_, number) => textOf(number).toWellFormed())
    const refs = await db.putMany(all.map((data) => ({ data })))
    expect(await db.getMany(refs)).toEqual(all)
    expect(refs[0]).toBe(refOf(all[0], []))
  })

  test('hundreds of items keep the meta and the ancestors that single ones have', async () => {
    const db = await open()
    const root = await db.put('root', [])
    const items = Array.from({ length: 300 }, (_, number) => ({
      data: number,
      ...(number === 5 ? { meta: { author: 'Ann' } } : {}),
      ...(number === 200 ? { ancestors: [root] } : {})
    }))
    const refs = await db.putMany(items)
    const [fifth, other] = [refs[5] ?? '', refs[200] ?? '']
    expect((await db.revision(fifth)).meta).toEqual({ author: 'Ann' })
    expect(await db.ancestors(other)).toEqual([root])
    expect(await db.getMany(refs)).toEqual(items.map(({ data }) => data))
  })

  test('a million bytes and twenty thousand items are one write', async () => {
    const db = await open<number>()
    const refs = await db.putMany(Array.from({ length: 20_000 }, (_, data) => ({ data })))
    expect(refs).toHaveLength(20_000)
    expect(await db.refDifference(null, refs.at(-1) ?? '')).toEqual(refs.toReversed())
    expect(await db.getMany(refs)).toEqual(refs.map((_, n) => n))
  })

  test('large writes in flight are acknowledged before close resolves, with all their refs', async () => {
    const db = await open<number>()
    const items = Array.from({ length: 30_000 }, (_, data) => ({ data }))
    const order: string[] = []
    const one = db.putMany(items).finally(() => order.push('one'))
    const other = db.putMany(items).finally(() => order.push('other'))
    const closed = db.close().then(() => order.push('closed'))
    const refs = [...(await one), ...(await other)]
    await closed
    expect(order.at(-1)).toBe('closed')
    expect(new Set(refs).size).toBe(60_000)
    expect(refs.at(1)).toBe(refOf(1, [refs.at(0) ?? '']))
    expect(refs.at(-1)).toBe(refOf(29_999, [refs.at(-2) ?? '']))
  })
})

test('on a path, writes after a large one are acknowledged after it', async () => {
  const db = await opened<number>({ path: folder() })
  const order: string[] = []
  const items = Array.from({ length: 30_000 }, (_, data) => ({ data }))
  const many = db.putMany(items).then(() => order.push('many'))
  const one = db.put(-1).then(() => order.push('one'))
  const wrong = failureOf(db.putMany([{ data: 2, ancestors: [unknownRef] }]))
  expect((await wrong).code).toBe('HISTO_MISSING_ANCESTOR')
  await Promise.all([many, one])
  expect(order).toEqual(['many', 'one'])
})

test('on a path, refused data is not there after reopening either', async () => {
  const path = folder()
  const db = await opened({ path })
  const head = await db.put('head')
  await failureOf(db.putMany([{ data: 1 }, { data: 2, ancestors: [unknownRef] }]))
  await db.close()
  const again = await opened({ path })
  expect(again.head()).toBe(head)
  expect(await again.has([refOf(1, [head])])).toEqual([false])
})
