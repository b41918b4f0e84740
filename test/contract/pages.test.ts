/** Branches and remotes by pages, over every kind of engine: the answers of a plain model. */

import { setImmediate as turn } from 'node:timers/promises'
import { MemoryLevel } from 'memory-level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compareNames, endOfPrefix } from '../../ts/base/names.js'
import type { DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { openPlain } from '../support/open.js'
import { manners, only, ownManners } from '../support/user-stores.js'
import { collect, failureOf, opened, places } from './places.js'

type Open = () => Promise<DB<number>>

const overStores = [...manners, ...ownManners].map(
  ({ name, make }) => [name, () => opened<number>(only(make()))] as const
)

/** They list keys one by one. */
const slow = ['all methods but putNamed and entries', 'own ids, all methods']

const engines: readonly (readonly [string, Open])[] = [
  ...places.map(([name, open]) => [name, () => open<number>()] as const),
  ['the plain engine', () => openPlain<number>().ready()],
  ['a level', () => opened<number>(levelStores(new MemoryLevel()))],
  ...overStores
]

/** Names that objects, patterns and the order of UTF-16 treat otherwise. */
const names = [
  '10', '9', '1', '__proto__', 'constructor', 'toString', 'a', 'ab', 'aB', 'a/b', 'a/', 'a0', 'a%', 'a_', '%',
  'ä', 'a\u0308', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '😀', '😀a', '\u{10ffff}', '\u{10ffff}a', 'é'.repeat(127),
  'x'.repeat(255), ' ', '~'
] // biome-ignore format: a table

const prefixes = ['', '1', 'a', 'a/', 'a%', '\ud7ff', '😀', '\u{10ffff}', '__', 'none']
const ends = [
  undefined,
  '',
  '1',
  '10',
  'a',
  'a/b',
  'ab',
  'Z',
  '\ue000',
  '\uffff',
  '😀',
  '\u{10ffff}z',
  '~',
  'x'.repeat(600)
]

const byBytes = (one: string, other: string) => Buffer.from(one).compare(Buffer.from(other))

function page(
  all: Map<string, string>,
  prefix = '',
  after?: string,
  limit = Number.POSITIVE_INFINITY
) {
  return [...all]
    .filter(
      ([name]) => name.startsWith(prefix) && (after === undefined || byBytes(after, name) < 0)
    )
    .sort(([one], [other]) => byBytes(one, other))
    .slice(0, limit)
}

/** A database with all names as branches, and some as remotes, of other revisions. */
async function filled(open: Open) {
  const db = await open()
  const [one, other] = [
    await db.put(1, [], { moveHead: false }),
    await db.put(2, [], { moveHead: false })
  ]
  const branches = new Map(names.map((name, place) => [name, place % 3 === 0 ? one : other]))
  const remotes = new Map([...branches].filter((_entry, place) => place % 2 === 0))
  await Promise.all([...branches].map(([name, ref]) => db.branch(name).setHead(ref)))
  await Promise.all([...remotes].map(([name, ref]) => db.setRemoteHead(name, ref)))
  return { db, branches, remotes, one }
}

describe.each(engines)('over %s', (name, open) => {
  test('pages of branches and remotes, and eachBranch, match the model', async () => {
    const { db, branches, remotes } = await filled(open)
    for (const [number, prefix] of prefixes.entries()) {
      for (const [place, after] of ends.entries()) {
        if ((place + number) % 7 > 0 && slow.includes(name)) continue
        const limit = [0, 1, 2, 5, Number.POSITIVE_INFINITY][place % 5] as number
        const options = { prefix, after, limit }
        const expected = page(branches, prefix, after, limit)
        const got = await db.branches(options)
        expect(Object.getPrototypeOf(got)).toBeNull()
        expect(new Map(Object.entries(got)), JSON.stringify(options)).toEqual(new Map(expected))
        const listed = (await collect(db.eachBranch(options))).map(({ name, ref }) => [name, ref])
        expect(listed, JSON.stringify(options)).toEqual(expected)
        const far = new Map(Object.entries(await db.remotes(options)))
        expect(far, JSON.stringify(options)).toEqual(new Map(page(remotes, prefix, after, limit)))
      }
    }
  })

  test('names in an object are in byte order, except whole numbers', async () => {
    const { db, branches } = await filled(open)
    const isNumber = (name: string) => /^\d+$/.test(name)
    const inOrder = page(branches)
      .map(([name]) => name)
      .filter((name) => !isNumber(name))
    expect(Object.keys(await db.branches()).filter((name) => !isNumber(name))).toEqual(inOrder)
  })

  test('each page starts after the last name of the one before, while branches come and go', async () => {
    const { db, branches, one } = await filled(open)
    const seen: string[] = []
    for (let after: string | undefined; ; ) {
      const [next, ...more] = await collect(
        db.eachBranch(after === undefined ? { limit: 1 } : { after, limit: 1 })
      )
      expect(more).toEqual([])
      if (next === undefined) break
      seen.push(next.name)
      after = next.name
      await db.deleteBranch(next.name)
      await db.branch([...next.name][0] ?? 'a').setHead(one)
    }
    for (const name of branches.keys()) expect(seen).toContain(name)
    expect(seen.toSorted(byBytes)).toEqual(seen)
  })

  test('no page has a deleted branch', async () => {
    const { db } = await filled(open)
    await db.deleteBranch('ab')
    expect(Object.keys(await db.branches({ prefix: 'ab' }))).toEqual([])
    expect(Object.keys(await db.branches({ after: 'aB', limit: 1 }))).toEqual(['a_'])
  })

  test('wrong options are a TypeError, and an aborted call ends with the reason', async () => {
    const db = await open()
    const wrong = [
      { prefix: 1 }, { prefix: 'a\n' }, { prefix: '\ud800' }, { after: null }, { after: '\udc00' }, { limit: -1 },
      { limit: 1.5 }, { limit: '1' }, { signal: 1 }, { perfix: 'a' }
    ] as never[] // biome-ignore format: a table
    for (const options of wrong) {
      for (const call of [
        db.branches(options),
        db.remotes(options),
        db.eachBranch(options).next()
      ]) {
        expect(await failureOf(call), JSON.stringify(options)).toBeInstanceOf(TypeError)
      }
    }
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    for (const call of [
      db.branches({ signal }),
      db.remotes({ signal }),
      db.eachBranch({ signal }).next()
    ]) {
      expect(await failureOf(call)).toBe(reason)
    }
    await db.close()
    expect(await failureOf(db.eachBranch().next())).toMatchObject({ code: 'HISTO_CLOSED' })
  })
})

test('the calls that return an object of names take options; callbacks still work', async () => {
  const { db, branches } = await filled(() => opened<number>({}))
  const got = await new Promise((resolve, reject) => {
    db.branches({ prefix: 'a/' }, (error, heads) => (error ? reject(error) : resolve({ ...heads })))
  })
  expect(got).toEqual(Object.fromEntries(page(branches, 'a/')))
})

test('eachBranch reads pages, each of which shows one moment', async () => {
  const db = await opened<number>({})
  const ref = await db.put(1)
  const all = Array.from({ length: 2500 }, (_, n) => `b${String(n).padStart(4, '0')}`)
  await Promise.all(all.map((name) => db.branch(name).setHead(ref)))
  const seen: string[] = []
  for await (const { name } of db.eachBranch({ prefix: 'b' })) {
    if (name === 'b0000') await Promise.all([db.deleteBranch('b0001'), db.deleteBranch('b2400')])
    seen.push(name)
    await turn()
  }
  expect(seen).toEqual(all.filter((name) => name !== 'b2400'))
})

test('names compare by their bytes, and a prefix ends at the next text', () => {
  for (const one of [...names, ...prefixes]) {
    for (const other of names) {
      expect(Math.sign(compareNames(one, other)), `${one} ${other}`).toBe(byBytes(one, other))
    }
    const end = endOfPrefix(one)
    for (const name of names) {
      const isBelow = byBytes(one, name) <= 0 && (end === null || byBytes(name, end) < 0)
      expect(isBelow, `${name} begins with ${one}`).toBe(name.startsWith(one))
    }
  }
})

test.each(places)(
  'a page and a put cost the same with many branches, over %s',
  async (_place, open) => {
    const usual = async (times: number, call: (turn: number) => Promise<unknown>) => {
      const took: number[] = []
      for (let n = 0; n < times; n += 1) {
        const start = performance.now()
        await call(n)
        took.push(performance.now() - start)
      }
      return took.sort((a, b) => a - b)[times >> 2] as number // others run beside it
    }
    const measure = async (count: number) => {
      const db = await open<string>({ durability: 'relaxed' })
      onTestFinished(() => db.close())
      const ref = await db.put('a')
      const all = Array.from({ length: count }, (_, n) => `b${String(n).padStart(5, '0')}`)
      await Promise.all(all.map((name) => db.branch(name).setHead(ref)))
      db.on('head', () => undefined)
      const put = await usual(50, (n) => db.put(`put ${n}`))
      const begin = await usual(50, (n) => db.branch(`new ${n}`).put(`begin ${n}`))
      const head = await usual(50, (n) => db.remoteHead(`none ${n}`))
      const heard = all.slice(0, 2000).map((name) => db.branch(name))
      for (const branch of heard) branch.on('head', () => undefined)
      const listened = await usual(50, (n) => db.put(`listened ${n}`))
      const pages = [undefined, all.at(-60)].map((after) =>
        usual(50, () => db.branches({ after, limit: 50 }))
      )
      return { put, begin, head, listened, pages: await Promise.all(pages) }
    }
    const few = await measure(100)
    const many = await measure(20_000)
    const times = (a = 0, b = 0) => a / Math.max(b, 0.05)
    const [first, last] = many.pages
    expect(times(last, first), 'the last page and the first one').toBeLessThan(10)
    expect(times(first, few.pages[0]), 'the first page').toBeLessThan(10)
    expect(times(many.put, few.put), 'a put').toBeLessThan(10)
    expect(times(many.listened, few.listened), 'a put among many listeners').toBeLessThan(10)
    expect(times(many.begin, few.begin), 'a put to a new branch').toBeLessThan(10)
    expect(times(many.head, few.head), 'a head that is not there').toBeLessThan(10)
  },
  60_000
)
