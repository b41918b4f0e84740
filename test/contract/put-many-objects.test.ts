/** putMany of many objects, which may go to the engine as one text: all is as if each went by itself. */

import { describe, expect, test } from 'vitest'
import { failureOf, opened, places, refOf } from './places.js'

class Point {
  readonly x = 3
}

/** Prints the key that it was asked for. */
class Keyed {
  toJSON(key: string): string {
    return `key ${key}`
  }
}

const small = (number: number) => ({ number, title: `Item ${number}`, tags: ['é', '語'] })

/** Objects of every kind among small ones. */
function objects(): unknown[] {
  const all: unknown[] = Array.from({ length: 400 }, (_, number) => small(number))
  all[3] = new Point()
  all[20] = new Keyed()
  all[21] = { inner: new Keyed(), date: new Date(0), none: undefined, work: () => 1 }
  all[40] = [1, undefined, () => 1, [new Keyed()], Number.NaN]
  all[41] = Object.assign(Object.create(null), { b: 1, a: 2 })
  all[60] = 'a text'
  all[61] = null
  all[62] = new Uint8Array([1, 2])
  all[63] = new String('boxed')
  all[64] = []
  all[65] = {}
  all[66] = { z: 1, a: { y: [1e21, -0, 0.1], b: '],[{"}\\' }, '': '\u2028' }
  all[100] = { long: 'x'.repeat(300_000) }
  all[101] = JSON.parse('{"__proto__":{"a":1}}')
  return all
}

describe.each(places)('over %s', (_place, open) => {
  test('hundreds of objects of every kind get the same refs as one by one', async () => {
    await using db = await open<unknown>()
    await using single = await opened<unknown>({})
    const all = objects()
    const refs = await db.putMany(all.map((data) => ({ data })))
    const each: string[] = []
    for (const data of all) each.push(await single.put(data))
    expect(refs).toEqual(each)
    expect(await db.getMany(refs)).toEqual(await single.getMany(each))
  })

  test.each([
    ['a BigInt', { inner: [1n] }],
    ['a cycle', cycle()],
    ['a lone surrogate', { inner: ['\ud800'] }],
    ['too deep', { inner: deep(1100) }],
    ['a promise in it', { inner: Promise.resolve(1) }],
    ['a Map', new Map()],
    ['a function', () => 1],
    ['what throws', { inner: { toJSON: thrown } }],
    [
      'what throws when it is read',
      {
        data: {
          get inner(): unknown {
            return thrown()
          }
        }
      }
    ]
  ])('one object with %s refuses all, with the error that it causes alone', async (_what, data) => {
    await using db = await open<unknown>()
    const items = Array.from({ length: 300 }, (_, number) => ({ data: small(number) as unknown }))
    items[150] = { data }
    const alone = await failureOf(db.put(data))
    const error = await failureOf(db.putMany(items))
    expect(error.message).toBe(alone.message)
    expect(error.constructor).toBe(alone.constructor)
    expect(db.head()).toBeNull()
    expect(await db.has([refOf(small(0), [])])).toEqual([false])
  })

  test('one object that is too large refuses all', async () => {
    await using db = await open({ maxRevisionBytes: 200 })
    const items = Array.from({ length: 100 }, (_, number) => ({ data: { number, text: '' } }))
    items[70] = { data: { number: 70, text: 'x'.repeat(200) } }
    expect((await failureOf(db.putMany(items))).code).toBe('HISTO_TOO_LARGE')
    expect(db.head()).toBeNull()
    items[70] = { data: { number: 70, text: 'x'.repeat(100) } }
    expect(await db.putMany(items)).toHaveLength(100)
  })

  test('an item with an unknown option is refused among objects too', async () => {
    await using db = await open()
    const items = Array.from({ length: 50 }, (_, number) => ({ data: small(number) }))
    items[40] = { data: small(40), metta: {} } as (typeof items)[0]
    expect((await failureOf(db.putMany(items))).message).toMatch("no option 'metta'")
  })
})

test('if a library adds toJSON to arrays, objects are stored as they are', async () => {
  await using db = await opened({})
  const prototype = Array.prototype as { toJSON?: () => unknown }
  prototype.toJSON = () => 'an array'
  try {
    const refs = await db.putMany([{ data: { a: 1 } }, { data: { a: 2 } }, { data: { a: 3 } }])
    expect(await db.getMany(refs)).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
  } finally {
    delete prototype.toJSON
  }
})

function thrown(): never {
  throw new RangeError('no')
}

function cycle(): object {
  const made: { self?: unknown } = {}
  made.self = made
  return made
}

function deep(levels: number): unknown {
  let made: unknown = 1
  for (let level = 0; level < levels; level += 1) made = [made]
  return made
}
