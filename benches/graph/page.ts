/**
 * The page of the graph's bench, `docs/benchmarks-graph.md`, and its plots, from all that was kept.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { top } from '../lib/folder.js'
import { machine } from '../lib/machine.js'
import { kept, type Near, type Piece } from './kept.js'
import { type Line, plot } from './plot.js'
import { missesOf, type Row, table } from './rows.js'
import { generated } from './shapes.js'

/** Revisions between two near the tip, where sizes are compared. */
export const apart = 100
/** The shape in which answers of different sizes are compared, at its largest size. */
export const plotted = 'bushy'

/** Writes the page and its plots. */
export function writePage(histories: readonly string[]): void {
  const pieces = kept([...histories, ...generated])
  const all = pieces.flatMap(({ rows, nears }) => [...rows, ...nears.filter(isPlain)])
  const missed = all.filter((row) => missesOf(row).length > 0).length
  const [near, random, ancestry] = [
    bySize(pieces.flatMap(({ nears }) => nears.filter(isPlain))),
    bySize(rowsAbout(pieces, 'commonAncestor')),
    bySize(rowsAbout(pieces, 'isAncestor'))
  ]
  const revisions = 'revisions in the history'
  put('graph-near.svg', plot(`refDifference of ${apart} near the tip`, revisions, 'us', near))
  put('graph-random.svg', plot('commonAncestor of random pairs', revisions, 'us', random))
  put('graph-ancestor.svg', plot('isAncestor of random pairs', revisions, 'us', ancestry))
  const largest = pieces.filter(({ shape }) => shape === plotted).at(-1)
  if (largest !== undefined) put('graph-answer.svg', answers(largest))
  const lines = [
    '# Benchmarks of the graph',
    '',
    'Written by `npm run bench:graph`. Columns and kinds are explained in [benchmarks-topics.md](benchmarks-topics.md#the-graph).',
    `${machine()}. Microseconds a question, medians. ${all.length} rows, ${missed} miss something.`,
    '',
    '![refDifference near the tip, by size](graph-near.svg)',
    '![commonAncestor of random pairs, by size](graph-random.svg)',
    '![isAncestor of random pairs, by size](graph-ancestor.svg)',
    '![refDifference by the size of the answer](graph-answer.svg)',
    '',
    pieces.map(section).join('\n\n')
  ]
  put('benchmarks-graph.md', `${lines.join('\n')}\n`)
}

const isPlain = (row: Near) => row.apart === apart
const put = (name: string, text: string) => writeFileSync(join(top, 'docs', name), text)

function section({ shape, size, when, rows, nears }: Piece): string {
  const title = `## ${shape}, ${size.toLocaleString('en')}`
  return [title, '', `${when}.`, '', table([...rows, ...nears.filter(isPlain)])].join('\n')
}

function rowsAbout(pieces: readonly Piece[], question: string): Row[] {
  const rows = pieces.flatMap((piece) => piece.rows)
  return rows.filter((row) => row.kind === 'random' && row.question === question)
}

/** Ours by size, a line for each shape. */
function bySize(rows: readonly Row[]): Line[] {
  const lines = generated.map((name) => {
    const own = rows.filter(({ shape }) => shape === name)
    return { name, points: own.map(({ size, ours }) => [size, ours] as const) }
  })
  return lines.filter(({ points }) => points.length > 0)
}

/** Each contender by the refs answered, near the tip of a history. */
function answers({ shape, size, nears }: Piece): string {
  const line = (name: string, time: (row: Row) => number): Line => ({
    name,
    points: nears.map((row) => [row.answered, time(row)] as const)
  })
  const title = `refDifference near the tip, ${shape}, ${size.toLocaleString('en')} revisions`
  return plot(title, 'refs answered', 'us', [
    line('histo-revisions', ({ ours }) => ours),
    line('floor: plain Rust', ({ floor }) => floor),
    line('plain JavaScript', ({ plain }) => plain)
  ])
}
