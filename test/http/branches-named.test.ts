/**
 * The cost of requests that name their branches: it does not grow with the other branches of the server, which its time would
 * tell to somebody who may not see them.
 *
 * Checked to fail: where `what=names` or `branches-deleted` takes its heads from `branchesOf` (`ts/http/server/permitted.ts`).
 */

import { describe, expect, test } from 'vitest'
import { encodeNames } from '../../ts/http/compare.js'
import { joined, partsOf } from '../../ts/http/sections.js'
import type { AuthorizeQuestion, HandlerOptions } from '../../ts/http-entry.js'
import { createDB, type DB } from '../../ts/index.js'
import { decodeBits, encodeRefs } from '../../ts/wire/wire-refs.js'
import { opened } from '../contract/places.js'
import { manners } from '../support/user-stores.js'
import { createHandler, openToAll } from './servers.js'

type Doc = Record<string, number>

/** Calls so far: of functions about a name, and of the methods of a branch store. */
type Counts = Record<string, number>

function counting(counts: Counts, what: string) {
  counts[what] = (counts[what] ?? 0) + 1
}

/** A handler whose client may see Anna's branches, and the function that decides it. */
function annas(counts: Counts): HandlerOptions {
  const own = (name: string) => {
    counting(counts, 'authorize')
    return name.startsWith('anna/')
  }
  const serves = () => {
    counting(counts, 'branches')
    return true
  }
  const authorize = ({ prefix }: AuthorizeQuestion) => (prefix === undefined ? false : own)
  return { ...openToAll, branches: serves, authorize }
}

/** Anna's branches, among `count` of Ben. */
async function fill(db: DB<Doc>, count: number): Promise<string> {
  const names = Array.from({ length: count }, (_, n) => `ben/${n}`)
  const put = (branch: string) => ({ type: 'put' as const, branch, data: { n: 1 } })
  const [ref] = await db.batch(['anna/1', 'anna/2', 'anna/gone', ...names].map(put))
  await db.deleteBranch('anna/gone')
  return ref ?? ''
}

/** Asks a handler; returns the answer's bytes. */
async function ask(db: DB<Doc>, options: HandlerOptions, path: string, body: Uint8Array) {
  const init = { method: 'POST', body: new Uint8Array(body) }
  const answer = await createHandler(db, options)(new Request(`http://in.process/${path}`, init))
  expect(answer.status, path).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

const names = ['anna/1', 'anna/2', 'anna/none', 'ben/1', 'ben/none']

/** Requests that name branches; `ref` is Anna's. */
const asks = (ref: string): readonly [string, Uint8Array][] => [
  ['branches?prefix=&what=names', joined([encodeNames([]), new Uint8Array()])],
  ['branches?prefix=&what=names&brief=1', joined([encodeNames(names), new Uint8Array()])],
  [
    'branches?prefix=&what=names&for=write&remote=x',
    joined([encodeNames(names), new Uint8Array()])
  ],
  [
    'branches-deleted?prefix=',
    joined([encodeNames(names), encodeRefs(new Array(names.length).fill(ref))])
  ],
  ['branches-pull?prefix=', joined([encodeNames(names), encodeRefs([])])],
  ['branches-revisions?prefix=', joined([encodeNames(names), encodeRefs([ref])])],
  ['branches-has?prefix=', joined([encodeNames(names), encodeRefs([ref])])]
]

describe.each([
  ['in memory', () => ({})],
  ['over stores', () => stores({})]
] as const)('%s', (_kind, options) => {
  test.each(asks('any').map(([path], place) => [path, place] as const))(
    '%s asks for no more names than it has',
    async (_path, place) => {
      const db = await opened<Doc>(options())
      const ref = await fill(db, 300)
      const [path = '', body = new Uint8Array()] = asks(ref)[place] ?? []
      await ask(db, annas({}), path, body)
      const counts: Counts = {}
      await ask(db, annas(counts), path, body)
      for (const what of ['authorize', 'branches']) {
        expect(counts[what] ?? 0).toBeLessThanOrEqual(names.length)
      }
    }
  )
})

/** Stores of callbacks that can list keys, with how often each method of the branch store was called. */
function stores(calls: Counts) {
  const manner = manners.find(({ name }) => name === 'all methods')
  if (manner === undefined) throw new Error('there is no such manner')
  const { revisionStore, branchStore } = manner.make()
  const counted = new Proxy(branchStore, {
    get(store, key) {
      const method = Reflect.get(store, key)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        counting(calls, String(key))
        return Reflect.apply(method, store, args)
      }
    }
  })
  return { revisionStore, branchStore: counted }
}

test('over stores it lists no keys, and reads the heads of the names', async () => {
  const calls: Counts = {}
  const db = await opened<Doc>(stores(calls))
  const ref = await fill(db, 50)
  for (const [path, body] of asks(ref)) {
    for (const key of Object.keys(calls)) delete calls[key]
    await ask(db, annas({}), path, body)
    const { get = 0, ...others } = calls
    expect([path, others]).toEqual([path, {}])
    expect(get).toBeLessThanOrEqual(names.length)
  }
})

test('a deletion is told at the cost of the names, also where no other permitted branch is left', async () => {
  const db = createDB<Doc>()
  const ref = await fill(db, 2000)
  const named = encodeNames(['anna/gone', 'ben/gone', 'anna/none'])
  const body = joined([named, encodeRefs([ref, ref, ref])])
  const told = async () => {
    const counts: Counts = {}
    const bytes = await ask(db, annas(counts), 'branches-deleted?prefix=', body)
    expect(counts['authorize']).toBeLessThanOrEqual(3)
    return decodeBits(bytes, 3)
  }
  expect(await told()).toEqual([true, false, false])
  for (const name of ['anna/1', 'anna/2']) await db.deleteBranch(name)
  expect(await told()).toEqual([true, false, false])
})

test('an answer about names counts these', async () => {
  const db = createDB<Doc>()
  await fill(db, 10)
  const counted = async (named: readonly string[]) => {
    const body = joined([encodeNames(named), new Uint8Array()])
    const bytes = await ask(db, annas({}), 'branches?prefix=&what=names&follow=0', body)
    const [head = new Uint8Array()] = partsOf(bytes, 4)
    return (JSON.parse(Buffer.from(head).toString()) as { count: number }).count
  }
  expect(await counted(names)).toBe(2)
  expect(await counted(['ben/1'])).toBe(0)
  expect(await counted([])).toBe(0)
})
