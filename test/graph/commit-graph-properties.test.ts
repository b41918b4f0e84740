/** The results of a commit graph are those of the definitions and, for real histories, those of git. */

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGraph } from '../../ts/commit-graph/commit-graph.js'
import { Model } from '../../ts/suite/model.js'
import { read } from '../support/project.js'

const refs = fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), {
  minLength: 2,
  maxLength: 24
})

/** Graphs of up to 24 refs; each names some of those before it, far ones or near ones. */
const graphs = refs.chain((names) =>
  fc
    .tuple(
      fc.array(fc.uniqueArray(fc.nat({ max: 1000 }), { maxLength: 4 }), {
        minLength: names.length,
        maxLength: names.length
      }),
      fc.constantFrom(2, 5, 24),
      fc.shuffledSubarray([...names.keys()], { minLength: names.length })
    )
    .map(([picks, reach, order]) => {
      const ancestors = new Map<string, string[]>()
      for (const [n, name] of names.entries()) {
        const near = Math.min(n, reach)
        const own =
          near === 0 ? [] : (picks[n] ?? []).map((pick) => names[n - 1 - (pick % near)] ?? '')
        ancestors.set(name, [...new Set(own)])
      }
      return { names, ancestors, order: order.map((n) => names[n] ?? '') }
    })
)

test('every answer about a small graph is that of the definitions', () => {
  fc.assert(
    fc.property(graphs, fc.nat(), fc.nat(), fc.nat(), ({ names, ancestors, order }, i, j, k) => {
      const of = (ref: string) => ancestors.get(ref) ?? []
      const [a = '', b = '', c = ''] = [i, j, k].map((n) => names[n % names.length])
      const graph = createGraph().addMany(order.map((ref) => ({ ref, ancestors: of(ref) })))
      expect(graph.size).toBe(names.length)
      const model = new Model()
      for (const name of names) model.put(name, null, of(name))
      const bases = model.bases(a, b)
      expect(graph.mergeBases(a, b)).toEqual(bases)
      expect(graph.commonAncestor(b, a)).toBe(bases[0] ?? null)
      expect(graph.isAncestor(a, b)).toBe(model.reach(b).has(a))
      const answer = graph.difference([a, b], c)
      expect(answer.toSorted()).toEqual(model.difference([a, b], c))
      expect(misplaced(answer, of)).toEqual([])
      const history = [...graph.history(c, { until: [a, b] })]
      expect(history).toEqual(answer.map((ref) => ({ ref, ancestors: of(ref) })))
      const named = new Set(names.flatMap(of))
      expect(graph.tips()).toEqual(names.filter((ref) => !named.has(ref)).toSorted())
    }),
    { numRuns: 500 }
  )
})

/** Revisions that come after one of their ancestors. */
function misplaced(order: readonly string[], of: (ref: string) => readonly string[]): string[] {
  const seen = new Set<string>()
  return order.filter((ref) => {
    seen.add(ref)
    return of(ref).some((ancestor) => seen.has(ancestor))
  })
}

interface Query {
  from: number
  to: number
  mergeBases: number[]
  differenceCount: number
  differenceSha256: string
}

describe.each(['irmin', 'jj'])('the history of %s', (name) => {
  const lines = read(`test/histories/${name}.dag`).replace(/\n$/, '').split('\n')
  const refOf = (n: number | string) => createHash('sha1').update(`${n}`).digest('hex')
  const numbers = new Map(lines.map((_, n) => [refOf(n), n]))
  const items = lines.map((line, n) => ({
    ref: refOf(n),
    ancestors: line === '' ? [] : line.split(' ').map(refOf)
  }))

  test.each([
    ['oldest first', items],
    ['newest first', items.toReversed()],
    ['by ref', items.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))]
  ])('added %s, answers as git does', (_order, added) => {
    const graph = createGraph().addMany(added)
    const queries: Query[] = JSON.parse(read(`test/histories/${name}.queries.json`))
    expect(queries.length).toBeGreaterThan(700)
    const chosen = queries.filter((_, n) => n % 5 === 0)
    for (const query of chosen) {
      const [from, to] = [refOf(query.from), refOf(query.to)]
      const bases = query.mergeBases.map(refOf).toSorted()
      expect(graph.mergeBases(from, to)).toEqual(bases)
      expect(graph.isAncestor(from, to)).toBe(bases.includes(from))
      const difference = graph.difference(from, to).map((ref) => numbers.get(ref) ?? Number.NaN)
      const ascending = difference.toSorted((a, b) => a - b).join(',')
      expect(difference).toHaveLength(query.differenceCount)
      expect(createHash('sha256').update(ascending).digest('hex')).toBe(query.differenceSha256)
    }
  })
})
