/** A database with the histories of two projects gives the same results as git. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { manners } from '../support/user-stores.js'
import { collect, folder, opened, refOf } from './places.js'

vi.setConfig({ testTimeout: 120_000 }) // 3 s alone, 30 s and more beside much else

interface Query {
  from: number
  to: number
  mergeBases: number[]
  differenceCount: number
  differenceSha256: string
}

interface History {
  parents: number[][]
  queries: Query[]
  refs: string[]
  numbers: Map<string, number>
}

const load = (file: string) =>
  readFileSync(new URL(`../histories/${file}`, import.meta.url), 'utf8')

/** The shape, the questions, and the ref of each line, in plain JavaScript. */
function historyOf(name: string): History {
  const lines = load(`${name}.dag`).replace(/\n$/, '').split('\n')
  const parents = lines.map((line) => (line === '' ? [] : line.split(' ').map(Number)))
  const refs: string[] = []
  for (const [n, line] of parents.entries()) {
    refs.push(
      refOf(
        n,
        line.map((parent) => refs[parent] ?? '')
      )
    )
  }
  const numbers = new Map(refs.map((ref, n) => [ref, n]))
  return { parents, queries: JSON.parse(load(`${name}.queries.json`)), refs, numbers }
}

async function fill(db: DB<number>, { parents, refs }: History): Promise<void> {
  const size = 5000
  for (let start = 0; start < parents.length; start += size) {
    const items = parents.slice(start, start + size).map((line, n) => ({
      data: start + n,
      ancestors: line.map((parent) => refs[parent] ?? '')
    }))
    expect(await db.putMany(items)).toEqual(refs.slice(start, start + size))
  }
}

/** Tells what is wrong with an order in which a descendant must stand before its ancestors. */
function misplaced(order: readonly number[], { parents }: History): number[] {
  const seen = new Set<number>()
  return order.filter((n) => {
    seen.add(n)
    return parents[n]?.some((parent) => seen.has(parent))
  })
}

async function ask(db: DB<number>, history: History): Promise<void> {
  const { queries, refs, numbers } = history
  const number = (ref: string) => numbers.get(ref) ?? Number.NaN
  let differences = 0
  for (const query of queries) {
    const [from = '', to = ''] = [refs[query.from], refs[query.to]]
    const bases = query.mergeBases.map((n) => refs[n] ?? '').toSorted()
    expect(await db.mergeBases(from, to)).toEqual(bases)
    expect(await db.mergeBases(to, from)).toEqual(bases)
    expect(await db.commonAncestor(from, to)).toBe(bases[0] ?? null)
    expect(await db.isAncestor(from, to)).toBe(bases.includes(from))
    expect(await db.isAncestor(to, from)).toBe(bases.includes(to))
    const difference = (await db.refDifference(from, to)).map(number)
    const ascending = difference.toSorted((a, b) => a - b).join(',')
    expect(difference).toHaveLength(query.differenceCount)
    expect(createHash('sha256').update(ascending).digest('hex')).toBe(query.differenceSha256)
    expect(misplaced(difference, history)).toEqual([])
    differences += difference.length
  }
  expect(differences).toBeGreaterThan(10_000)
}

/** All questions where HISTO_LONG=1; else one in eight, since every walk over a store takes a while. */
function some(history: History, first: number): History {
  if (process.env['HISTO_LONG'] === '1') return history
  return { ...history, queries: history.queries.filter((_, n) => n % 8 === first) }
}

describe.each([
  ['irmin', 7585, 776],
  ['jj', 27_720, 719]
])('the history of %s', (name, revisions, questions) => {
  let history: History
  beforeAll(() => {
    history = historyOf(name)
    expect([history.parents.length, history.queries.length]).toEqual([revisions, questions])
  })

  test('in memory answers as git does', async () => {
    const db = await opened<number>({})
    await fill(db, history)
    await ask(db, history)
  })

  test('on a path, reopened, answers as git does', async () => {
    const path = folder()
    const db = createDB<number>({ path })
    await fill(db, history)
    await db.close()
    await ask(await opened<number>({ path }), history)
  })

  test.each(manners.filter(({ name: own }) => ['callbacks at once', 'all methods'].includes(own)))(
    'over stores of its own ($name), warm and reopened, answers as git does',
    async ({ make }) => {
      const { texts, values, revisionStore, branchStore } = make()
      const db = await opened<number>({ revisionStore, branchStore })
      await fill(db, history)
      await ask(db, some(history, 0))
      await db.close()
      const again = make({ texts, values })
      const stores = { revisionStore: again.revisionStore, branchStore: again.branchStore }
      await ask(await opened<number>(stores), some(history, 1))
    },
    300_000
  )

  test('written through a stream in an odd order answers as git does', async () => {
    const db = await opened<number>({})
    const items = history.parents.map((line, data) => ({
      ref: history.refs[data] ?? '',
      ancestors: line.map((parent) => history.refs[parent] ?? ''),
      data
    }))
    const order = items.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
    await db.writeStream(order)
    await ask(db, history)
  })

  test('is iterated newest first and whole', async () => {
    const db = await opened<number>({})
    await fill(db, history)
    const tip = history.refs.at(-1) ?? ''
    const order = (await collect(db.history(tip))).map(({ data }) => data)
    expect(misplaced(order, history)).toEqual([])
    const difference = await db.refDifference(null, tip)
    expect(new Set(difference.map((ref) => history.numbers.get(ref)))).toEqual(new Set(order))
    expect(order).toHaveLength(difference.length)
  })
})
