/**
 * Questions to the graph of a database on PostgreSQL: how many round trips they take, a millisecond
 * each, on a history as a lively project has it. `HISTO_LONG=1`: of a million revisions.
 */

import { describe, expect, test } from 'vitest'
import { createDB, refOf } from '../../ts/index.js'
import { type PgPool, postgresStores } from '../../ts/postgres-entry.js'
import { Model } from '../../ts/suite/model.js'
import { Random } from '../../ts/suite/random.js'
import { isThere, poolOf, schemaOf } from './postgres.js'

const isLong = process.env['HISTO_LONG'] === '1'
const revisions = isLong ? 1_000_000 : 20_000
const mostRoundTrips = 20

/** One or two ancestors among the thirty before; the texts go to the store as they are. */
async function bushy(model: Model, put: (texts: string[]) => Promise<unknown>): Promise<void> {
  const random = new Random(1)
  const near: string[] = []
  let texts: string[] = []
  for (let number = 0; number < revisions; number += 1) {
    const picked = [random.of(near), random.of(near)].slice(0, 1 + random.below(2))
    const ancestors = [...new Set(picked.filter((ref) => ref !== undefined))]
    const data = `{"number":${number},"text":"${'x'.repeat(180)}"}`
    const text = `{"ancestors":${JSON.stringify(ancestors)},"data":${data}}`
    const ref = refOf(text)
    model.put(ref, null, ancestors)
    near.push(ref)
    if (near.length > 30) near.shift()
    texts.push(text)
    if (texts.length < 4000 && number < revisions - 1) continue
    await put(texts)
    texts = []
  }
}

/** Lists by their length. */
function short(_key: string, value: unknown): unknown {
  return Array.isArray(value) ? value.length : value
}

/** A pool whose statements take a millisecond more, and are counted. */
function counted(pool: PgPool) {
  const counter = { trips: 0 }
  const slow: PgPool = {
    connect: () => pool.connect(),
    query: async (text, values) => {
      counter.trips += 1
      await new Promise((resolve) => setTimeout(resolve, 1))
      return await pool.query(text, values)
    }
  }
  return { counter, slow }
}

describe.runIf(isThere)('on PostgreSQL', () => {
  test(
    `questions about the last thousand of ${revisions} take at most ${mostRoundTrips} round trips`,
    async () => {
      const options = { schema: schemaOf() }
      const pool = poolOf()
      const { revisionStore } = postgresStores(pool, options)
      const model = new Model()
      await bushy(model, async (texts) => await revisionStore.putMany?.(texts, () => undefined))
      const refs = [...model.revisions.keys()]
      const { counter, slow } = counted(pool)
      const asked = async <R>(ask: (db: ReturnType<typeof createDB>) => Promise<R>) => {
        const db = await createDB(postgresStores(slow, options)).ready()
        counter.trips = 0
        const start = performance.now()
        const answer = await ask(db)
        const took = performance.now() - start
        await db.close()
        return { answer, trips: counter.trips, took }
      }
      const [from = '', to = ''] = [refs.at(-1001), refs.at(-1)]
      const expected = model.difference([from], to)
      const difference = await asked((db) => db.refDifference(from, to))
      const bases = await asked((db) => db.mergeBases(refs.at(-900) ?? '', to))
      const isAncestor = await asked((db) => db.isAncestor(from, to))
      if (isLong)
        process.stderr.write(`${JSON.stringify({ difference, bases, isAncestor }, short)}\n`)
      expect(difference.answer.toSorted()).toEqual(expected.toSorted())
      expect(expected.length).toBeGreaterThan(300)
      expect(bases.answer.length).toBeGreaterThan(0)
      expect(isAncestor.answer).toBe(model.reach(to).has(from))
      for (const { trips } of [difference, bases, isAncestor]) {
        expect(trips).toBeLessThanOrEqual(mostRoundTrips)
      }
    },
    isLong ? 1_800_000 : 120_000
  )
})
