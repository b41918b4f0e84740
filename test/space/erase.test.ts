/**
 * `erase`: the data is gone, its place in the history stays and proves itself, and it can come back.
 *
 * Checked to fail: without `keep_place` in `crates/core/src/engine/erase.rs` nobody says that data was erased; where a
 * call that fails keeps what it would have healed (`Group::apply`), that call brings it back.
 */

import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import {
  collect,
  failureOf,
  folder,
  opened,
  places,
  refOf,
  unknownRef
} from '../contract/places.js'

/** A chain of `count`, the one at 2 erased. */
async function withErased(db: DB, count = 5) {
  const refs = await db.putMany(Array.from({ length: count }, (_, n) => ({ data: { n } })))
  const [before = '', erased = '', after = ''] = refs.slice(1)
  await db.erase(erased)
  return { refs, before, erased, after }
}

describe.each(places)('in %s', (_place, open) => {
  test.each([
    ['get', (db: DB, ref: string) => db.get(ref)],
    ['getMany', (db: DB, ref: string) => db.getMany([ref])],
    ['revision', (db: DB, ref: string) => db.revision(ref)],
    ['history', (db: DB) => collect(db.history())],
    ['createStream', (db: DB, ref: string) => collect(db.createStream([ref]))]
  ])('%s says that the data was erased', async (_call, call) => {
    const db = await open()
    const { erased } = await withErased(db)
    const failure = await failureOf(call(db, erased))
    expect(failure).toMatchObject({ code: 'HISTO_SHALLOW', ref: erased, retryable: false })
    expect(failure.message).toMatch(/erased \(by erase\)/)
  })

  test('the graph answers as before', async () => {
    const db = await open()
    const { refs, before, erased, after } = await withErased(db)
    expect(await db.has([erased])).toEqual([true])
    expect(await db.ancestors(erased)).toEqual([before])
    expect(await db.ancestors(after)).toEqual([erased])
    expect(await db.refDifference(before, after)).toEqual([after, erased])
    expect(await db.isAncestor(refs[0] ?? '', after)).toBe(true)
    expect(await db.commonAncestor(erased, after)).toBe(erased)
  })

  test('the history around it is read', async () => {
    const db = await open()
    const { refs, before, erased } = await withErased(db)
    const newer = await collect(db.history({ until: erased }))
    expect(newer.map(({ ref }) => ref)).toEqual([refs[4], refs[3]])
    expect((await collect(db.history(before))).map(({ data }) => data)).toEqual([
      { n: 1 },
      { n: 0 }
    ])
  })

  test('of calls in flight together each is all or nothing', async () => {
    const db = await open()
    const { refs, after } = await withErased(db, 7)
    const [first = '', , , , fourth = '', fifth = '', last = ''] = refs
    const calls = [first, unknownRef, after, after, fifth, last].map((ref) => db.erase(ref))
    const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status)
    expect(outcomes).toEqual(['fulfilled', 'rejected', ...Array(4).fill('fulfilled')])
    expect(await failureOf(Promise.all(calls))).toMatchObject({
      code: 'HISTO_NOT_FOUND',
      ref: unknownRef
    })
    for (const ref of [first, after, fifth, last]) {
      expect(await failureOf(db.get(ref))).toMatchObject({ code: 'HISTO_SHALLOW', ref })
    }
    expect(await db.get(fourth)).toEqual({ n: 4 })
  })

  test('putting the same revision again brings its data back', async () => {
    const db = await open()
    const { before, erased, after } = await withErased(db)
    expect(await db.put({ n: 2 }, [before], { moveHead: false })).toBe(erased)
    expect(await db.get(erased)).toEqual({ n: 2 })
    expect(await db.isAncestor(erased, after)).toBe(true)
    expect((await collect(db.history())).length).toBe(5)
  })

  test('a failed put of it does not bring its data back', async () => {
    const db = await open()
    const { before, erased } = await withErased(db)
    const items = [
      { data: { n: 2 }, ancestors: [before] },
      { data: 'lost', ancestors: [unknownRef] }
    ]
    expect((await failureOf(db.putMany(items))).code).toBe('HISTO_MISSING_ANCESTOR')
    expect((await failureOf(db.get(erased))).code).toBe('HISTO_SHALLOW')
  })

  test('neither a stream nor a synchronizer that brings it fills it in', async () => {
    const db = await open()
    const { before, erased } = await withErased(db)
    const replica = createDB({ name: 'replica' })
    await replica.putMany(Array.from({ length: 6 }, (_, n) => ({ data: { n } })))
    await createSynchronizer(replica, db).run()
    expect((await failureOf(db.get(erased))).code).toBe('HISTO_SHALLOW')
    await db.writeStream(replica.createStream([before, erased]))
    expect((await failureOf(db.get(erased))).code).toBe('HISTO_SHALLOW')
    expect(await db.get(before)).toEqual({ n: 1 })
  })

  test('it can be erased again, be the head, and be an ancestor', async () => {
    const db = await open()
    const { erased } = await withErased(db)
    await db.erase(erased)
    await db.setHead(erased)
    expect((await failureOf(db.get())).code).toBe('HISTO_SHALLOW')
    const child = await db.put('child')
    expect(await db.ancestors(child)).toEqual([erased])
    expect(await db.get()).toBe('child')
  })

  test('binary data is erased and comes back', async () => {
    const db = await open()
    const data = new Uint8Array([1, 2, 3])
    const ref = await db.put(data, [])
    await db.erase(ref)
    expect((await failureOf(db.get(ref))).code).toBe('HISTO_SHALLOW')
    expect(await db.put(data, [])).toBe(ref)
    expect(await db.get(ref)).toEqual(data)
  })

  test('what is not there cannot be erased', async () => {
    const db = await open()
    await db.put('data')
    for (const ref of [unknownRef, 'no ref']) {
      expect(await failureOf(db.erase(ref))).toMatchObject({ code: 'HISTO_NOT_FOUND', ref })
    }
  })

  test('puts that are not awaited before and after it are in order', async () => {
    const db = await open()
    const ref = refOf('first')
    const [first, , again] = await Promise.all([
      db.put('first', []),
      db.erase(ref),
      db.put('first', [], { moveHead: false }),
      db.put('second')
    ])
    expect([first, again]).toEqual([ref, ref])
    expect(await db.get(ref)).toBe('first')
    expect(await db.get()).toBe('second')
  })
})

test('on a path it stays erased when the database is opened again, chunks and all', async () => {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const refs = await db.putMany(Array.from({ length: 9000 }, (_, n) => ({ data: n })))
  const erased = [0, 1, 4095, 4096, 8191, 8999].map((n) => refs[n] ?? '')
  for (const ref of erased) await db.erase(ref)
  await db.close()
  const again = await opened({ path, durability: 'relaxed' })
  for (const ref of erased) expect((await failureOf(again.get(ref))).code).toBe('HISTO_SHALLOW')
  expect(await again.refDifference(null, refs[8999] ?? '')).toEqual(refs.toReversed())
  expect(await again.get(refs[4097] ?? '')).toBe(4097)
})
