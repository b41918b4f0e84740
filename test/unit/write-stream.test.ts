/** `writeStream`: accepts every kind of stream, checks and bounds it, and reports failures. */

import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Revision } from '../../ts/base/types.js'
import type { DB } from '../../ts/db.js'
import { collect, openPlain, unknownRef } from '../support/open.js'

/** More than two of the batches that are written at once. */
const many = 600

async function chainOf(length: number): Promise<Revision<number>[]> {
  const db = openPlain<number>()
  const refs = await db.putMany(Array.from({ length }, (_item, data) => ({ data })))
  return collect(db.createStream(refs))
}

async function* slowly<R>(items: readonly R[]): AsyncGenerator<R> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

/** A simple-stream of items, an `Error` among them being its failure; notes whether it was aborted. */
function simpleStream(items: readonly unknown[]) {
  const state = { aborted: false, reads: 0 }
  const read = (callback: (error?: unknown, item?: unknown) => void) => {
    const item = items[state.reads]
    state.reads += 1
    if (item instanceof Error) callback(item)
    else callback(null, item)
  }
  const abort = (callback: () => void) => {
    state.aborted = true
    callback()
  }
  return { state, stream: { read, abort } as never }
}

const kinds: [string, (items: Revision<number>[]) => unknown][] = [
  ['an array', (items) => items],
  ['a set', (items) => new Set(items)],
  ['an array of promises', (items) => items.map((item) => Promise.resolve(item))],
  ['an async generator', slowly],
  ['a readable of node', (items) => Readable.from(items)],
  ['a simple-stream', (items) => simpleStream(items).stream],
  ['a simple-stream of promises', (items) => ({ read: slowReader(items) })],
  ['a stream out of order', (items) => items.toReversed()],
  ['a stream without refs', (items) => items.map(({ ancestors, data }) => ({ ancestors, data }))]
]

function slowReader(items: readonly unknown[]) {
  const left = [...items]
  return async () => {
    await Promise.resolve()
    return left.shift()
  }
}

test.each(kinds)('%s is written', async (_kind, streamOf) => {
  const revisions = await chainOf(many)
  const db = openPlain<number>()
  expect(await db.writeStream(streamOf(revisions) as never)).toBeUndefined()
  expect(await db.has(revisions.map(({ ref }) => ref))).toEqual(revisions.map(() => true))
  expect(db.head()).toBeNull()
})

test('a stream of a database is written into another', async () => {
  const revisions = await chainOf(many)
  const source = openPlain<number>()
  await source.writeStream(revisions)
  const target = openPlain<number>()
  await target.writeStream(source.createStream(revisions.map(({ ref }) => ref)))
  expect(await target.get(revisions[many - 1]?.ref ?? '')).toBe(many - 1)
})

test('a ref that is not its revision’s is HISTO_CORRUPT and aborts the stream', async () => {
  const { state, stream } = simpleStream([
    { ref: unknownRef, ancestors: [], data: 1 },
    ...(await chainOf(many))
  ])
  await expect(openPlain().writeStream(stream)).rejects.toMatchObject({ code: 'HISTO_CORRUPT' })
  expect(state.aborted).toBe(true)
  expect(state.reads).toBeLessThan(many)
})

test('an ancestor that never comes is HISTO_MISSING_ANCESTOR, and nothing dangles', async () => {
  const [, ...rest] = await chainOf(3)
  const db = openPlain<number>()
  await expect(db.writeStream(rest)).rejects.toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
  expect(await db.has(rest.map(({ ref }) => ref))).toEqual([false, false])
})

test('what waits for ancestors is bounded', async () => {
  const [, ...rest] = await chainOf(many)
  const writing = openPlain<number>().writeStream(rest, { maxPendingBytes: 10 })
  await expect(writing).rejects.toMatchObject({ code: 'HISTO_TOO_LARGE' })
})

test('the failure of a simple-stream arrives, and what was read before may stay', async () => {
  const failure = new Error('cable pulled')
  const { stream } = simpleStream([...(await chainOf(1)), failure])
  await expect(openPlain().writeStream(stream)).rejects.toBe(failure)
})

test('the failure of an iterator arrives, and the iterator is not asked to return', async () => {
  const failure = new Error('cable pulled')
  let returned = false
  const iterator = {
    next: () => Promise.reject(failure),
    return: () => {
      returned = true
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]: () => iterator
  }
  await expect(openPlain().writeStream(iterator as never)).rejects.toBe(failure)
  expect(returned).toBe(false)
})

test('an iterator is asked to return where its item is malformed', async () => {
  let returned = false
  function* malformed() {
    try {
      yield 1
      yield 2
    } finally {
      returned = true
    }
  }
  await expect(openPlain().writeStream(malformed() as never)).rejects.toThrow(TypeError)
  expect(returned).toBe(true)
})

test('a promise of nothing beside a callback is not the end of a stream', async () => {
  const [revision] = await chainOf(1)
  const left = [revision]
  const stream = {
    read: async (callback: (error: unknown, item?: unknown) => void) => {
      await Promise.resolve()
      setImmediate(callback, null, left.shift())
    }
  }
  const db = openPlain<number>()
  await db.writeStream(stream as never)
  expect(await db.has([revision?.ref ?? ''])).toEqual([true])
})

test('a stream is read no further while a batch is written', async () => {
  const revisions = await chainOf(many)
  const { state, stream } = simpleStream(revisions)
  const db = openPlain<number>()
  const most = await mostAhead(db, state, db.writeStream(stream))
  expect(most).toBeLessThanOrEqual(256)
})

/** How far the reads were ahead of what was in the database, at most. */
async function mostAhead(
  db: DB<number>,
  state: { reads: number },
  writing: Promise<void>
): Promise<number> {
  const revisions = await chainOf(many)
  const refs = revisions.map(({ ref }) => ref)
  let [most, done] = [0, false]
  const finished = writing.then(() => {
    done = true
  })
  while (!done) {
    const written = (await db.has(refs)).filter(Boolean).length
    if (!done) most = Math.max(most, Math.min(state.reads, many) - written)
  }
  await finished
  return most
}
