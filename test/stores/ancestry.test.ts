/** Stores that tell ancestry: questions to the graph in few calls, and answers that make no sense. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { type Manner, manners } from '../support/user-stores.js'

const full = manners.at(-1) as Manner

/** A line of a number of revisions, and a database that has read none of them. */
async function line(count: number) {
  const { revisionStore, branchStore } = full.make()
  const first = await createDB<number>({ revisionStore, branchStore }).ready()
  const refs = await first.putMany(Array.from({ length: count }, (_, data) => ({ data })))
  await first.close()
  const db = await createDB<number>({ revisionStore, branchStore }).ready()
  return { db, refs, revisionStore }
}

test('a difference is read in round trips of the logarithm of its size', async () => {
  const { db, refs, revisionStore } = await line(3000)
  const limits: number[] = []
  const ancestry = revisionStore.ancestry?.bind(revisionStore)
  revisionStore.ancestry = (ids, limit, callback) => {
    limits.push(limit)
    return ancestry?.(ids, limit, callback)
  }
  const tip = refs.at(-1) ?? ''
  expect(await db.refDifference(refs[1999] ?? '', tip)).toEqual(refs.slice(2000).toReversed())
  expect(limits.length).toBeLessThan(8)
  expect(limits).toEqual(limits.toSorted((one, other) => one - other))
  await db.close()
})

test('an ancestor that ancestry does not know is missing', async () => {
  const { db, revisionStore } = await line(3)
  const nothing: unknown[] = []
  Reflect.set(revisionStore, 'ancestry', () => Promise.resolve(nothing))
  await expect(db.isAncestor('no such ref', db.head() ?? '')).rejects.toMatchObject({
    code: 'HISTO_NOT_FOUND'
  })
  await db.close()
})

test.each([[undefined], [7], ['text'], [[7]], [[['a']]], [[['a', [7]]]], [[['a', ['']]]]])(
  'ancestry that answers %o is HISTO_STORE',
  async (answer) => {
    const { db, refs, revisionStore } = await line(3)
    Reflect.set(revisionStore, 'ancestry', () => Promise.resolve(answer))
    const asked = db.isAncestor(refs[0] ?? '', refs[2] ?? '')
    await expect(asked).rejects.toMatchObject({ code: 'HISTO_STORE' })
    await db.close()
  }
)

test('ancestry that lies about a cycle is HISTO_CORRUPT', async () => {
  const { db, refs, revisionStore } = await line(3)
  const [one = '', two = ''] = refs
  const cycle = [
    [one, [two]],
    [two, [one]]
  ]
  Reflect.set(revisionStore, 'ancestry', () => Promise.resolve(cycle))
  const asked = db.refDifference(null, two)
  await expect(asked).rejects.toMatchObject({ code: 'HISTO_CORRUPT' })
  await db.close()
})
