/**
 * The drawing of graphs: pictures, and properties over any history.
 *
 * Checked to fail: without `#pull`, or with the lanes that pass a revision taken after its own ancestors, edges are
 * missing or led astray; with lanes always pushed, there are too many.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Edge } from '../../ts/rows/lanes.js'
import { Drawing } from '../../ts/shell/drawing.js'
import { Output } from '../../ts/shell/output.js'

/** A revision and its ancestors, descendants first in a list. */
type Step = readonly [ref: string, ...ancestors: string[]]

const out = new Output(process.stdout, false)

function drawn(steps: readonly Step[], edgesOf = direct): string[] {
  const drawing = new Drawing(out)
  const lines = steps.flatMap((step) => drawing.lines(step[0], edgesOf(step), '○', [[[step[0]]]]))
  const end = drawing.end()
  return end === undefined ? lines : [...lines, end]
}

function direct([, ...ancestors]: Step): Edge[] {
  return ancestors.map((ref) => ({ ref, isDirect: true }))
}

test.each<[string, Step[], string]>([
  ['a line', [['c', 'b'], ['b', 'a'], ['a']], '○  c\n○  b\n○  a'],
  [
    'a fork',
    [['c', 'a'], ['b', 'a'], ['a']],
    `
○  c
│ ○  b
├─╯
○  a`
  ],
  [
    'a merge',
    [['d', 'b', 'c'], ['c', 'a'], ['b', 'a'], ['a']],
    `
○    d
├─╮
│ ○  c
○ │  b
├─╯
○  a`
  ],
  [
    'an octopus over lanes that pass',
    [['x', 'p'], ['o', 'a', 'b', 'p'], ['b', 'a'], ['p', 'a'], ['a']],
    `
○  x
│ ○    o
├─┼─╮
│ │ ○  b
│ ├─╯
○ │  p
├─╯
○  a`
  ],
  [
    'a criss-cross',
    [['l', 'a', 'b'], ['r', 'a', 'b'], ['b', 'o'], ['a', 'o'], ['o']],
    `
○    l
├─╮
│ │ ○  r
├─┼─╯
│ ○  b
○ │  a
├─╯
○  o`
  ],
  [
    'a line crossed by another',
    [['x', 'a'], ['y', 'b'], ['z', 'a'], ['b', 'a'], ['a']],
    `
○  x
│ ○  y
│ │ ○  z
├─│─╯
│ ○  b
├─╯
○  a`
  ],
  ['two roots', [['b'], ['a']], '○  b\n\n○  a'],
  [
    'what is below is not drawn',
    [
      ['c', 'a'],
      ['b', 'x']
    ],
    `
○  c
│ ○  b
~ ~`
  ]
])('%s', (_name, steps, picture) => {
  expect(drawn(steps).join('\n')).toBe(picture.replace(/^\n/, ''))
})

test('omitted revisions are drawn as a broken line, and a line that leads nowhere ends', () => {
  const edges = new Map<string, Edge[]>([
    ['c', [{ ref: 'a', isDirect: false }]],
    ['b', [{ ref: undefined, isDirect: false }]]
  ])
  const steps: Step[] = [['c'], ['b'], ['a']]
  const lines = drawn(steps, ([ref]) => edges.get(ref) ?? [])
  expect(lines).toEqual(['○  c', '┆ ○  b', '┆ ~', '○  a'])
})

/** Histories: each revision names some of those below it, and they are drawn from the top. */
const histories: fc.Arbitrary<Step[]> = fc
  .array(fc.array(fc.nat({ max: 7 }), { maxLength: 4 }), { minLength: 1, maxLength: 40 })
  .map((lists) =>
    lists.map((distances, at): Step => {
      const below = distances.map((distance) => at + 1 + distance).filter((to) => to < lists.length)
      return [String(at), ...[...new Set(below)].map(String)]
    })
  )

test('each edge of a history is drawn, and no other', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const edges = steps.flatMap(([ref, ...ancestors]) => ancestors.map((to) => `${ref} ${to}`))
      expect(tracedEdges(drawn(steps)).toSorted()).toEqual(edges.toSorted())
    }),
    { numRuns: 2000 }
  )
})

test('there are never more lanes than open lines, plus the revision', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const open = new Set<string>()
      let most = 0
      for (const [ref, ...ancestors] of steps) {
        most = Math.max(most, new Set([...open, ref]).size)
        open.delete(ref)
        for (const ancestor of ancestors) open.add(ancestor)
        most = Math.max(most, open.size)
      }
      const graph = drawn(steps).map((line) => line.replace(/ *\d+$/, '').trimEnd())
      expect(Math.max(...graph.map((line) => line.length))).toBeLessThanOrEqual(2 * most)
    }),
    { numRuns: 1000 }
  )
})

/** The edges that a picture shows, read as people follow its lines. */
function tracedEdges(lines: readonly string[]): string[] {
  const edges: string[] = []
  let lanes: Set<string>[] = []
  let revision = -1 // the lane of the one above
  for (const line of lines) {
    const [, graph = '', ref] = /^(.*?) *(\d+)?$/.exec(line) ?? []
    const node = graph.indexOf('○')
    const next: Set<string>[] = []
    const flows = (from: Set<string> | undefined, to: number) => {
      if (from !== undefined) next[to] = new Set([...(next[to] ?? []), ...from])
    }
    for (let at = 0; at * 2 < graph.length; at += 1) {
      const letter = graph[at * 2] ?? ' '
      if (at * 2 === node) {
        for (const from of lanes[at] ?? []) edges.push(`${from} ${ref}`)
        next[at] = new Set([ref ?? ''])
      } else if ('│├┤┼'.includes(letter)) flows(lanes[at], at)
    }
    if (node >= 0) revision = node / 2
    else
      for (const group of ties(graph))
        spread(group, graph, revision, (at, to) => flows(lanes[at], to))
    lanes = next
  }
  return edges
}

/** The lanes that each horizontal line ties together; one that it crosses is none of them. */
function ties(graph: string): number[][] {
  const groups: number[][] = []
  let open: number[] | undefined
  for (let at = 0; at * 2 < graph.length; at += 1) {
    const letter = graph[at * 2] ?? ' '
    const hasLeft = graph[at * 2 - 1] === '─'
    if (!hasLeft) open = undefined
    if (!hasLeft && graph[at * 2 + 1] !== '─') continue
    if (open === undefined) {
      open = []
      groups.push(open)
    }
    if (letter !== '│' && letter !== '─') open.push(at)
  }
  return groups
}

/**
 * Who comes from above into a tie goes to all its lanes that lead down: the revision above, which alone stands over a
 * tie with only its own lines, and lanes that end in it.
 */
function spread(
  group: readonly number[],
  graph: string,
  revision: number,
  flows: (from: number, to: number) => void
): void {
  const isOneOf = (at: number, letters: string) => letters.includes(graph[at * 2] ?? ' ')
  const down = group.filter((at) => isOneOf(at, '├┤┼┬╮╭'))
  for (const at of group.filter((at) => at === revision || isOneOf(at, '╯╰┴'))) {
    for (const to of down) flows(at, to)
  }
}
