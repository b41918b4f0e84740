/** `createStream`: a simple-stream source that is also an async iterable. */

import { expect, test } from 'vitest'
import type { DB } from '../../ts/db.js'
import { callbackOf, collect, openPlain, unknownRef } from '../support/open.js'

/** More than two of the batches that are read ahead. */
const many = 150

async function chain(length: number): Promise<{ db: DB<number>; refs: string[] }> {
  const db = openPlain<number>()
  const items = Array.from({ length }, (_item, data) => ({ data }))
  return { db, refs: await db.putMany(items) }
}

test('brings the revisions in the order of the refs, the same one twice too', async () => {
  const { db, refs } = await chain(many)
  const wanted = [...refs.toReversed(), ...refs]
  const revisions = await collect(db.createStream(wanted))
  expect(revisions.map(({ ref }) => ref)).toEqual(wanted)
  expect(revisions[0]).toEqual({ ref: refs[many - 1], ancestors: [refs[many - 2]], data: many - 1 })
})

test('answers the end as undefined, again and again', async () => {
  const { db, refs } = await chain(1)
  const { read } = db.createStream(refs)
  expect(await read()).toMatchObject({ data: 0 })
  expect(await read()).toBeUndefined()
  expect(await read()).toBeUndefined()
})

test('read and abort work detached, with callbacks that come after they returned', async () => {
  const { db, refs } = await chain(2)
  const { read, abort } = db.createStream(refs)
  const item = callbackOf()
  expect(read(item.callback)).toBeUndefined()
  expect(item.calls).toEqual([])
  expect(await item.first).toMatchObject({ error: null, result: { data: 0 } })
  const aborted = callbackOf()
  void abort(aborted.callback)
  expect(aborted.calls).toEqual([])
  expect(await aborted.first).toEqual({ error: null, result: undefined })
  const end = callbackOf()
  void read(end.callback)
  expect(await end.first).toEqual({ error: null, result: undefined })
})

test('answers reads that overlap in order', async () => {
  const { db, refs } = await chain(many)
  const stream = db.createStream(refs)
  const order: unknown[] = []
  const reads = Array.from({ length: many + 2 }, () =>
    stream.read().then((item) => order.push(item?.data))
  )
  await Promise.all(reads)
  expect(order).toEqual([
    ...Array.from({ length: many }, (_item, data) => data),
    undefined,
    undefined
  ])
})

test('a ref that is not there is HISTO_NOT_FOUND at its place, then the end', async () => {
  const { db, refs } = await chain(many)
  const stream = db.createStream([...refs.slice(0, 70), unknownRef, ...refs.slice(70)])
  for (let data = 0; data < 70; data += 1) expect(await stream.read()).toMatchObject({ data })
  await expect(stream.read()).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
  expect(await stream.read()).toBeUndefined()
})

test('abort answers reads that wait with the end', async () => {
  const { db, refs } = await chain(2)
  const stream = db.createStream(refs)
  const reads = [stream.read(), stream.read()]
  await stream.abort()
  expect(await Promise.all(reads)).toEqual([undefined, undefined])
})

test('leaving a loop ends the stream', async () => {
  const { db, refs } = await chain(3)
  const stream = db.createStream(refs)
  for await (const { data } of stream) {
    if (data === 1) break
  }
  expect(await stream.read()).toBeUndefined()
})

test('takes the refs at the call', async () => {
  const { db, refs } = await chain(2)
  const stream = db.createStream(refs)
  refs.length = 0
  expect(await collect(stream)).toHaveLength(2)
})

test('an error ends an iteration, and it stays ended', async () => {
  const { db } = await chain(1)
  const iterator = db.createStream([unknownRef])[Symbol.asyncIterator]()
  await expect(iterator.next()).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})
