/** Data that is a mistake is refused, with an error that names the fault and its place. */

import { EventEmitter } from 'node:events'
import { PassThrough, Readable, Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createDB, type DB, type HistoError } from '../../ts/index.js'
import { failureOf, kinds } from '../support/data.js'

class Point {
  readonly x = 1
}
class Money {
  readonly #cents = 150n
  toJSON() {
    return Number(this.#cents)
  }
}
class Tags extends Set<string> {
  toJSON() {
    return [...this]
  }
}
/** A promise of a library, which has a `toJSON`. */
class OldPromise {
  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then() {
    return undefined
  }
  toJSON() {
    return { isFulfilled: false }
  }
}
function* counting() {
  yield 1
}
async function* slowly() {
  yield await Promise.resolve(1)
}

const thenIs = (value: unknown) => Object.fromEntries([['then', value]])
const sparse = [0]
sparse[2] = 2

const forgotten: [string, string, () => unknown][] = [
  ['a promise', 'a promise (await it first)', () => Promise.resolve(1)],
  ['a promise of a library', 'a promise (await it first)', () => new OldPromise()],
  ['a thenable', 'a promise (await it first)', () => thenIs(() => undefined)],
  [
    'a function that is one',
    'a promise (await it first)',
    () =>
      Object.assign(
        () => 1,
        thenIs(() => 1)
      )
  ],
  ['a Map', 'a Map', () => new Map([[1, 2]])],
  ['a Set', 'a Set', () => new Set([1])],
  ['a subclass of Map', 'a Map', () => new (class extends Map {})()],
  ['a WeakMap', 'a WeakMap', () => new WeakMap()],
  ['a WeakSet', 'a WeakSet', () => new WeakSet()],
  ['a WeakRef', 'a WeakRef', () => new WeakRef({})],
  ['an ArrayBuffer', 'an ArrayBuffer', () => new ArrayBuffer(1)],
  ['a generator', 'an iterator', () => counting()],
  ['an iterator of an array', 'an iterator', () => [1].values()],
  ['an iterator of a map', 'an iterator', () => new Map().entries()],
  ['an async generator', 'an iterator', () => slowly()],
  ['a hand-made iterator', 'an iterator', () => ({ next: () => 1, [Symbol.iterator]: () => 1 })],
  ['a Readable', 'a stream', () => Readable.from([1])],
  ['a Writable', 'a stream', () => new Writable()],
  ['a PassThrough', 'a stream', () => new PassThrough()],
  ['a ReadableStream', 'a stream', () => new ReadableStream()],
  ['a WritableStream', 'a stream', () => new WritableStream()],
  ['a TransformStream', 'a stream', () => new TransformStream()],
  ['a simple-stream', 'a stream', () => ({ read: () => 1, abort: () => 1 })]
]

/** Values for which the result of JSON is intended. */
const meant: [string, () => unknown, unknown][] = [
  ['a Set with toJSON', () => new Tags(['a']), ['a']],
  ['an instance with toJSON', () => new Money(), 150],
  ['an instance', () => new Point(), { x: 1 }],
  ['a date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a function called next', () => ({ next: () => 1, a: 1 }), { a: 1 }],
  ['a member called then', () => thenIs('later'), thenIs('later')],
  ['a proxy', () => new Proxy({ a: 1 }, {}), { a: 1 }],
  ['arguments', () => [].concat(1 as never), [1]]
]

describe.each(kinds)('over %s', (_kind, open) => {
  test.each(forgotten)(
    '%s is refused as data, as a member and as an element',
    async (what, kind, make) => {
      const db = await open()
      const head = await db.put('before')
      if (!what.startsWith('a function') && what !== 'an ArrayBuffer') {
        expect((await refusal(db, make())).message).toBe(`data is ${kind}`)
      }
      expect((await refusal(db, { 'a/b': make() })).message).toBe(`data has ${kind} at '/a~1b'`)
      expect((await refusal(db, [0, make()])).message).toBe(`data has ${kind} at '/1'`)
      expect(db.head()).toBe(head)
    }
  )

  test.each(meant)('%s is written, also as a member', async (_what, make, read) => {
    const db = await open()
    await db.put(make())
    expect(await db.get()).toEqual(read)
    await db.put({ member: make() })
    expect(await db.get()).toEqual({ member: read })
  })

  test('such data is refused in every call that takes data', async () => {
    const db = await open()
    const base = await db.put('base')
    const theirs = await db.put('theirs', [base], { moveHead: false })
    await db.put('ours')
    const data = { late: Promise.resolve(1) }
    const calls = [
      db.putMany([{ data: 1 }, { data }]),
      db.update(() => data),
      db.merge(theirs, () => data),
      db.writeStream([{ ancestors: [], data }])
    ]
    for (const call of calls) expect(await failureOf(call)).toBeInstanceOf(TypeError)
    expect(await db.get()).toBe('ours')
  })
})

/** The error of a refused put. */
async function refusal(db: DB<unknown>, data: unknown): Promise<Error> {
  const error = await failureOf(db.put(data))
  expect(error).toBeInstanceOf(TypeError)
  return error as Error
}

test('bytes whose buffer is detached are refused, but other empty bytes are not', async () => {
  await using db = createDB<unknown>()
  const bytes = new Uint8Array(4)
  structuredClone(bytes, { transfer: [bytes.buffer] })
  expect((await refusal(db, bytes)).message).toBe('the buffer of the binary data is detached')
  await db.put(new Uint8Array(0))
  expect(await db.get()).toEqual(new Uint8Array(0))
})

test('a BigInt is reported with its place, also one that toJSON makes', async () => {
  await using db = createDB<unknown>()
  const deep = { list: [{ 'a/b~c': 1n }] }
  expect((await refusal(db, deep)).message).toBe("data has a BigInt at '/list/0/a~1b~0c'")
  expect((await refusal(db, 1n)).message).toBe('data is a BigInt')
  const made = { at: { toJSON: () => ({ inside: 2n }) } }
  expect((await refusal(db, made)).message).toBe("data has a BigInt at '/at/inside'")
})

const messageOf = async (call: Promise<unknown>) => ((await failureOf(call)) as Error).message

/** Checked to fail: take the message that V8 has for circular structures. */
test.each([false, true])('a circle is reported with its place, strict: %s', async (strict) => {
  await using db = createDB<unknown>({ strict })
  const circle: Record<string, unknown> = { twice: {}, list: [] }
  circle['list'] = [circle['twice'], circle['twice']]
  await db.put(circle)
  circle['list'] = [{ 'a/b': circle }]
  const message = "data has a circular reference at '/list/0/a~1b'"
  expect(await refusal(db, circle)).toMatchObject({ name: 'TypeError', message })
  expect((await refusal(db, { outer: circle })).message).toContain("at '/outer/list/0/a~1b'")
  const many = db.putMany([{ data: 1 }, { data: { circle } }])
  expect(await messageOf(many)).toContain("at '/circle/list/0/a~1b'")
})

/** Checked to fail: name every value data in messages. */
test('an error in a meta says that it is in the meta', async () => {
  await using db = createDB<unknown>({ strict: true })
  const told = (meta: Record<string, unknown>) => messageOf(db.put(1, { meta }))
  expect(await told({ by: Promise.resolve('Ann') })).toBe(
    "meta has a promise (await it first) at '/by'"
  )
  expect(await told({ at: { time: new Date() } })).toBe("meta has a Date at '/at/time'")
  expect(await told({ n: 1n })).toBe("meta has a BigInt at '/n'")
})

/** Checked to fail: take what comes back as any other data. */
test('a function that forgets to return its data is named', async () => {
  await using db = createDB<{ n: number }>()
  const base = await db.put({ n: 0 })
  const theirs = await db.put({ n: 1 }, [base], { moveHead: false })
  await db.put({ n: 2 })
  const forgets = (data?: { n: number }) => {
    if (data !== undefined) data.n += 1
  }
  const calls = [
    db.update(forgets as never),
    db.update((async () => undefined) as never),
    db.merge(theirs, forgets as never)
  ]
  expect(await Promise.all(calls.map(messageOf))).toEqual([
    'change returned undefined: it must return the new data',
    'change returned undefined: it must return the new data',
    'resolve returned undefined: it must return the new data'
  ])
})

test('a place is cut to 200 characters', async () => {
  await using db = createDB<unknown>()
  const { message } = await refusal(db, { ['k'.repeat(1e6)]: { a: 1n } })
  expect(message).toBe(`data has a BigInt at '/${'k'.repeat(199)}…'`)
})

test('data nested too deep for V8 is reported with its place', async () => {
  await using db = createDB<unknown>()
  let data: unknown[] = []
  for (let level = 0; level < 100_000; level += 1) data = [data]
  const { message } = await refusal(db, { data })
  expect(message).toBe(`data has more than 1000 levels at '/data${'/0'.repeat(97)}/…'`)
})

const lone: [string, unknown, string][] = [
  ['the data itself', 'a\ud800', ''],
  ['a member', { list: ['\n', { 'a/b~c': '\udfff\ud800' }] }, " at '/list/1/a~1b~0c'"],
  ['an element behind others', [['[', {}], { '{': 1 }, 'é"\udc00'], " at '/2'"],
  ['a key', { b: 0, a: { '~/\ud83d"': 1 } }, ` in a key at '/a/~0~1\\ud83d"'`],
  ['a key behind a key with an escape', [{ '"\\': 0, '\udc00': 1 }], " in a key at '/0/\\udc00'"],
  ['what toJSON makes', { at: { toJSON: () => ['\udbff'] } }, " at '/at/0'"]
]

describe.each(kinds)('over %s', (_kind, open) => {
  test('a ref is cut to 200 characters in messages, but whole in the field', async () => {
    const db = await open()
    const ref = 'x'.repeat(1e5)
    const shown = `${'x'.repeat(200)}…`
    const told = async (call: Promise<unknown>) => {
      const { message, ref: field } = (await failureOf(call)) as HistoError
      return [message, field === ref]
    }
    expect(await told(db.get(ref))).toEqual([`revision not found: ${shown}`, true])
    expect(await told(db.put(1, [ref]))).toEqual([`missing ancestor: ${shown}`, true])
    expect((await told(db.resolve(ref)))[0]).toContain(`'${shown}'`)
  })

  test.each(lone)('a lone surrogate is reported with its place: %s', async (_what, data, place) => {
    const { message } = await refusal(await open(), data)
    expect(message).toBe(`data has a lone surrogate${place}`)
  })

  test('data of more than 1,000 levels is reported with its place', async () => {
    const db = await open()
    let data: unknown = []
    for (let level = 1; level < 1000; level += 1) data = level % 2 === 0 ? [data] : { '/': data }
    await db.put(data)
    const { message } = await refusal(db, { '~': [0, data] })
    const pointer = `/~0/1${'/~1/0'.repeat(39)}`
    expect(message).toBe(`data has more than 1000 levels at '${pointer}…'`)
  })

  test('the place is reported by every call that takes data', async () => {
    const db = await open()
    const base = await db.put('base')
    const theirs = await db.put('theirs', [base], { moveHead: false })
    await db.put('ours')
    const data = { a: [0, '\ud800'] }
    const calls = [
      db.putMany([{ data: 1 }, { data }]),
      db.update(() => data),
      db.merge(theirs, () => data),
      db.writeStream([{ ancestors: [], data }])
    ]
    for (const call of calls) {
      const message = "data has a lone surrogate at '/a/1'"
      expect(await failureOf(call)).toMatchObject({ name: 'TypeError', message })
    }
    expect(await db.get()).toBe('ours')
  })
})

describe('with strict', () => {
  const changes: [string, unknown, string][] = [
    [
      'a promise deep inside',
      { a: [{ b: Promise.resolve() }] },
      "a promise (await it first) at '/a/0/b'"
    ],
    ['a date', { a: { at: new Date(0) } }, "a Date at '/a/at'"],
    ['a Map', { a: { b: new Map() } }, "a Map at '/a/b'"],
    ['a Set with toJSON', { a: { b: new Tags() } }, "a Set at '/a/b'"],
    ['a Buffer', { a: [Buffer.from('a')] }, "a Buffer at '/a/0'"],
    ['a typed array', { a: new Float64Array(1) }, "a typed array at '/a'"],
    ['undefined', { a: undefined }, "undefined at '/a'"],
    ['undefined in an array', [undefined], "undefined at '/0'"],
    ['a function', { a: { f: () => 1 } }, "a function at '/a/f'"],
    ['a symbol', { a: Symbol('s') }, "a symbol at '/a'"],
    [
      'a key that is a symbol',
      { a: { [Symbol('s')]: 1 } },
      "a member whose key is a symbol at '/a'"
    ],
    ['a hole', { a: sparse }, "a hole at '/a/1'"],
    ['NaN', [[Number.NaN]], "NaN at '/0/0'"],
    ['Infinity', { a: Number.NEGATIVE_INFINITY }, "-Infinity at '/a'"],
    ['an instance', { a: new Point() }, "an instance of Point without toJSON at '/a'"],
    ['an error', { a: new RangeError('x') }, "an instance of RangeError without toJSON at '/a'"],
    ['a boxed number', [Object(1)], "an instance of Number without toJSON at '/0'"],
    ['an emitter', { a: new EventEmitter() }, "an instance of EventEmitter without toJSON at '/a'"],
    ['a BigInt', { a: 1n }, "a BigInt at '/a'"]
  ]

  test.each(changes)('%s is refused', async (_what, data, wrong) => {
    await using db = createDB<unknown>({ strict: true })
    expect((await refusal(db, data)).message).toBe(`data has ${wrong}`)
  })

  test('data that it refuses is written without it', async () => {
    await using db = createDB<unknown>()
    await db.put({ a: { at: new Date(0), map: new Map(), no: undefined, sparse, nan: Number.NaN } })
    expect(await db.get()).toEqual({
      a: { at: '1970-01-01T00:00:00.000Z', map: {}, sparse: [0, null, 2], nan: null }
    })
  })

  test('the root of the data is reported without a place', async () => {
    await using db = createDB<unknown>({ strict: true })
    expect((await refusal(db, Number.NaN)).message).toBe('data is NaN')
    expect((await refusal(db, new Point())).message).toBe(
      'data is an instance of Point without toJSON'
    )
  })

  test('data that JSON keeps is written as without it', async () => {
    await using db = createDB<unknown>({ strict: true })
    const plain = Object.assign(Object.create(null), { a: [1, 'x', null, true, { b: [] }] })
    await db.put(plain)
    expect(await db.get()).toEqual({ a: [1, 'x', null, true, { b: [] }] })
    await db.put({ price: new Money() })
    expect(await db.get()).toEqual({ price: 150 })
    await db.put(new Uint8Array([1]))
    expect(await db.get()).toEqual(new Uint8Array([1]))
  })

  test('it applies to branches, and wherever data comes in', async () => {
    await using db = createDB<unknown>({ strict: true })
    const base = await db.put('base')
    const data = { at: new Date() }
    const theirs = await db.put('theirs', [base], { moveHead: false })
    await db.put('ours')
    const calls = [
      db.branch('side').put(data),
      db.put(data, []),
      db.putMany([{ data }]),
      db.update(() => data),
      db.merge(theirs, () => data),
      db.writeStream([{ ancestors: [], data }])
    ]
    for (const call of calls) expect(await failureOf(call)).toBeInstanceOf(TypeError)
  })
})
