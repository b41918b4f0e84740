/**
 * `prune` where moves are not logged: with `log: false`, and over stores that keep no log. The moves before keep nothing.
 *
 * Checked to fail: with `log: false` ignored in `StoredHeads.logs`, and in the constructor of `ts/embedded/engine.ts`; and
 * without `loggedSince` in `ts/store/prune.ts`.
 */

import { MemoryLevel } from 'memory-level'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CreateOptions, DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { failureOf, folder, opened } from '../contract/places.js'
import { loggingStores } from '../support/logging-stores.js'
import { manners, only, type UserStores } from '../support/user-stores.js'

const day = 86_400_000
const start = 20_000 * day
const at = (days: number) => void vi.setSystemTime(start + days * day)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  at(0)
})
afterEach(() => void vi.useRealTimers())

type Stores = Pick<UserStores, 'revisionStore' | 'branchStore'>

/** Adds the lists of keys that a prune needs. */
function listing(stores: Stores, texts: Map<string, string>, values: Map<string, string>): Stores {
  Object.assign(stores.revisionStore, { keys: () => [...texts.keys()] })
  const keys = (prefix: string) => [...values.keys()].filter((key) => key.startsWith(prefix))
  Object.assign(stores.branchStore, { keys })
  return stores
}

function logging(): Stores {
  const { stores, kept } = loggingStores()
  return listing(stores, kept.texts, kept.values)
}

function plain(make: () => UserStores): Stores {
  const stores = make()
  return listing(only(stores), stores.texts, stores.values)
}

const withoutLog: readonly (readonly [string, () => CreateOptions])[] = [
  ['memory', () => ({ log: false })],
  ['a path', () => ({ path: folder(), log: false })],
  ['levels', () => ({ ...levelStores(new MemoryLevel()), log: false })],
  ['stores with a log that is not used', () => ({ ...logging(), log: false })],
  ...manners
    .filter(({ lists }) => lists)
    .map(({ name, make }) => [`stores without a log: ${name}`, () => plain(make)] as const)
]

describe.each(withoutLog)('over %s', (_kind, options) => {
  const some = async () => {
    const db = await opened<string>(options())
    const first = await db.put('first', [])
    const second = await db.put('second', [])
    return { db, first, second }
  }

  test('what a head left is deleted a grace after it was first found, and nothing else is', async () => {
    const { db, first, second } = await some()
    const draft = await db.branch('draft').put('draft', [second])
    await db.deleteBranch('draft')
    const aside = await db.put('aside', [], { moveHead: false })
    const [theirs, own] = [await db.put('theirs', [aside]), await db.put('own', [])]
    await db.setHead(second)
    await db.setRemoteHead('elsewhere', theirs)
    expect(['HISTO_NOT_FOUND', 'HISTO_STORE']).toContain((await failureOf(db.undo())).code)
    expect(db.head()).toBe(second)
    const all = [first, second, draft, aside, theirs, own]
    const prune = () => db.prune({ grace: day, keep: own })
    expect(await prune()).toMatchObject({ deleted: 0, waiting: 2 })
    at(1 - 1 / day)
    expect(await prune()).toMatchObject({ deleted: 0, waiting: 2 })
    at(1)
    expect(await prune()).toMatchObject({ deleted: 2, waiting: 0 })
    expect(await db.has(all)).toEqual([false, true, false, true, true, true])
    expect(await db.verify()).toMatchObject({ ok: true })
  })

  test('what a head names again in between stays, and its grace starts anew when it is left again', async () => {
    const { db, first, second } = await some()
    await db.prune({ grace: day })
    at(2)
    await db.setHead(first)
    expect(await db.prune({ grace: day })).toMatchObject({ deleted: 0, waiting: 1 })
    await db.setHead(second)
    expect(await db.prune({ grace: day })).toMatchObject({ deleted: 0, waiting: 1 })
    at(3)
    expect(await db.prune({ grace: day })).toMatchObject({ deleted: 1, waiting: 0 })
    expect(await db.has([first, second])).toEqual([false, true])
  })
})

const keptLogs: readonly (readonly [string, () => CreateOptions])[] = [
  ['a path', () => ({ path: folder() })],
  ['levels', () => levelStores(new MemoryLevel())],
  ['stores with a log', logging]
]

// A mark is as old as a move only where the clock was behind when it was found.
test.each(keptLogs)(
  'over %s moves that were logged before keep what they name, and later moves do not',
  async (_kind, options) => {
    const place = options()
    const before: DB<string> = await opened(place)
    const [first, second] = [await before.put('first', []), await before.put('second', [])]
    await before.close()
    const db: DB<string> = await opened({ ...place, log: false })
    const [third, fourth] = [await db.put('third', []), await db.put('fourth', [])]
    const all = [first, second, third, fourth]
    const grace = 10 * day
    at(-5)
    expect(await db.prune({ grace })).toMatchObject({ deleted: 0, waiting: 3 })
    at(6)
    expect(await db.prune({ grace })).toMatchObject({ deleted: 1, waiting: 2 })
    expect(await db.has(all)).toEqual([true, true, false, true])
    at(10)
    expect(await db.prune({ grace })).toMatchObject({ deleted: 2, waiting: 0 })
    expect(await db.has(all)).toEqual([false, false, false, true])
  }
)
