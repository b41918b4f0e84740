/** The same calls have the same answers and errors in memory, on a path, in a level and over stores of users. */

import { MemoryLevel } from 'memory-level'
import { expect, test } from 'vitest'
import { levelStores } from '../../ts/level-entry.js'
import { collect, type Open, opened, places, unknownRef } from '../contract/places.js'
import { loggingStores } from '../support/logging-stores.js'

const overLevel: Open = (options) => opened({ ...levelStores(new MemoryLevel()), ...options })
const overStores: Open = (options) => opened({ ...loggingStores().stores, ...options })
const kinds = [...places, ['a level', overLevel], ['stores of users', overStores]] as const

const fields = ['name', 'code', 'message', 'ref', 'key', 'index', 'head', 'expected', 'retryable']

/** What a call answers, or the fields of its error. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await call }
  } catch (error) {
    return Object.fromEntries(fields.map((name) => [name, Reflect.get(error as Error, name)]))
  }
}

/** The outcomes of the same calls over each kind. */
async function outcomes(run: (open: Open) => Promise<unknown>): Promise<unknown[]> {
  return await Promise.all(kinds.map(([, open]) => outcomeOf(run(open))))
}

async function expectSame(run: (open: Open) => Promise<unknown>, outcome: object): Promise<void> {
  const all = await outcomes(run)
  expect(all[0]).toMatchObject(outcome)
  for (const [at, other] of all.entries()) expect(other, kinds[at]?.[0]).toEqual(all[0])
}

test.each(['undo', 'redo'] as const)('too many steps of %s name the branch', async (way) => {
  await expectSame(
    async (open) => {
      const db = await open()
      return await db.branch('draft')[way]({ steps: 3 })
    },
    { code: 'HISTO_NOT_FOUND', key: 'draft' }
  )
})

test('a batch is logged in the order in which its branches moved', async () => {
  await expectSame(
    async (open) => {
      const db = await open()
      const ref = await db.put(1)
      await db.branch('b').setHead(ref)
      await db.batch([
        { type: 'setHead', branch: 'b', ref }, // stays
        { type: 'setHead', branch: 'a', ref },
        { type: 'deleteBranch', branch: 'b' }
      ])
      return (await collect(db.log({ limit: 2 }))).map(({ branch }) => branch)
    },
    { answer: ['b', 'a'] }
  )
})

test('restore looks for the revision before it looks at the head', async () => {
  await expectSame(
    async (open) => {
      const db = await open()
      const first = await db.put(1)
      await db.put(2)
      return await db.restore(unknownRef, { previousHead: first })
    },
    { code: 'HISTO_NOT_FOUND', ref: unknownRef }
  )
})

test('diff looks for both revisions before it looks at their data', async () => {
  await expectSame(
    async (open) => {
      const db = await open()
      return await db.diff(await db.put(new Uint8Array(2)), unknownRef)
    },
    { code: 'HISTO_NOT_FOUND', ref: unknownRef }
  )
})

test.each([
  ['', {}],
  [' that claims a ref', { ref: unknownRef }]
])('what a stream has%s after an ancestor of another form is missing it', async (_what, more) => {
  await expectSame(
    async (open) => {
      const db = await open()
      await db.writeStream([{ data: 1, ancestors: ['no built-in ref'], ...more }])
    },
    { code: 'HISTO_MISSING_ANCESTOR', ref: 'no built-in ref' }
  )
})
