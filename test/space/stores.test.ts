/** `prune` over stores of the user's: through `keys` and `del`, and not without them. */

import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB, type DB, refOf } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { only } from '../support/user-stores.js'

const now = { grace: 0 }

/** Two stores over maps, with all that pruning needs; `deleted` has what was deleted, in order. */
function mapStores() {
  const texts = new Map<string, string>()
  const values = new Map<string, string>()
  const deleted: string[] = []
  const revisionStore = {
    put: async (text: string) => {
      await turn()
      const ref = refOf(text)
      texts.set(ref, text)
      return ref
    },
    get: async (ref: string) => texts.get(ref),
    del: async (ref: string) => {
      await turn()
      deleted.push(ref)
      texts.delete(ref)
    },
    async *keys() {
      yield* [...texts.keys()]
    }
  }
  const branchStore = {
    put: async (key: string, value: string) => void values.set(key, value),
    get: async (key: string) => values.get(key),
    del: async (key: string) => void values.delete(key),
    async *keys(prefix: string) {
      await turn()
      for (const key of [...values.keys()]) if (key.startsWith(prefix)) yield key
    }
  }
  return { revisionStore, branchStore, texts, values, deleted }
}

async function withGarbage(db: DB) {
  const kept = [await db.put('a'), await db.put('b')]
  const side = db.branch('side')
  await side.setHead(kept[0] ?? '')
  const lost = [await side.put('lost 0'), await side.put('lost 1')]
  await db.deleteBranch('side')
  return { kept, lost }
}

test('the first prune finds what the second deletes, descendants first', async () => {
  const stores = mapStores()
  await using db = createDB(only(stores))
  const { kept, lost } = await withGarbage(db)
  expect(await db.prune(now)).toEqual({ deleted: 0, waiting: 2, bytes: 0 })
  expect(await db.prune({ ...now, dryRun: true })).toEqual({ deleted: 2, waiting: 0, bytes: 16 })
  expect(stores.deleted).toEqual([])
  expect(await db.prune(now)).toEqual({ deleted: 2, waiting: 0, bytes: 16 })
  expect(stores.deleted).toEqual(lost.toReversed())
  expect(await db.has([...kept, ...lost])).toEqual([true, true, false, false])
  expect((await failureOf(db.isAncestor(lost[0] ?? '', kept[1] ?? ''))).code).toBe(
    'HISTO_NOT_FOUND'
  )
  expect(await db.refDifference(null, kept[1] ?? '')).toEqual(kept.toReversed())
  expect(stores.values.has('unreached')).toBe(false)
})

test('onFound names revisions before they are deleted, and if it throws all stay', async () => {
  const stores = mapStores()
  await using db = createDB(only(stores))
  const { lost } = await withGarbage(db)
  await db.prune(now)
  const thrown = new Error('enough')
  const failing = () => {
    throw thrown
  }
  await expect(db.prune({ ...now, onFound: failing })).rejects.toBe(thrown)
  expect(stores.deleted).toEqual([])
  const named: [string, number][] = []
  await db.prune({ ...now, onFound: (ref) => named.push([ref, stores.deleted.length]) })
  expect(named).toEqual(lost.toReversed().map((ref) => [ref, 0]))
})

test('marks outlast the database object, and the grace holds', async () => {
  const stores = mapStores()
  const first = createDB(only(stores))
  await withGarbage(first)
  await first.prune()
  await first.close()
  await using second = createDB(only(stores))
  expect(await second.prune()).toEqual({ deleted: 0, waiting: 2, bytes: 0 })
  expect(await second.prune({ grace: 60_000 })).toEqual({ deleted: 0, waiting: 2, bytes: 0 })
  expect(await second.prune(now)).toMatchObject({ deleted: 2 })
})

test('marks later than now count as now, and marks that are no times as none', async () => {
  const stores = mapStores()
  await using db = createDB(only(stores))
  const { lost } = await withGarbage(db)
  const [ahead = '', broken = ''] = lost
  const year = 365 * 86_400_000
  stores.values.set('unreached', JSON.stringify({ [ahead]: Date.now() + year, [broken]: 'soon' }))
  expect(await db.prune({ grace: 60_000 })).toMatchObject({ deleted: 0, waiting: 2 })
  const marks = JSON.parse(stores.values.get('unreached') ?? '') as Record<string, number>
  for (const ref of lost) expect(Math.abs((marks[ref] ?? 0) - Date.now())).toBeLessThan(60_000)
  expect(await db.prune(now)).toMatchObject({ deleted: 2 })
})

test('remote heads, `keep` and younger revisions keep what they reach', async () => {
  const stores = mapStores()
  await using db = createDB(only(stores))
  const root = await db.put('root')
  const [a = '', b = '', c = ''] = await Promise.all(
    ['a', 'b', 'c'].map((data) => db.put(data, [root], { moveHead: false }))
  )
  await db.setRemoteHead('elsewhere', a)
  await db.prune({ ...now, keep: b })
  const child = await db.put('child', [c], { moveHead: false })
  expect(await db.prune({ ...now, keep: [b] })).toEqual({ deleted: 0, waiting: 2, bytes: 0 })
  expect(await db.has([root, a, b, c, child])).toEqual([true, true, true, true, true])
  expect(await db.prune({ ...now, keep: b })).toMatchObject({ deleted: 2 })
  expect(await db.has([root, a, b, c, child])).toEqual([true, true, true, false, false])
})

test('a deletion that fails half-way leaves nothing dangling, and the next prune continues', async () => {
  const stores = mapStores()
  let left = 1
  const { del } = stores.revisionStore
  stores.revisionStore.del = async (ref) => {
    if (left-- <= 0) throw new Error('no more')
    await del(ref)
  }
  await using db = createDB(only(stores))
  const { lost } = await withGarbage(db)
  await db.prune(now)
  expect(await failureOf(db.prune(now))).toMatchObject({ code: 'HISTO_STORE', ref: lost[0] })
  expect(await db.has(lost)).toEqual([true, false])
  left = 1
  expect(await db.prune(now)).toMatchObject({ deleted: 1 })
})

test('a history with a gap is not pruned: what it reaches beyond the gap is unknown', async () => {
  const stores = mapStores()
  await using db = createDB({ ...only(stores), cacheRevisions: 0 })
  const { kept } = await withGarbage(db)
  stores.texts.delete(kept[0] ?? '')
  expect(await failureOf(db.prune(now))).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: kept[0] })
  expect(stores.deleted).toEqual([])
})

test.each([
  ['revisionStore', 'keys', 'revisionStore.keys'],
  ['revisionStore', 'del', 'revisionStore.del'],
  ['branchStore', 'keys', 'branchStore.keys']
] as const)('without %s.%s it is HISTO_STORE, which says so', async (store, method, named) => {
  const stores = mapStores()
  Reflect.deleteProperty(stores[store], method)
  await using db = createDB(only(stores))
  await db.put('data')
  const failure = await failureOf(db.prune())
  expect(failure.code).toBe('HISTO_STORE')
  expect(failure.message).toContain(named)
})

test('erase and compact are refused over stores of your own', async () => {
  await using db = createDB(only(mapStores()))
  const ref = await db.put('data')
  expect(await failureOf(db.erase(ref))).toMatchObject({ code: 'HISTO_STORE', ref })
  expect(await failureOf(db.compact())).toMatchObject({ code: 'HISTO_STORE' })
  expect(await db.get(ref)).toBe('data')
})

test('a horizon is refused, and nothing is deleted', async () => {
  const stores = mapStores()
  await using db = createDB(only(stores))
  const { kept } = await withGarbage(db)
  const pruned = db.prune({ ...now, horizon: { depth: 1 } })
  expect(await failureOf(pruned)).toMatchObject({ code: 'HISTO_STORE' })
  expect(await db.has(kept)).toEqual([true, true])
  expect(stores.deleted).toEqual([])
})
