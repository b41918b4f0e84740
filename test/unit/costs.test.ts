/** Comparing what calls cost with what is recorded: the step of CI that keeps it from growing unseen. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// biome-ignore lint/correctness/useImportExtensions: a script, not compiled
import { compareCosts } from '../../scripts/lib/costs.mjs'
import { root } from '../support/project.js'

const recorded = { allocations: { put: 1000, get: 0 }, instructions: { put: 5000 } }
const none = { grown: [], shrunk: [], unknown: [] }
const put = (is: number) => compareCosts(recorded, { allocations: { put: is, get: 0 } })

test('a figure may grow by a tenth, and fails beyond', () => {
  expect(put(1100)).toEqual(none)
  const grown = { kind: 'allocations', question: 'put', was: 1000, is: 1101 }
  expect(put(1101)).toEqual({ ...none, grown: [grown] })
})

test('a figure that falls by more than a tenth is reported and does not fail', () => {
  expect(put(900)).toEqual(none)
  expect(put(899).grown).toEqual([])
  expect(put(899).shrunk).toHaveLength(1)
})

test('if a figure was 0, 1 is too many', () => {
  const { grown } = compareCosts(recorded, { allocations: { put: 1000, get: 1 } })
  expect(grown.map(({ question }) => question)).toEqual(['get'])
})

test('a question that is new, or gone, fails: the figures are of other work', () => {
  const { grown } = compareCosts(recorded, { allocations: { put: 1000, has: 1 } })
  expect(grown.map(({ question }) => question)).toEqual(['get', 'has'])
})

test('a kind that is not recorded, as with another compiler, is reported and does not fail', () => {
  expect(compareCosts(recorded, { 'heap bytes': { put: 1 } })).toEqual({
    ...none,
    unknown: ['heap bytes']
  })
})

test('the recorded figures are numbers of at least the core and of one version of Node.js', () => {
  const all = JSON.parse(readFileSync(join(root, 'benches', 'costs.json'), 'utf8')) as object
  const kinds = Object.keys(all)
  expect(kinds).toContain('allocations')
  expect(kinds.some((kind) => kind.startsWith('heap bytes, Node.js '))).toBe(true)
  for (const figures of Object.values(all) as object[]) {
    for (const figure of Object.values(figures)) expect(figure).toBeTypeOf('number')
  }
})
