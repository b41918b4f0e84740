/**
 * Stores as users write them, in the manners that a database must take: by callback or promise, at
 * once or late, with more or fewer methods, and each way to say that a key is missing.
 */

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BranchStore, type HeadSwap, type RevisionStore, refOf } from '../../ts/index.js'
import { opened, places } from '../contract/places.js'

/** A pair of stores with what a test can inspect. */
export interface UserStores {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
  /** Their contents. */
  readonly texts: Map<string, string>
  readonly values: Map<string, string>
  /** Ids deleted from the revision store; a database never deletes. */
  readonly deleted: string[]
}

/** How a pair of stores behaves. */
export interface Manner {
  readonly name: string
  /** Whether its branch store answers before its methods return. */
  readonly atOnce: boolean
  /** Whether it can list keys. */
  readonly lists: boolean
  readonly make: (kept?: Kept) => UserStores
}

/** The earlier contents of stores, for a database that is opened again. */
export type Kept = Pick<UserStores, 'texts' | 'values'>

type Answer = (error?: unknown, result?: unknown) => void
type Method = (...args: unknown[]) => unknown
type Work = (...args: unknown[]) => unknown

const missingErrors: Record<string, () => unknown> = {
  notFound: () => Object.assign(new Error('no value'), { notFound: true }),
  enoent: () => Object.assign(new Error('open failed'), { code: 'ENOENT' }),
  message: () => new Error('Key does not exist in the database')
}

/** An id that is a hash of the text, and not the built-in one. */
export function ownId(text: string): string {
  return `own-${createHash('sha256').update(text).digest('base64url')}`
}

interface Contents extends Kept {
  readonly deleted: string[]
}

function contents({ texts, values }: Kept = { texts: new Map(), values: new Map() }): Contents {
  return { texts, values, deleted: [] }
}

/** Stores over maps, of promises, whose ids are the built-in refs; no method more than a database needs. */
export function mapStores() {
  const texts = new Map<string, string>()
  const values = new Map<string, string>()
  const revisionStore = {
    put: (text: string) => Promise.resolve(texts.set(refOf(text), text) && refOf(text)),
    get: (id: string) => Promise.resolve(texts.get(id) ?? null)
  }
  const branchStore = {
    put: (key: string, value: string) => Promise.resolve(values.set(key, value)),
    get: (key: string) => Promise.resolve(values.get(key) ?? null),
    del: (key: string) => Promise.resolve(values.delete(key))
  }
  return { texts, revisionStore, branchStore }
}

function missing(): undefined {
  return undefined
}

interface Words {
  readonly idOf: (text: string) => string
  readonly missing: () => unknown
  readonly bytes: boolean
}

const plainWords: Words = { idOf: refOf, missing, bytes: false }

function works({ texts, values, deleted }: Contents, words: Words) {
  const found = (value: string | undefined) => {
    if (value === undefined) return words.missing()
    return words.bytes ? Buffer.from(value) : value
  }
  return {
    putText: (text: unknown) => {
      const id = words.idOf(String(text))
      texts.set(id, String(text))
      return id
    },
    getText: (id: unknown) => found(texts.get(String(id))),
    delText: (id: unknown) => {
      deleted.push(String(id))
      texts.delete(String(id))
    },
    putValue: (key: unknown, value: unknown) => {
      values.set(String(key), String(value))
    },
    getValue: (key: unknown) => found(values.get(String(key))),
    delValue: (key: unknown) => {
      values.delete(String(key))
    }
  } satisfies Record<string, Work>
}

/** Both stores with each method made of its work by `styled`. */
function stores(
  kept: Kept | undefined,
  words: Words,
  styled: (work: Work, operands: 1 | 2) => Method,
  get = 'get'
): UserStores {
  const all = contents(kept)
  const work = works(all, words)
  const revisionStore = {
    put: styled(work.putText, 1),
    [get]: styled(work.getText, 1),
    del: styled(work.delText, 1)
  }
  const branchStore = {
    put: styled(work.putValue, 2),
    [get]: styled(work.getValue, 1),
    del: styled(work.delValue, 1),
    keys: (prefix: string) => [...all.values.keys()].filter((key) => key.startsWith(prefix))
  }
  return { ...all, revisionStore: revisionStore as never, branchStore: branchStore as never }
}

/** Calls back at the time that `soon` chooses; reports a missing key as an error if it is an `Error`. */
function byCallback(soon: (call: () => void) => void): (work: Work, operands: 1 | 2) => Method {
  const run = (work: Work, args: unknown[], callback: Answer) => {
    soon(() => {
      const result = work(...args)
      if (result instanceof Error) callback(result)
      else callback(null, result)
    })
  }
  return (work, operands) =>
    operands === 1
      ? (one, callback) => run(work, [one], callback as Answer)
      : (one, two, callback) => run(work, [one, two], callback as Answer)
}

/** Returns promises. */
function byPromise(work: Work, operands: 1 | 2): Method {
  const run = async (args: unknown[]) => {
    await sleep(0)
    const result = work(...args)
    if (result instanceof Error) throw result
    return result
  }
  return operands === 1 ? (one) => run([one]) : (one, two) => run([one, two])
}

/** `async` methods that answer through their callback all the same. */
function byBoth(work: Work, operands: 1 | 2): Method {
  const run = async (args: unknown[], callback: Answer) => {
    await sleep(0)
    const result = work(...args)
    if (result instanceof Error) setImmediate(callback, result)
    else setImmediate(callback, null, result)
  }
  return operands === 1
    ? (one, callback) => run([one], callback as Answer)
    : (one, two, callback) => run([one, two], callback as Answer)
}

const atOnce = byCallback((call) => call())
const later = byCallback((call) => {
  setTimeout(call, 0)
})

/** The revisions that ids reach, breadth first, in reverse order: a database must accept any order. */
function ancestryIn(texts: Map<string, string>, ids: readonly string[], limit: number) {
  const pairs = new Map<string, string[]>()
  const frontier = [...ids]
  for (let next = frontier.shift(); next !== undefined; next = frontier.shift()) {
    const text = texts.get(next)
    if (text === undefined || pairs.has(next) || pairs.size >= limit + ids.length) continue
    const { ancestors } = JSON.parse(text) as { ancestors: string[] }
    pairs.set(next, ancestors)
    frontier.push(...ancestors)
  }
  return [...pairs].toReversed()
}

/** All that a store can have; several databases may share it. */
function full(kept: Kept | undefined, idOf: (text: string) => string): UserStores {
  const base = stores(kept, { ...plainWords, idOf, missing: () => null }, byPromise)
  const { texts, values } = base
  const extra = {
    idOf,
    putMany: async (given: readonly string[]) => {
      await sleep(0)
      for (const text of given) texts.set(idOf(text), text)
      return given.map(idOf)
    },
    getMany: async (ids: readonly string[]) => {
      await sleep(0)
      return ids.map((id) => texts.get(id) ?? null)
    },
    has: async (ids: readonly string[]) => {
      await sleep(0)
      return ids.map((id) => texts.has(id))
    },
    ancestry: async (ids: readonly string[], limit: number) => {
      await sleep(0)
      return ancestryIn(texts, ids, limit)
    }
  }
  const shared = {
    compareAndSwap: async (key: string, expected: string | null, value: string) => {
      await sleep(0)
      if ((values.get(key) ?? null) !== expected) return false
      values.set(key, value)
      return true
    },
    compareAndSwapMany: async (swaps: readonly HeadSwap[]) => {
      await sleep(0)
      const wrong = swaps.findIndex(({ key, expected }) => (values.get(key) ?? null) !== expected)
      if (wrong !== -1) return wrong
      for (const { key, value } of swaps) {
        if (value === null) values.delete(key)
        else values.set(key, value)
      }
      return -1
    },
    async *keys(prefix: string) {
      for (const key of [...values.keys()]) {
        await sleep(0)
        if (key.startsWith(prefix)) yield key
      }
    }
  }
  Object.assign(base.revisionStore, extra)
  Object.assign(base.branchStore, shared)
  return base
}

/** As `full`, told the ids of what it is to keep, and lists keys with their values. */
function named(kept: Kept | undefined): UserStores {
  const base = full(kept, refOf)
  const entries = async (prefix: string, after: string | null, limit: number) => {
    await sleep(0)
    const bytes = (key: string) => Buffer.from(key)
    return [...base.values]
      .filter(([key]) => key.startsWith(prefix))
      .filter(([key]) => after === null || bytes(after).compare(bytes(key)) < 0)
      .sort(([one], [other]) => bytes(one).compare(bytes(other)))
      .slice(0, limit)
  }
  Object.assign(base.branchStore, { entries })
  const putNamed = async (ids: readonly string[], texts: readonly string[]) => {
    await sleep(0)
    for (const [place, id] of ids.entries()) base.texts.set(id, texts[place] ?? '')
  }
  Object.assign(base.revisionStore, { putNamed })
  return base
}

/** The stores alone, as `createDB` takes them, without what a test knows beside them. */
export function only({
  revisionStore,
  branchStore
}: Pick<UserStores, 'revisionStore' | 'branchStore'>): Pick<
  UserStores,
  'revisionStore' | 'branchStore'
> {
  return { revisionStore, branchStore }
}

function manner(
  name: string,
  make: Manner['make'],
  { atOnce: answersAtOnce = false, lists = true } = {}
): Manner {
  return { name, make, atOnce: answersAtOnce, lists }
}

/** All manners; the ids of those whose name says so are not the built-in refs. */
export const manners: readonly Manner[] = [
  manner('callbacks at once', (kept) => stores(kept, plainWords, atOnce), { atOnce: true }),
  manner('late callbacks, notFound', (kept) =>
    stores(kept, { ...plainWords, missing: () => missingErrors['notFound']?.() }, later)
  ),
  manner('promises, null', (kept) =>
    stores(kept, { ...plainWords, missing: () => null }, byPromise)
  ),
  manner('promises, ENOENT', (kept) =>
    stores(kept, { ...plainWords, missing: () => missingErrors['enoent']?.() }, byPromise)
  ),
  manner('async with callbacks, a message', (kept) =>
    stores(kept, { ...plainWords, missing: () => missingErrors['message']?.() }, byBoth)
  ),
  manner(
    'read, bytes, at once',
    (kept) => stores(kept, { ...plainWords, bytes: true }, atOnce, 'read'),
    { atOnce: true }
  ),
  manner('all methods but putNamed and entries', (kept) => full(kept, refOf)),
  manner('all methods', named)
]

/** Manners whose ids are their own. */
export const ownManners: readonly Manner[] = [
  manner('own ids at once', (kept) => stores(kept, { ...plainWords, idOf: ownId }, atOnce), {
    atOnce: true
  }),
  manner('own ids, late', (kept) => stores(kept, { ...plainWords, idOf: ownId }, later)),
  manner('own ids, all methods', (kept) => full(kept, ownId))
]

/** Databases of all kinds, with how one is opened: in memory, on a path, over stores of each manner. */
export const kinds = [
  ...places,
  ...manners.map(({ name, make }) => {
    const open = async <T>(options = {}) => {
      const { revisionStore, branchStore } = make()
      return await opened<T>({ revisionStore, branchStore, ...options })
    }
    return [name, open] as const
  })
]
