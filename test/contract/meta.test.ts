/**
 * A meta beside the data: in by every call that makes a revision, out by every way to read one, over every kind of
 * store, and from one to the other.
 *
 * Checked to fail: with `addItem` of `ts/embedded/batch.ts` leaving the meta out.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB, type Revision, refOf } from '../../ts/index.js'
import { mapStores } from '../support/user-stores.js'
import { collect, failureOf, folder, opened, places, refOf as plainRefOf } from './places.js'

const written = { author: 'Ada', message: 'first', time: '2026-01-01T00:00:00.000Z' }

const overStores = <T = unknown>(options: object = {}): Promise<DB<T>> => {
  const { revisionStore, branchStore } = mapStores()
  return opened<T>({ revisionStore: { idOf: refOf, ...revisionStore }, branchStore, ...options })
}

const kinds = [...places, ['stores of its own', overStores] as const] as const
const pairs = kinds.flatMap(([from, open]) =>
  kinds.map(([to, other]) => [from, to, open, other] as const)
)

const metasOf = async (history: AsyncIterable<Revision<unknown>>) =>
  (await collect(history)).map((revision) => ('meta' in revision ? revision.meta : 'none'))

describe.each(kinds)('in %s', (_place, open) => {
  test('every call that makes a revision takes a meta, and every read returns it', async () => {
    const db = await open()
    const first = await db.put(1, { meta: written })
    const [second] = await db.putMany([{ data: 2, meta: { n: 2 } }, { data: 3 }])
    await db.update((data) => [data], { meta: { n: 4 } })
    const theirs = await db.put('theirs', [first], { moveHead: false, meta: {} })
    await db.merge(theirs, () => 'merged', { meta: { n: 5 } })
    expect(await db.revision(first)).toEqual({ ref: first, ancestors: [], data: 1, meta: written })
    expect(await db.get(first)).toBe(1)
    const rest = ['none', { n: 4 }, 'none', { n: 2 }, written]
    expect(await metasOf(db.history())).toEqual([{ n: 5 }, ...rest])
    expect(await metasOf(db.history({ firstParent: true }))).toEqual([{ n: 5 }, ...rest.slice(1)])
    expect(await metasOf(db.createStream([second ?? '', theirs]))).toEqual([{ n: 2 }, 'none'])
  })

  test('a history without data has metas and no data', async () => {
    const db = await open()
    const first = await db.put('large '.repeat(10_000), { meta: written })
    const head = await db.put(new Uint8Array([1, 2]), { meta: { n: 1 } })
    const headers = [
      { ref: head, ancestors: [first], meta: { n: 1 } },
      { ref: first, ancestors: [], meta: written }
    ]
    expect(await collect(db.history({ data: false }))).toEqual(headers)
    expect(await collect(db.history({ data: false, firstParent: true }))).toEqual(headers)
  })

  test('equal data with another meta is another revision, with the ref that the contract defines', async () => {
    const db = await open()
    const [bare, meta] = [await db.put({ a: 1 }, []), await db.put({ a: 1 }, [], { meta: written })]
    const other = await db.put({ a: 1 }, [], { meta: { author: 'Bob' } })
    expect([bare, meta, other]).toEqual([
      plainRefOf({ a: 1 }),
      plainRefOf({ a: 1 }, [], written),
      plainRefOf({ a: 1 }, [], { author: 'Bob' })
    ])
    const bytes = await db.put(new Uint8Array([1]), [meta], {
      meta: { z: 1, a: { y: [1], x: 'ä' } }
    })
    expect(bytes).toBe(plainRefOf(new Uint8Array([1]), [meta], { a: { x: 'ä', y: [1] }, z: 1 }))
    expect(await db.put({ a: 1 }, [], { meta: { ...written } })).toBe(meta)
  })

  test.each([
    ['undefined', undefined],
    ['no members', {}],
    ['members that JSON leaves out', { a: undefined, b: () => 1 }]
  ])('a meta of %s counts as none', async (_name, meta) => {
    const db = await open()
    const ref = await db.put(1, { meta })
    expect(ref).toBe(plainRefOf(1))
    expect('meta' in (await db.revision(ref))).toBe(false)
  })

  test.each([
    ['null', null],
    ['an array', [1]],
    ['a string', 'Ada'],
    ['a Date', new Date()],
    ['a BigInt inside', { a: 1n }],
    ['a lone surrogate inside', { a: '\ud800' }]
  ])('a meta that is or has %s is a TypeError, and nothing is written', async (_name, meta) => {
    const db = await open()
    const given = { meta: meta as never }
    await expect(db.put(1, given)).rejects.toThrow(TypeError)
    await expect(db.putMany([{ data: 1 }, { data: 2, ...given }])).rejects.toThrow(TypeError)
    await expect(db.update(() => 1, given)).rejects.toThrow(TypeError)
    await expect(db.writeStream([{ ancestors: [], data: 1, ...given }])).rejects.toThrow(TypeError)
    expect(await db.head(undefined as never)).toBeNull()
  })

  test('a meta has at most 65,536 bytes of canonical JSON', async () => {
    const db = await open()
    const most = { a: 'x'.repeat(65_536 - 8) }
    expect((await db.revision(await db.put(1, { meta: most }))).meta).toEqual(most)
    const failure = await failureOf(db.put(1, { meta: { a: `${most.a}x` } }))
    expect(failure.code).toBe('HISTO_TOO_LARGE')
  })

  test('fields of the meta of createDB apply unless a call sets them, also in merges of pull and push', async () => {
    let asked = 0
    const db = await open({ meta: () => ({ author: 'Ada', n: ++asked }) })
    const other = await open({ meta: { author: 'Bob' } })
    await db.put(1)
    await db.putMany([{ data: 2 }, { data: 3, meta: { author: 'Eve' } }])
    expect(await metasOf(db.history())).toEqual([
      { author: 'Eve', n: 2 },
      { author: 'Ada', n: 2 },
      { author: 'Ada', n: 1 }
    ])
    await other.put('theirs')
    await db.pull(other, { resolve: () => 'merged' })
    expect((await db.revision()).meta).toEqual({ author: 'Ada', n: 3 })
    await other.put('theirs again')
    await db.put('ours')
    await db.push(other, { resolve: () => 'pushed' })
    expect(await other.revision()).toMatchObject({ data: 'pushed', meta: { author: 'Ada', n: 5 } })
    expect(await metasOf(db.history({ limit: 2, firstParent: true }))).toEqual([
      { author: 'Ada', n: 5 },
      { author: 'Ada', n: 4 }
    ])
  })

  test('streams by hand bring metas, checked against the refs that come with them', async () => {
    const db = await open()
    const ref = plainRefOf({ a: 1 }, [], written)
    await db.writeStream([{ ref, ancestors: [], data: { a: 1 }, meta: written }])
    expect(await db.revision(ref)).toMatchObject({ data: { a: 1 }, meta: written })
    const forged = [{ ref, ancestors: [], data: { a: 1 }, meta: { author: 'Eve' } }]
    const refused = { code: 'HISTO_CORRUPT' }
    await expect(db.writeStream(forged)).rejects.toMatchObject(refused)
    await expect(db.writeStream([{ ref, ancestors: [], data: { a: 1 } }])).rejects.toMatchObject(
      refused
    )
  })

  test('changes returns the meta of each revision that has one', async () => {
    const db = await open()
    const first = await db.put({ a: 1 }, { meta: written })
    const second = await db.put({ a: 2 })
    await db.put({ a: 2, b: 1 }, { meta: { n: 3 } })
    expect(await collect(db.changes('/a'))).toEqual([
      { ref: second, before: 1, after: 2 },
      { ref: first, meta: written, before: undefined, after: 1 }
    ])
  })

  test('verify and a backup have metas too', async () => {
    const db = await open()
    const refs = await db.putMany([
      { data: 1, meta: written },
      { data: 2, meta: { n: 2 } },
      { data: 3 }
    ])
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 3 })
    const path = join(folder(), 'copy')
    await db.backup(path)
    const copy = await opened({ path })
    for (const ref of refs) expect(await copy.revision(ref)).toEqual(await db.revision(ref))
    expect(await copy.verify()).toMatchObject({ ok: true, revisions: 3 })
  })

  test('a meta is returned as it was given, whatever its keys', async () => {
    const db = await open()
    const meta = {
      '': 1,
      constructor: 2,
      'a"b\\c\n': 'd\u2028',
      10: 1,
      9: 2,
      ключ: { ü: [null, true] }
    }
    const ref = await db.put('data', { meta })
    expect((await db.revision(ref)).meta).toEqual(meta)
    expect((await collect(db.history({ data: false })))[0]?.meta).toEqual(meta)
  })
})

/** Checked to fail: take the meta of the database for each merge of a call. */
test.each(places)('a pull and a push read the meta once, in %s', async (_place, open) => {
  let asked = 0
  const server = await open<object>({ name: 'server' })
  const db = await open<object>({ name: 'laptop', meta: () => ({ call: ++asked }) })
  const names = ['main', 'a', 'b']
  const edit = (side: DB<object>, member: string) =>
    Promise.all(
      names.map((name) => side.branch(name).update((doc) => ({ ...doc, [member]: asked })))
    )
  await edit(server, 'first')
  await db.pull(server, { branches: true })
  const own = () => Promise.all(names.map(async (name) => (await db.branch(name).revision()).meta))
  const options = { branches: true, resolve: 'json' } as const
  const exchanges = [() => db.pull(server, options), () => db.push(server, options)]
  for (const [round, exchange] of exchanges.entries()) {
    await edit(server, `server ${round}`)
    await edit(db, `laptop ${round}`)
    const before = asked
    const { branches } = await exchange()
    expect(Object.values(branches).map(({ kind }) => kind)).toEqual(['merge', 'merge', 'merge'])
    expect(asked).toBe(before + 1)
    expect(await own()).toEqual(names.map(() => ({ call: asked })))
  }
})

test.each(pairs)(
  'metas travel from %s to %s, both ways of synchronizing',
  async (_f, _t, open, other) => {
    const source = await open({ name: 'source' })
    const target = await other()
    const refs = await source.putMany([
      { data: 0 },
      { data: { a: 1 }, meta: written },
      { data: new Uint8Array([1, 2]), meta: { n: 2 } },
      { data: 'last' }
    ])
    await createSynchronizer(source, target).run()
    const { createStream, head, name, refDifference } = source
    const byHand = await other()
    await createSynchronizer({ createStream, head, name, refDifference } as never, byHand).run()
    for (const db of [target, byHand]) {
      for (const ref of refs) expect(await db.revision(ref)).toEqual(await source.revision(ref))
      expect(await db.remoteHead('source')).toBe(refs.at(-1))
    }
  }
)

test('a file still has its metas after reopening, and after compact', async () => {
  const path = join(folder(), 'db')
  const db = createDB({ path })
  const texts = Array.from({ length: 40 }, (_, n) => `${'text '.repeat(400)}${n}`)
  const refs = await db.putMany(texts.map((data, n) => ({ data, meta: { n, author: 'Ada' } })))
  await db.compact()
  await db.close()
  const again = await opened({ path })
  const read = await collect(again.history({ data: false }))
  expect(read.map(({ meta }) => meta?.['n'])).toEqual(texts.map((_, n) => 39 - n))
  expect(await again.getMany(refs)).toEqual(texts)
  expect(await again.verify()).toMatchObject({ ok: true })
  expect(readFileSync(join(path, 'data.mdb')).includes('"author":"Ada"')).toBe(true)
})
