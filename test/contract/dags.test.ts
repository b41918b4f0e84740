/** Random graphs: what is answered about them is what sets of ancestors say. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
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

interface Dag {
  refs: string[]
  ancestors: Map<string, string[]>
  /** Everything that a revision reaches, itself too. */
  reach: Map<string, Set<string>>
}

function dagOf(distances: readonly number[][]): Dag {
  const dag: Dag = { refs: [], ancestors: new Map(), reach: new Map() }
  for (const [n, back] of distances.entries()) {
    const ancestors = back.flatMap((distance) => dag.refs[n - distance] ?? [])
    const ref = refOf(n, ancestors)
    const reach = new Set([ref])
    for (const ancestor of ancestors) {
      for (const reached of dag.reach.get(ancestor) ?? []) reach.add(reached)
    }
    dag.refs.push(ref)
    dag.ancestors.set(ref, ancestors)
    dag.reach.set(ref, reach)
  }
  return dag
}

function basesOf({ reach }: Dag, left: string, right: string): string[] {
  const common = [...(reach.get(left) ?? [])].filter((ref) => reach.get(right)?.has(ref))
  const best = common.filter(
    (ref) => !common.some((other) => other !== ref && reach.get(other)?.has(ref))
  )
  return best.toSorted()
}

async function write(db: DB<number>, dag: Dag): Promise<void> {
  const items = dag.refs.map((ref, data) => ({ data, ancestors: dag.ancestors.get(ref) ?? [] }))
  expect(await db.putMany(items)).toEqual(dag.refs)
}

function expectNewestFirst(dag: Dag, order: readonly string[]): void {
  for (const [n, ref] of order.entries()) {
    const early = order.slice(0, n).find((other) => dag.reach.get(ref)?.has(other))
    expect(early, `${early} stands before its descendant ${ref}`).toBeUndefined()
  }
}

async function ask(db: DB<number>, dag: Dag, picks: readonly [number, number, number][]) {
  for (const picked of picks) {
    const [a = '', b = '', c = ''] = picked.map((n) => dag.refs[n % dag.refs.length])
    const bases = basesOf(dag, a, b)
    expect(await db.mergeBases(a, b)).toEqual(bases)
    expect(await db.commonAncestor(a, b)).toBe(bases[0] ?? null)
    expect(await db.isAncestor(a, b)).toBe(dag.reach.get(b)?.has(a))
    expect(await db.ancestors(a)).toEqual(dag.ancestors.get(a))
    const difference = await db.refDifference([a, c], b)
    const without = new Set([...(dag.reach.get(a) ?? []), ...(dag.reach.get(c) ?? [])])
    const expected = [...(dag.reach.get(b) ?? [])].filter((ref) => !without.has(ref))
    expect(difference.toSorted()).toEqual(expected.toSorted())
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

  test('a graph that a stream brought in another order has the same answers', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.integer(), async (distances, seed) => {
        const dag = dagOf(distances)
        const db = await open<number>({ durability: 'relaxed' })
        const items = dag.refs.map((ref, data) => ({
          ref,
          ancestors: dag.ancestors.get(ref) ?? [],
          data
        }))
        const key = (data: number) => Math.imul(data + 1, seed | 1) >>> 0
        await db.writeStream(items.toSorted((a, b) => key(a.data) - key(b.data)))
        await ask(
          db,
          dag,
          dag.refs.map((_, n) => [n, seed >>> 3, n * 7 + 3])
        )
        await db.close()
      }),
      { numRuns: Math.ceil((cases[place] ?? 0) / 3) }
    )
  })
})
