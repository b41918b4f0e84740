/** createStream and writeStream over the engines: order, ends, checks, nothing dangling. */

import { describe, expect, test } from 'vitest'
import { collect, failureOf, places, refOf, unknownRef } from './places.js'

describe.each(places)('over %s', (_place, open) => {
  test('revisions come in the order of the refs and go into another database in any', async () => {
    const source = await open<unknown>()
    const root = await source.put('root')
    const bytes = await source.put(new Uint8Array([1, 2]), [root])
    const join = await source.put({ b: 1, a: 2 }, [bytes, root])
    const refs = [join, root, bytes]
    const revisions = await collect(source.createStream(refs))
    expect(revisions.map(({ ref }) => ref)).toEqual(refs)
    for (const items of [revisions, revisions.toReversed(), [...revisions, ...revisions]]) {
      const target = await open<unknown>()
      expect(await target.writeStream(items)).toBeUndefined()
      expect(await collect(target.createStream(refs))).toEqual(revisions)
      expect(target.head()).toBeNull()
    }
  })

  test('an item without a ref gets its own', async () => {
    const db = await open()
    await db.writeStream([{ ancestors: [], data: { b: 1, a: 2 } }])
    expect(await db.has([refOf({ a: 2, b: 1 })])).toEqual([true])
  })

  test('a ref that is not that of its revision is HISTO_CORRUPT and names it', async () => {
    const db = await open()
    const forged = { ref: refOf('true'), ancestors: [], data: 'false' }
    const error = await failureOf(db.writeStream([forged]))
    expect(error).toMatchObject({ code: 'HISTO_CORRUPT', ref: forged.ref })
    expect(await db.has([refOf('true'), refOf('false')])).toEqual([false, false])
  })

  test('an ancestor that never comes is HISTO_MISSING_ANCESTOR and nothing dangles', async () => {
    const db = await open()
    const child = refOf('child', [unknownRef])
    const items = [
      { ancestors: [unknownRef], data: 'child' },
      { ancestors: [child], data: 'grandchild' },
      { ancestors: [], data: 'whole' }
    ]
    const error = await failureOf(db.writeStream(items))
    expect(error).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR', ref: unknownRef })
    expect(await db.has([child, refOf('grandchild', [child])])).toEqual([false, false])
  })

  test('ten thousand revisions may come children first', async () => {
    const source = await open<number>({ durability: 'relaxed' })
    const refs = await source.putMany(Array.from({ length: 10_000 }, (_, data) => ({ data })))
    const target = await open<number>({ durability: 'relaxed' })
    await target.writeStream(source.createStream(refs.toReversed()))
    const tip = refs.at(-1) ?? ''
    expect(await target.refDifference(null, tip)).toEqual(refs.toReversed())
  })

  test('maxPendingBytes bounds only the items that wait', async () => {
    const source = await open<string>()
    const items = Array.from({ length: 20 }, (_, n) => ({ data: `${n}`.repeat(1000) }))
    const refs = await source.putMany(items)
    const target = await open<string>()
    const bound = { maxPendingBytes: 3000 }
    const reversed = source.createStream(refs.toReversed())
    expect((await failureOf(target.writeStream(reversed, bound))).code).toBe('HISTO_TOO_LARGE')
    await target.writeStream(source.createStream(refs), bound)
    expect(await target.has(refs)).toEqual(refs.map(() => true))
  })

  test('an item over maxRevisionBytes is HISTO_TOO_LARGE', async () => {
    const db = await open({ maxRevisionBytes: 10 })
    const error = await failureOf(db.writeStream([{ ancestors: [], data: 'x'.repeat(11) }]))
    expect(error.code).toBe('HISTO_TOO_LARGE')
  })

  test('a stream ends at a missing ref, after the items before it', async () => {
    const db = await open()
    const a = await db.put('a')
    const { read } = db.createStream([a, unknownRef, a])
    expect((await read())?.ref).toBe(a)
    expect(await failureOf(read())).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
    expect(await read()).toBeUndefined()
  })

  test('read and abort work detached, with callbacks', async () => {
    const db = await open()
    const a = await db.put('a')
    const { read, abort } = db.createStream([a, a])
    const first = await new Promise((resolve) => read((...given) => resolve(given)))
    expect(first).toEqual([null, { ref: a, ancestors: [], data: 'a' }])
    const aborted = await new Promise((resolve) => abort((error) => resolve(error)))
    expect(aborted).toBeNull()
    const end = await new Promise((resolve) => read((...given) => resolve(given[1])))
    expect(end).toBeUndefined()
  })

  test.each([undefined, null, 'refs', [1], [undefined]])(
    'createStream of %j throws a TypeError',
    async (refs) => {
      const db = await open()
      expect(() => db.createStream(refs as never)).toThrow(TypeError)
    }
  )

  test('a stream of an item that is known already does nothing', async () => {
    const db = await open()
    const head = await db.put('a')
    await db.writeStream([{ ref: head, ancestors: [], data: 'a' }])
    expect(db.head()).toBe(head)
    expect(await db.refDifference(null, head)).toEqual([head])
  })
})
