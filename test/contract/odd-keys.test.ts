/**
 * Keys that JSON writes with an escape come back as they were put, on every way out: `JSON.parse` of some
 * platforms takes one for another.
 */

import canonicalize from 'canonicalize'
import { MemoryLevel } from 'memory-level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../ts/http-entry.js'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { kinds, serve } from '../http/servers.js'
import { collect, folder } from './places.js'

type Data = Record<string, unknown>

const keys = ['\\', '"', '\n', '\t', 'a', '\\n', '"a', '\\"', '\u0001', 'é"', '__proto__', '1']
const values: (() => unknown)[] = [() => 1, () => [], () => 'x"\\', () => 1.5, () => oddData(2)]

let seed = 1
/** A number below `count`; the same ones in each run. */
function drawn(count: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >> 8) % count
}

function oddData(most = 4): Data {
  const members = Array.from({ length: 1 + drawn(most) }, () => {
    const key = keys[drawn(keys.length)] as string
    return [key, values[drawn(values.length)]?.()] as const
  })
  return Object.fromEntries(members)
}

/** By `JSON.stringify`, which writes what is there. */
const textsOf = (all: readonly unknown[]) => all.map((data) => JSON.stringify(data))

const places: typeof kinds = [
  ...kinds,
  [
    'a level',
    (name) => {
      const db = createDB({ name, ...levelStores(new MemoryLevel()) })
      onTestFinished(() => db.close())
      return db.ready()
    }
  ]
]

/** Some of the values that were read with wrong keys. */
function wrongIn(read: readonly unknown[], expected: readonly string[]): string[] {
  expect(read.length).toBe(expected.length)
  return textsOf(read).filter((text, place) => text !== expected[place])
}

async function filled(db: DB<unknown>) {
  const all = Array.from({ length: 2000 }, () => oddData())
  const refs = await db.putMany(all.map((data) => ({ data })))
  // The order of keys is JSON.parse's own where they are numbers: read back by JSON.stringify.
  return { refs, expected: all.map((data) => inOrder(data)) }
}

/** The canonical text, its keys that look like numbers first, as in every object. */
function inOrder(data: unknown): string {
  return JSON.stringify(sorted(data))
}

function sorted(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(sorted)
  if (typeof data !== 'object' || data === null) return data
  const names = Object.keys(data).toSorted()
  return Object.fromEntries(names.map((key) => [key, sorted(Reflect.get(data, key))]))
}

describe.each(places)('over %s', (_place, open) => {
  test('get returns the keys that were put', async () => {
    const { db, refs, expected } = await put(await open('db'))
    const read: unknown[] = []
    for (const ref of refs) read.push(await db.get(ref))
    expect(wrongIn(read, expected)).toEqual([])
  })

  test('getMany, revision, history and streams return them', async () => {
    const { db, refs, expected } = await put(await open('db'))
    expect(wrongIn(await db.getMany(refs), expected)).toEqual([])
    const revisions = await Promise.all(refs.map((ref) => db.revision(ref)))
    expect(wrongIn(dataOf(revisions), expected)).toEqual([])
    const history = await collect(db.history())
    expect(wrongIn(dataOf(history).toReversed(), expected)).toEqual([])
    const stream = await collect(db.createStream(refs))
    expect(wrongIn(dataOf(stream), expected)).toEqual([])
  })

  test('the functions of update and merge get them', async () => {
    const { db, refs, expected } = await put(await open('db'))
    const given: unknown[] = []
    for (const ref of refs.slice(0, 200)) {
      await db.setHead(ref)
      await db.update((data) => {
        given.push(data)
        return 1
      })
    }
    expect(wrongIn(given, expected.slice(0, 200))).toEqual([])
    const [base, ours, theirs] = await branched(db)
    await db.setHead(ours.ref)
    let seen: unknown[] = []
    await db.merge(theirs.ref, (sides) => {
      seen = [sides.base, sides.ours, sides.theirs]
      return 1
    })
    expect(wrongIn(seen, [base.text, ours.text, theirs.text])).toEqual([])
  })

  test('what came by HTTP has them, whole or by hand', async () => {
    const { db, refs, expected } = await put(await open('db'))
    const remote = connect(await serve(db))
    const stream = await collect(remote.createStream(refs) as AsyncIterable<{ data: unknown }>)
    expect(wrongIn(dataOf(stream), expected)).toEqual([])
    const copy = createDB({ path: folder() })
    onTestFinished(() => copy.close())
    await createSynchronizer(remote, copy).run()
    expect(wrongIn(await copy.getMany(refs), expected)).toEqual([])
  })
})

async function put(db: DB<unknown>) {
  return { db, ...(await filled(db)) }
}

const dataOf = (revisions: readonly { data: unknown }[]) => revisions.map(({ data }) => data)

/** A base and two sides of it, whose keys are odd ones. */
async function branched(db: DB<unknown>) {
  const make = async (data: Data, ancestors: string[]) => {
    const ref = await db.put(data, ancestors)
    return { ref, text: inOrder(data) }
  }
  const base = await make({ '\\': [], h: 1 }, [])
  const ours = await make({ '"': 1, h: 1 }, [base.ref])
  const theirs = await make({ '\n': 1, h: 1 }, [base.ref])
  return [base, ours, theirs] as const
}

test('the values expected here match the canonical text', () => {
  const data = { '\\': 1, '"': [{ '\n': 2 }] }
  expect(inOrder(data)).toBe(canonicalize(data))
})
