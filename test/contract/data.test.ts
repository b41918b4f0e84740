/** Data comes back as what JSON makes of it, bytes as bytes; the rest is refused. */

import { describe, expect, test } from 'vitest'
import { failureOf, places, refOf } from './places.js'

const nested = (depth: number): unknown[] => {
  let data: unknown[] = []
  for (let n = 1; n < depth; n += 1) data = [data]
  return data
}
const nestedObjects = (depth: number): object => {
  let data: object = {}
  for (let n = 1; n < depth; n += 1) data = { a: data }
  return data
}

const same: [string, unknown][] = [
  ['null', null],
  ['false', false],
  ['zero', 0],
  ['an empty text', ''],
  ['an empty array', []],
  ['an empty object', {}],
  ['the edges of numbers', [5e-324, 1.7976931348623157e308, 2 ** 53, -1e21, 1e-7, 0.1 + 0.2]],
  ['odd characters', '\0\u0001\u001f"\\/\u007f\u0080\u2028\u2029\ufeff\ufffe\uffff'],
  ['pairs of surrogates', '😀𐀀\u{10ffff}'],
  ['what composes differently', ['é', 'e\u0301', 'Å', 'Å']],
  ['keys that look like integers', { 10: 'a', 9: 'b', 1: 'c', '01': 'd', '-1': 'e' }],
  ['an empty key', { '': { '': 1 } }],
  ['what looks like a revision', { ancestors: ['x'], bytes: 'AAAA', data: 1 }],
  ['text that looks like JSON', '{"a":[1,2]}'],
  ['1,000 nested arrays', nested(1000)],
  ['1,000 nested objects', nestedObjects(1000)],
  ['a megabyte of text', 'ab"\\é😀'.repeat(100_000)],
  ['many keys', Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n * 7919}`, n]))]
]

const madeOf: [string, unknown, unknown][] = [
  ['a date', new Date(1e12), '2001-09-09T01:46:40.000Z'],
  ['a date inside', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['toJSON', { toJSON: () => ({ b: 1, a: 2 }) }, { a: 2, b: 1 }],
  ['a map deep inside', { a: { map: new Map([[1, 2]]) } }, { a: { map: {} } }],
  [
    'undefined inside',
    { a: undefined, b: [undefined, () => 1, Symbol('s')] },
    { b: [null, null, null] }
  ],
  ['not a number', [Number.NaN], [null]],
  [
    'an instance',
    new (class {
      readonly x = 1
    })(),
    { x: 1 }
  ],
  ['boxed values', [Object(1), Object('a'), Object(true)], [1, 'a', true]],
  ['a sparse array', new Array(2), [null, null]]
]

describe.each(places)('over %s', (_place, open) => {
  test.each(same)('%s comes back, under the ref of the contract', async (_what, data) => {
    const db = await open()
    const ref = await db.put(data)
    expect(await db.get(ref)).toEqual(data)
    expect(ref).toBe(refOf(data))
  })

  test.each(madeOf)('%s comes back as what JSON makes of it', async (_what, data, made) => {
    const db = await open()
    const ref = await db.put(data)
    expect(await db.get(ref)).toEqual(made)
    expect(ref).toBe(refOf(made))
  })

  test('minus zero comes back as zero', async () => {
    const db = await open<number[]>()
    await db.put([-0])
    expect(Object.is((await db.get())[0], 0)).toBe(true)
  })

  test('objects come back with their keys by UTF-16 code units', async () => {
    const db = await open<object>()
    const keys = ['z', '\ufb00', '\u{1f600}', 'a', 'Z', '\u20ac', '\u00e9', 'aa', '']
    const data = Object.fromEntries(keys.map((key, n) => [key, n]))
    await db.put(data)
    expect(Object.keys(await db.get())).toEqual(Object.keys(data).toSorted())
    const { data: again } = await db.revision()
    expect(JSON.stringify(again)).toBe(JSON.stringify(await db.get()))
  })

  test('a key __proto__ is a key like any other', async () => {
    const db = await open<object>()
    const data = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}')
    await db.put({ nested: [data], ...data })
    await db.put(data)
    const back = await db.get()
    expect(Object.keys(back)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(JSON.stringify(back)).toBe(
      '{"__proto__":{"polluted":true},"constructor":1,"toString":2}'
    )
    expect('polluted' in {}).toBe(false)
  })

  test('the same data in another order of keys has the same ref', async () => {
    const db = await open()
    expect(await db.put({ a: 1, b: { c: 2, d: 3 } }, [])).toBe(
      await db.put({ b: { d: 3, c: 2 }, a: 1 }, [])
    )
  })

  test.each([
    ['no bytes', new Uint8Array(0)],
    ['a byte', new Uint8Array([255])],
    ['a buffer', Buffer.from('buffer')],
    ['a part of a buffer', new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)],
    ['a megabyte', new Uint8Array(1 << 20).map((_, n) => n * 31)]
  ])('%s comes back as a Uint8Array of the same bytes', async (_what, bytes) => {
    const db = await open()
    const ref = await db.put(bytes)
    const back = (await db.get(ref)) as Uint8Array
    expect(back).toBeInstanceOf(Uint8Array)
    expect(Buffer.compare(back, bytes)).toBe(0)
    expect(ref).toBe(refOf(bytes))
    expect(((await db.revision(ref)).data as Uint8Array).length).toBe(bytes.length)
    expect(((await db.getMany([ref]))[0] as Uint8Array).length).toBe(bytes.length)
  })

  test('returned bytes belong to the reader', async () => {
    const db = await open<Uint8Array>()
    await db.put(new Uint8Array([1, 2, 3]))
    const back = await db.get()
    back[0] = 99
    expect(await db.get()).toEqual(new Uint8Array([1, 2, 3]))
  })

  test('bytes are copied at the call', async () => {
    const db = await open<Uint8Array>()
    const bytes = new Uint8Array([1, 2, 3])
    const put = db.put(bytes)
    bytes.fill(9)
    expect(await db.get(await put)).toEqual(new Uint8Array([1, 2, 3]))
  })

  test('bytes and the text of their base64 are different revisions', async () => {
    const db = await open()
    const bytes = await db.put(new Uint8Array([1]), [])
    const text = await db.put('AQ', [])
    expect(bytes).not.toBe(text)
    expect(await db.get(text)).toBe('AQ')
  })

  test.each<[string, unknown]>([
    ['a lone surrogate as a value', ['x', '\ud800']],
    ['a lone low surrogate', 'a\udfffb'],
    ['surrogates in the wrong order', '\udc00\ud800'],
    ['a lone surrogate as a key', { a: { '\ud83d': 1 } }],
    ['a lone surrogate of toJSON', { toJSON: () => '\udbff' }],
    ['1,001 nested arrays', nested(1001)],
    ['1,001 nested objects', nestedObjects(1001)],
    ['a BigInt inside', { a: 1n }],
    ['typed numbers', new Float64Array(1)],
    ['a view', new DataView(new ArrayBuffer(8))]
  ])('%s is a TypeError, and the head stays', async (_what, data) => {
    const db = await open()
    const head = await db.put('head')
    expect(await failureOf(db.put(data))).toBeInstanceOf(TypeError)
    expect(db.head()).toBe(head)
  })

  test('an exception of a toJSON or a getter arrives', async () => {
    const db = await open()
    const reason = new Error('thrown')
    const throws = () => {
      throw reason
    }
    expect(await failureOf(db.put({ toJSON: throws }))).toBe(reason)
    expect(
      await failureOf(db.put(Object.defineProperty({}, 'a', { get: throws, enumerable: true })))
    ).toBe(reason)
  })
})
