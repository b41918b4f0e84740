/** The package `simple-stream`, as the original's users had it, on both ends. */

import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import type { SimpleStream, StreamItem } from '../../ts/base/options.js'
import { openPlain, unknownRef } from '../support/open.js'

type Stream = SimpleStream<StreamItem<number>>

interface SimpleStreams {
  fromArray(items: unknown[]): Stream
  map(stream: unknown, change: (item: StreamItem<number>) => unknown): Stream
  buffer(stream: unknown, size: number): Stream
  toArray(stream: unknown): (callback: (error: unknown, items?: unknown[]) => void) => void
}
const streams: SimpleStreams = createRequire(import.meta.url)('simple-stream')

function toArray(stream: unknown): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    streams.toArray(stream)((error, items) => (error ? reject(error) : resolve(items ?? [])))
  })
}

test('its sinks read what createStream gives', async () => {
  const db = openPlain<number>()
  const refs = await db.putMany([{ data: 1 }, { data: 2 }])
  expect(await toArray(db.createStream(refs))).toMatchObject([{ data: 1 }, { data: 2 }])
})

test('its sinks are told the failure of a stream', async () => {
  await expect(toArray(openPlain().createStream([unknownRef]))).rejects.toMatchObject({
    code: 'HISTO_NOT_FOUND'
  })
})

test('its transforms stand between two databases', async () => {
  const source = openPlain<number>()
  const refs = await source.putMany([{ data: 1 }, { data: 2 }, { data: 3 }])
  const target = openPlain<number>()
  const buffered = streams.buffer(source.createStream(refs), 2)
  await target.writeStream(streams.map(buffered, ({ ref, ...item }) => ({ ...item, ref })))
  expect(await target.getMany(refs)).toEqual([1, 2, 3])
})

test('its sources are written', async () => {
  const db = openPlain<number>()
  await db.writeStream(streams.fromArray([{ ancestors: [], data: 1 }]))
  const ref = await openPlain<number>().put(1, [])
  expect(await db.get(ref)).toBe(1)
})
