/** Random graphs: what is answered about them is what sets of ancestors say. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { Model } from '../../ts/suite/model.js'
import { collect, places, refOf } from './places.js'

/** Each revision's ancestors, as distances back; those that lead nowhere are left out. */
const shape = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }) }
  ),
  { minLength: 2, maxLength: 40 }
)
const pick = fc.nat({ max: 1000 })

function dagOf(distances: readonly number[][]): Model<number> {
  const dag = new Model<number>()
  const refs: string[] = []
  for (const [n, back] of distances.entries()) {
    const ancestors = back.flatMap((distance) => refs[n - distance] ?? [])
    const ref = refOf(n, ancestors)
    dag.put(ref, n, ancestors)
    refs.push(ref)
  }
  return dag
}

async function write(db: DB<number>, dag: Model<number>): Promise<void> {
  const items = [...dag.revisions.values()]
  expect(await db.putMany(items)).toEqual([...dag.revisions.keys()])
}

function expectNewestFirst(dag: Model<number>, order: readonly string[]): void {
  for (const [n, ref] of order.entries()) {
    const reached = dag.reach(ref)
    const early = order.slice(0, n).find((other) => reached.has(other))
    expect(early, `${early} stands before its descendant ${ref}`).toBeUndefined()
  }
}

async function ask(db: DB<number>, dag: Model<number>, picks: readonly [number, number, number][]) {
  const refs = [...dag.revisions.keys()]
  for (const picked of picks) {
    const [a = '', b = '', c = ''] = picked.map((n) => refs[n % refs.length])
    const bases = dag.bases(a, b)
    expect(await db.mergeBases(a, b)).toEqual(bases)
    expect(await db.commonAncestor(a, b)).toBe(bases[0] ?? null)
    expect(await db.isAncestor(a, b)).toBe(dag.reach(b).has(a))
    expect(await db.ancestors(a)).toEqual(dag.revisions.get(a)?.ancestors)
    const difference = await db.refDifference([a, c], b)
    expect(difference.toSorted()).toEqual(dag.difference([a, c], b))
    expectNewestFirst(dag, difference)
    const history = (await collect(db.history(b, { until: a }))).map(({ ref }) => ref)
    expect(history.toSorted()).toEqual((await db.refDifference(a, b)).toSorted())
    expectNewestFirst(dag, history)
  }
}

const cases = { memory: 150, 'a path': 25 } as Record<string, number>

describe.each(places)('over %s', (place, open) => {
  test('random graphs are answered as sets of ancestors say', async () => {
    const picks = fc.array(fc.tuple(pick, pick, pick), { minLength: 10, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(shape, picks, async (distances, questions) => {
        const dag = dagOf(distances)
        const db = await open<number>({ durability: 'relaxed' })
        await write(db, dag)
        await ask(db, dag, questions)
        await db.close()
      }),
      { numRuns: cases[place] ?? 0 }
    )
  })

  test('a graph that a stream wrote in another order gives the same answers', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.integer(), async (distances, seed) => {
        const dag = dagOf(distances)
        const db = await open<number>({ durability: 'relaxed' })
        const items = [...dag.revisions].map(([ref, revision]) => ({ ref, ...revision }))
        const key = (data: number) => Math.imul(data + 1, seed | 1) >>> 0
        await db.writeStream(items.toSorted((a, b) => key(a.data) - key(b.data)))
        await ask(
          db,
          dag,
          items.map((_, n) => [n, seed >>> 3, n * 7 + 3])
        )
        await db.close()
      }),
      { numRuns: Math.ceil((cases[place] ?? 0) / 3) }
    )
  })
})
