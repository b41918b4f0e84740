/** Two databases over one pair of stores, and how much is read of a long history. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { type Manner, manners } from '../support/user-stores.js'

const full = manners.at(-1) as Manner

async function pair() {
  const { revisionStore, branchStore } = full.make()
  const one = await createDB<number>({ revisionStore, branchStore }).ready()
  const two = await createDB<number>({ revisionStore, branchStore }).ready()
  return { one, two, close: () => Promise.all([one.close(), two.close()]) }
}

test('all concurrent puts of two databases are reachable', async () => {
  const { one, two, close } = await pair()
  expect(one.name).toBe(two.name)
  const refs = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? one : two).put(n)))
  const head = await new Promise<string | null>((resolve) => {
    one.head((_error, ref) => resolve(ref ?? null))
  })
  const reached = await one.refDifference(null, head ?? '')
  expect(reached.toSorted()).toEqual(expect.arrayContaining(refs.toSorted()))
  await close()
})

test('update and merge by two at once lose nothing', async () => {
  const { one, two, close } = await pair()
  await one.put(0)
  const adds = Array.from({ length: 20 }, (_, n) =>
    (n % 2 ? one : two).update((data) => (data ?? 0) + 1)
  )
  await Promise.all(adds)
  expect(await one.get()).toBe(20)
  const base = (await one.refDifference(null, await one.put(100))).at(-1) ?? ''
  const tips = await Promise.all(
    [1000, 2000, 3000, 4000].map((n) => one.put(n, [base], { moveHead: false }))
  )
  const merges = tips.map((tip, n) =>
    (n % 2 ? one : two).merge(tip, ({ ours, theirs }) => ours + theirs)
  )
  await Promise.all(merges)
  expect(await two.get()).toBe(10_100)
  await close()
})

test('a small difference at the tip of a long history reads little of it', async () => {
  const revisions = 5_000
  const { revisionStore, branchStore, texts, values } = (manners[0] as Manner).make()
  const db = await createDB<number>({ revisionStore, branchStore }).ready()
  const refs = await db.putMany(Array.from({ length: revisions }, (_, n) => ({ data: n })))
  await db.close()
  const again = (manners[0] as Manner).make({ texts, values })
  let reads = 0
  const get = again.revisionStore.get as (...args: unknown[]) => unknown
  Reflect.set(again.revisionStore, 'get', (...args: [unknown, unknown]) => {
    reads += 1
    return Reflect.apply(get, again.revisionStore, args)
  })
  const { revisionStore: counted, branchStore: heads } = again
  await using reopened = await createDB<number>({
    revisionStore: counted,
    branchStore: heads
  }).ready()
  const difference = await reopened.refDifference(refs.at(-4) ?? '', refs.at(-1) ?? '')
  expect(difference).toEqual(refs.slice(-3).toReversed())
  expect(reads).toBeLessThan(20)
})
