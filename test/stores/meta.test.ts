/** A meta beside the data over stores of the user's, in each manner of store: `test/contract/meta.test.ts` has the rest. */

import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type Revision, refOf } from '../../ts/index.js'
import { refOf as plainRefOf } from '../contract/places.js'
import { type Manner, manners, mapStores, only } from '../support/user-stores.js'

const written = { author: 'Ada', message: 'first', time: '2026-01-01T00:00:00.000Z' }

/** A database over stores whose ids are the built-in refs. */
function openBuiltIn(options: object = {}) {
  const { texts, revisionStore, branchStore } = mapStores()
  const db = createDB<unknown>({
    revisionStore: { idOf: refOf, ...revisionStore },
    branchStore,
    ...options
  })
  return { db, texts }
}

const all = async (history: AsyncIterable<Revision<unknown>>) => {
  const metas: unknown[] = []
  for await (const revision of history) metas.push('meta' in revision ? revision.meta : 'none')
  return metas
}

describe.each(manners.map((manner) => [manner.name, manner] as const))('%s', (_name, manner) => {
  const open = ({ make }: Manner, options: object = {}) =>
    createDB<unknown>({ ...only(make()), ...options })

  test('every call that makes a revision takes a meta, and every read returns it', async () => {
    await using db = open(manner)
    const first = await db.put(1, { meta: written })
    const [second] = await db.putMany([{ data: 2, meta: { n: 2 } }, { data: 3 }])
    await db.update((data) => [data], { meta: { n: 4 } })
    const theirs = await db.put('theirs', [first], { moveHead: false, meta: {} })
    await db.merge(theirs, () => 'merged', { meta: { n: 5 } })
    expect(await db.revision(first)).toEqual({ ref: first, ancestors: [], data: 1, meta: written })
    expect(await db.get(first)).toBe(1)
    expect(await all(db.history())).toEqual([{ n: 5 }, 'none', { n: 4 }, 'none', { n: 2 }, written])
    const headers: unknown[] = []
    for await (const header of db.history({ data: false })) headers.push(header)
    expect(headers[0]).toEqual({ ref: db.head(), ancestors: expect.any(Array), meta: { n: 5 } })
    expect(headers.at(-1)).toEqual({ ref: first, ancestors: [], meta: written })
    for await (const header of db.history({ data: false, firstParent: true, limit: 1 })) {
      expect(header).toEqual(headers[0])
    }
    expect(await all(db.createStream([second ?? '', theirs]))).toEqual([{ n: 2 }, 'none'])
  })

  test('a stream carries metas from one database to the other', async () => {
    await using source = open(manner)
    await using target = open(manner)
    const ref = await source.put({ a: 1 }, { meta: written })
    await createSynchronizer(source, target).run()
    expect(await target.revision(ref)).toEqual(await source.revision(ref))
    await target.writeStream([{ ancestors: [ref], data: 2, meta: { n: 1 } }])
  })
})

test('the text and the ref are those of the contract', async () => {
  const { db, texts } = openBuiltIn()
  const ref = await db.put({ b: 1, a: 2 }, { meta: written })
  expect(ref).toBe(plainRefOf({ a: 2, b: 1 }, [], written))
  expect(texts.get(ref)).toBe(
    `{"ancestors":[],"data":{"a":2,"b":1},"meta":${JSON.stringify(written)}}`
  )
  const bytes = await db.put(new Uint8Array([1]), [ref], { meta: { type: 'image/png' } })
  expect(bytes).toBe(plainRefOf(new Uint8Array([1]), [ref], { type: 'image/png' }))
  expect(await db.put({ b: 1, a: 2 }, [])).not.toBe(ref)
})

test.each([
  ['undefined', undefined],
  ['no members', {}],
  ['members that JSON leaves out', { a: undefined, b: () => 1 }]
])('a meta of %s counts as none', async (_name, meta) => {
  const { db } = openBuiltIn()
  const ref = await db.put(1, { meta })
  expect(ref).toBe(plainRefOf(1))
  expect('meta' in (await db.revision(ref))).toBe(false)
})

test.each([
  ['null', null],
  ['an array', [1]],
  ['a string', 'Ada'],
  ['a number', 1],
  ['a function', () => ({})],
  ['a Date', new Date()],
  ['a Map', new Map([['a', 1]])],
  ['a promise', Promise.resolve({ a: 1 })],
  ['bytes', new Uint8Array([1])],
  ['a boxed string', Object('Ada')],
  ['a BigInt inside', { a: 1n }],
  ['a Map inside', { a: new Map() }],
  ['an object with toJSON', { toJSON: () => ({ a: 1 }) }]
])('a meta that is %s is a TypeError, and nothing is written', async (_name, meta) => {
  const { db, texts } = openBuiltIn()
  const given = { meta: meta as never }
  await expect(db.put(1, given)).rejects.toThrow(TypeError)
  await expect(db.putMany([{ data: 1 }, { data: 2, ...given }])).rejects.toThrow(TypeError)
  await expect(db.update(() => 1, given)).rejects.toThrow(TypeError)
  await expect(db.merge('a', () => 1, given)).rejects.toThrow(TypeError)
  await expect(db.writeStream([{ ancestors: [], data: 1, ...given }])).rejects.toThrow(TypeError)
  expect(texts.size).toBe(0)
})

test('a meta with a lone surrogate is a TypeError, which only the canonical text shows', async () => {
  const { db, texts } = openBuiltIn()
  const given = { meta: { a: '\ud800' } }
  await expect(db.put(1, given)).rejects.toThrow(TypeError)
  await expect(db.update(() => 1, given)).rejects.toThrow(TypeError)
  const ref = await db.branch('other').put(0)
  await db.put(1)
  await expect(db.merge(ref, () => 2, given)).rejects.toThrow(TypeError)
  expect(texts.size).toBe(2)
})

test('a meta has at most 65,536 bytes of canonical JSON', async () => {
  const { db } = openBuiltIn()
  const most = { a: 'x'.repeat(65_536 - 8) }
  expect((await db.revision(await db.put(1, { meta: most }))).meta).toEqual(most)
  const more = db.put(1, { meta: { a: `${most.a}x` } })
  await expect(more).rejects.toMatchObject({ code: 'HISTO_TOO_LARGE' })
})

test('fields of the meta of createDB apply unless a call sets them, also in merges of pull', async () => {
  let asked = 0
  const { db } = openBuiltIn({ meta: () => ({ author: 'Ada', n: ++asked }) })
  const { db: other } = openBuiltIn({ meta: { author: 'Bob' } })
  await db.put(1)
  await db.putMany([{ data: 2 }, { data: 3, meta: { author: 'Eve' } }])
  expect(await all(db.history())).toEqual([
    { author: 'Eve', n: 2 },
    { author: 'Ada', n: 2 },
    { author: 'Ada', n: 1 }
  ])
  await other.put('theirs')
  await db.pull(other, { resolve: () => 'merged' })
  expect((await db.revision()).meta).toEqual({ author: 'Ada', n: 3 })
  expect(await all(db.branch('other').history(other.head() ?? ''))).toEqual([{ author: 'Bob' }])
  for (const meta of [null, [], 'Ada', new Date()]) {
    expect(() => openBuiltIn({ meta })).toThrow(TypeError)
  }
  const { db: late } = openBuiltIn({ meta: () => Promise.resolve({}) })
  await expect(late.put(1)).rejects.toThrow(TypeError)
})
