/** close: waits for writes, frees the store, and later calls fail. */

import { describe, expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { collect, failureOf, folder, opened, places, refOf } from './places.js'

const calls: [string, (db: DB, ref: string) => Promise<unknown>][] = [
  ['put', (db) => db.put(1)],
  ['putMany', (db) => db.putMany([{ data: 1 }])],
  ['get', (db, ref) => db.get(ref)],
  ['getMany', (db, ref) => db.getMany([ref])],
  ['revision', (db) => db.revision()],
  ['has', (db, ref) => db.has([ref])],
  ['setHead', (db, ref) => db.setHead(ref)],
  ['remoteHead', (db) => db.remoteHead('r')],
  ['setRemoteHead', (db, ref) => db.setRemoteHead('r', ref)],
  ['deleteRemote', (db) => db.deleteRemote('r')],
  ['deleteBranch', (db) => db.deleteBranch('b')],
  ['remotes', (db) => db.remotes()],
  ['branches', (db) => db.branches()],
  ['ancestors', (db, ref) => db.ancestors(ref)],
  ['refDifference', (db, ref) => db.refDifference(null, ref)],
  ['commonAncestor', (db, ref) => db.commonAncestor(ref, ref)],
  ['mergeBases', (db, ref) => db.mergeBases(ref, ref)],
  ['isAncestor', (db, ref) => db.isAncestor(ref, ref)],
  ['history', (db, ref) => collect(db.history(ref))],
  ['createStream', async (db, ref) => await collect(db.createStream([ref]))],
  ['writeStream', (db) => db.writeStream([{ ancestors: [], data: 1 }])],
  ['update', (db) => db.update(() => 1)],
  ['merge', (db, ref) => db.merge(ref, () => 1)],
  ['ready', (db) => db.ready()]
]

describe.each(places)('over %s', (_place, open) => {
  test.each(calls)('%s after close fails with HISTO_CLOSED', async (_member, call) => {
    const db = await open()
    const ref = await db.put(1)
    await db.close()
    expect((await failureOf(call(db, ref))).code).toBe('HISTO_CLOSED')
  })

  test('writes in flight are acknowledged before close is', async () => {
    const db = await open<number>()
    const order: string[] = []
    const puts = Array.from({ length: 100 }, (_, n) => db.put(n).then(() => order.push('put')))
    const closed = db.close().then(() => order.push('closed'))
    await Promise.all([...puts, closed])
    expect(order).toEqual([...Array.from({ length: 100 }, () => 'put'), 'closed'])
  })

  test('close may be called again and at the same time, with a callback too', async () => {
    const db = await open()
    const calledBack = new Promise((resolve) => db.close((...given) => resolve(given[0])))
    await Promise.all([db.close(), db.close()])
    expect(await calledBack).toBeNull()
    expect(await db.close()).toBeUndefined()
  })

  test('closing a branch closes only it', async () => {
    const db = await open()
    const side = db.branch('side')
    await side.put('a')
    await side.close()
    expect((await failureOf(side.put('b'))).code).toBe('HISTO_CLOSED')
    expect(await db.put('c')).toBe(refOf('c'))
    expect(await db.branch('side').get()).toBe('a')
  })

  test('closing the database closes its branches', async () => {
    const db = await open()
    const side = db.branch('side')
    await db.close()
    expect((await failureOf(side.put('a'))).code).toBe('HISTO_CLOSED')
  })

  test('a stream that was open is ended by close, not a crash', async () => {
    const db = await open<number>()
    const refs = await db.putMany(Array.from({ length: 500 }, (_, data) => ({ data })))
    const stream = db.createStream(refs)
    expect((await stream.read())?.data).toBe(0)
    await db.close()
    expect(await failureOf(collect(stream))).toMatchObject({ code: 'HISTO_CLOSED' })
  })

  test('await using closes', async () => {
    let outer: DB | undefined
    {
      await using db = createDB()
      await db.put(1)
      outer = db
    }
    expect((await failureOf(outer.get())).code).toBe('HISTO_CLOSED')
    await using other = await open()
    expect(await other.put(2)).toBe(refOf(2))
  })
})

test('on a path, the writes that close waited for are there', async () => {
  const path = folder()
  const db = createDB<number>({ path })
  const puts = Array.from({ length: 500 }, (_, n) => db.put(n))
  await db.close()
  const refs = await Promise.all(puts)
  const again = await opened<number>({ path })
  expect(again.head()).toBe(refs.at(-1))
  expect(await again.getMany(refs)).toEqual(refs.map((_, n) => n))
})

test('on a path it can be closed and opened fifty times', async () => {
  const path = folder()
  for (let n = 0; n < 50; n += 1) {
    const db = createDB<number>({ path })
    expect(await db.update((count) => (count ?? 0) + 1)).toBeTypeOf('string')
    await db.close()
  }
  const db = await opened<number>({ path })
  expect(await db.get()).toBe(50)
})
