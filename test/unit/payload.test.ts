/** Data on its way in and out: what JSON makes of it, and bytes. */

import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { payloadBytes, payloadOf } from '../../ts/branch/payload.js'
import { openPlain } from '../support/open.js'

test.each([
  [{ b: 1, a: [true, null] }, '{"b":1,"a":[true,null]}'],
  ['text', '"text"'],
  [null, 'null'],
  [Number.NaN, 'null'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"']
])('the payload of %o is what JSON.stringify makes', (data, text) => {
  expect(payloadOf(data)).toBe(text)
})

test.each([
  ['a Uint8Array', new Uint8Array([1, 2])],
  ['a Buffer', Buffer.from([1, 2])],
  ['a part of a larger buffer', new Uint8Array([0, 1, 2, 3]).subarray(1, 3)],
  ['a Uint8Array of another realm', runInNewContext('new Uint8Array([1, 2])')]
])('the payload of %s is a plain copy of its bytes', (_what, data) => {
  const payload = payloadOf(data)
  expect(Object.getPrototypeOf(payload)).toBe(Uint8Array.prototype)
  expect(payload).toEqual(new Uint8Array([1, 2]))
  data[0] = 9
  expect(payload[0]).toBe(1)
})

test('bytes are copied at the call and returned as a Uint8Array', async () => {
  const db = openPlain<Uint8Array>()
  const bytes = Buffer.from([1, 2, 3])
  const put = db.put(bytes)
  bytes[0] = 9
  expect(await db.get(await put)).toEqual(new Uint8Array([1, 2, 3]))
})

test('data is read at the call, also before the database is open', async () => {
  const opening = new Promise<void>((resolve) => setImmediate(resolve))
  const db = openPlain<{ n: number }>({ opening })
  const data = { n: 1 }
  const put = db.put(data)
  data.n = 2
  expect(await db.get(await put)).toEqual({ n: 1 })
})

test('an object is returned with its keys in canonical order', async () => {
  const db = openPlain<Record<string, number>>()
  await db.put({ b: 1, a: 2 })
  expect(Object.keys(await db.get())).toEqual(['a', 'b'])
})

test('data whose text is longer than a string can be is HISTO_TOO_LARGE', () => {
  const data = { toJSON: () => 'x'.repeat(2 ** 30) }
  expect(() => payloadOf(data)).toThrow(expect.objectContaining({ code: 'HISTO_TOO_LARGE' }))
})

test.each([
  ['é', 4],
  [{ a: 1 }, 7],
  [new Uint8Array(5), 5],
  [undefined, 0]
])('the bytes of %o are counted as %i', (data, bytes) => {
  expect(payloadBytes(data)).toBe(bytes)
})
