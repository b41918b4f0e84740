/**
 * Rows by the numbers of the graph: the same as by refs, in the same order.
 *
 * Checked to fail: with the times not read, with lanes that are left where they were, and with numbers beyond the view's
 * graph.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { Bound, type Handle } from '../../ts/branch/handle.js'
import { createDB, type DB, type Ref } from '../../ts/index.js'
import { NumberedRows, RefRows, type RowSource } from '../../ts/page/row-source.js'
import { directEdges, Lanes } from '../../ts/rows/lanes.js'
import { tipsOf } from '../../ts/rows/tips.js'

/** A revision: its branch, the numbers of its ancestors, and its time. */
type Plan = readonly {
  readonly branch: number
  readonly ancestors: readonly number[]
  readonly time: number | undefined
}[]

const plans: fc.Arbitrary<Plan> = fc.array(
  fc.record({
    branch: fc.nat({ max: 3 }),
    ancestors: fc.array(fc.nat({ max: 40 }), { maxLength: 3 }),
    time: fc.option(fc.nat({ max: 50 }), { nil: undefined })
  }),
  { minLength: 1, maxLength: 40 }
)

async function planned(plan: Plan): Promise<DB<unknown>> {
  const db = createDB<unknown>()
  const refs: Ref[] = []
  for (const [at, { branch, ancestors, time }] of plan.entries()) {
    const below = [...new Set(ancestors.filter((ancestor) => ancestor < at))]
    const named = below.map((ancestor) => refs[ancestor] ?? '')
    const meta =
      time === undefined ? {} : { meta: { time: new Date(time * 1_000_000).toISOString() } }
    refs.push(await db.branch(`branch ${branch}`).put(at, named, meta))
  }
  return db
}

function handleOf(db: DB<unknown>): Handle {
  const handle = Bound.handleOf(db)
  if (handle === undefined) throw new Error('no database')
  return handle
}

/** The refs of all rows, in order. */
async function refsOf<K>(source: RowSource<K>): Promise<Ref[]> {
  const all: Ref[] = []
  for await (const part of source.parts()) {
    all.push(...(await source.refs(part.map(({ ref }) => ref))))
  }
  return all
}

test('rows by number are those by ref', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      await using db = await planned(plan)
      const { refs: tips } = await tipsOf(db)
      const numbered = new NumberedRows(handleOf(db), tips)
      const refs = await refsOf(numbered)
      expect(refs).toEqual(await refsOf(new RefRows(db as DB, handleOf(db), tips)))
      for (const ref of refs) {
        const number = await numbered.keyOf(ref)
        expect(await numbered.refs([number ?? -1])).toEqual([ref])
        const [row] = await numbered.rows([number ?? -1])
        expect(row?.header.ref).toBe(ref)
        expect(await numbered.refs(row?.ancestors ?? [])).toEqual(await db.ancestors(ref))
      }
      numbered.close()
    }),
    { numRuns: 100 }
  )
})

test('passing a row leaves the lanes as drawing it does', () => {
  const rows = fc.array(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }), {
    maxLength: 30
  })
  fc.assert(
    fc.property(rows, (distances) => {
      const [drawn, passed] = [new Lanes<number>(), new Lanes<number>()]
      for (const [at, each] of distances.entries()) {
        const ancestors = [...new Set(each)].map((distance) => at + distance)
        drawn.row(at, directEdges(ancestors))
        passed.pass(at, ancestors)
        expect(passed.state).toEqual(drawn.state)
      }
    }),
    { numRuns: 500 }
  )
})

async function onDisk(): Promise<DB<unknown>> {
  const path = join(mkdtempSync(join(tmpdir(), 'histo-rows-')), 'db')
  const db = await createDB<unknown>({ path, log: false }).ready()
  onTestFinished(async () => {
    await db.close()
    rmSync(join(path, '..'), { recursive: true })
  })
  return db
}

test('numbers stay those of the view while revisions are deleted, compacted and written', async () => {
  const db = await onDisk()
  const old = await db.branch('old').putMany(Array.from({ length: 50 }, (_, data) => ({ data })))
  const kept = await db.putMany(Array.from({ length: 50 }, (_, at) => ({ data: -at - 1 })))
  const { refs: tips } = await tipsOf(db)
  const source = new NumberedRows(handleOf(db), tips)
  const before = await refsOf(source)
  expect(before).toHaveLength(100)
  await db.deleteBranch('old')
  await db.prune({ grace: 0 }) // finds them
  await db.prune({ grace: 0 })
  await db.compact()
  expect(await db.has([old[3] ?? ''])).toEqual([false])
  const again = await db.branch('again').putMany([{ data: 'new' }])
  expect(await source.keyOf(again[0] ?? '')).toBeNull()
  for (const ref of kept) {
    const number = await source.keyOf(ref)
    expect(await source.refs([number ?? -1])).toEqual([ref])
  }
})

test('rows end where history was cut away', async () => {
  const db = await onDisk()
  const refs = await db.putMany(Array.from({ length: 30 }, (_, data) => ({ data })))
  await db.prune({ horizon: { depth: 10 }, grace: 0, force: true })
  const tips = [refs.at(-1) ?? '']
  const numbered = await refsOf(new NumberedRows(handleOf(db), tips))
  expect(numbered.length).toBeLessThan(30)
  expect(numbered).toEqual(await refsOf(new RefRows(db as DB, handleOf(db), tips)))
})

test('rows that were dropped are refused, not read', async () => {
  const db = await onDisk()
  const ref = await db.put(1)
  const source = new NumberedRows(handleOf(db), [ref])
  const number = await source.keyOf(ref)
  source.close()
  await expect(source.refs([number ?? 0])).rejects.toMatchObject({ status: 410 })
})
