/**
 * Questions to the graph through the whole API: shapes by sizes by kinds of pairs, beside the same
 * question put in the same run to a plain walk in Rust (the floor), to one in plain JavaScript, to
 * git and, by `npm run bench:graph`, to libgit2. Every answer is checked before it is timed.
 *
 * `npm run bench:graph` goes up to 10 million revisions and writes `docs/benchmarks-graph.md` and its
 * plots; `npm run bench -- graph` ends at a million. With names of shapes it
 * asks about these only, and writes nothing.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildFloor, startFloor } from './graph/floor.js'
import { makeRepository } from './graph/git.js'
import { startLibgit2 } from './graph/libgit2.js'
import { type Contenders, measure } from './graph/measure.js'
import { fill } from './graph/ours.js'
import { Plain } from './graph/plain.js'
import { type Line, plot } from './graph/plot.js'
import { pairsNear, pairsOf, questions } from './graph/questions.js'
import { heading, missesOf, printed, type Row, tables } from './graph/rows.js'
import { generate, generated, recorded, type Shape } from './graph/shapes.js'
import { top } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { quick } from './lib/race.js'

const isFull = process.env['BENCH_GRAPH'] === 'full'
const sizes = quick ? [1000] : [10_000, 1_000_000, ...(isFull ? [10_000_000] : [])]
const histories = ['irmin', 'jj']
/** The shapes that are named by arguments; all where none is. */
const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
const mostInGit = quick ? 1000 : 1_000_000
/** Revisions between two near the tip: at every size, and at the largest. */
const apart = 100
const aparts = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]
const plotted = 'bushy'

interface Near extends Row {
  readonly apart: number
}
const rows: Row[] = []
const nears: Near[] = []

async function askAll(contenders: Contenders): Promise<void> {
  const { shape, ours } = contenders
  console.log(`\n${shape.name}, ${shape.size} revisions, ${ours.name}, us a question`)
  console.log(heading)
  for (const [kind, pairs] of pairsOf(shape)) {
    for (const question of questions) {
      const row = await measure(contenders, kind, question, pairs)
      rows.push(row)
      console.log(printed(row))
    }
  }
  const ends = shape.name === plotted && shape.size === sizes.at(-1) ? aparts : [apart]
  for (const end of ends.filter((far) => far < shape.size / 2)) {
    const own = { ...contenders, repository: undefined }
    const row = await measure(own, 'near', 'refDifference', pairsNear(shape, end))
    nears.push({ ...row, apart: end })
    console.log(printed(row))
  }
}

async function askAbout(program: string, shape: Shape): Promise<void> {
  const repository = shape.size <= mostInGit ? await makeRepository(shape) : undefined
  const libgit2 = isFull && repository ? await startLibgit2(repository) : undefined
  const floor = await startFloor(program, shape)
  const ours = await fill(shape)
  await askAll({ shape, ours, floor, plain: new Plain(shape), repository, libgit2 })
  await Promise.all([ours.close(), floor.close(), libgit2?.close()])
}

/** Ours by size, a line for each shape. */
function bySize(own: readonly Row[]): Line[] {
  return generated.map((name) => {
    const points = own.filter(({ shape }) => shape === name)
    return { name, points: points.map(({ size, ours }) => [size, ours] as const) }
  })
}

/** Each contender by the refs answered, near the tip of the largest history. */
function byAnswer(): Line[] {
  const own = nears.filter(({ shape, size }) => shape === plotted && size === sizes.at(-1))
  const line = (name: string, time: (row: Row) => number): Line => ({
    name,
    points: own.map((row) => [row.answered, time(row)] as const)
  })
  return [
    line('histo-revisions', ({ ours }) => ours),
    line('floor: plain Rust', ({ floor }) => floor),
    line('plain JavaScript', ({ plain }) => plain)
  ]
}

function write(): void {
  const into = (name: string, text: string) => writeFileSync(join(top, 'docs', name), text)
  const revisions = 'revisions in the history'
  const random = rows.filter(
    ({ kind, question }) => kind === 'random' && question === 'commonAncestor'
  )
  const near = nears.filter((row) => row.apart === apart)
  into(
    'graph-near.svg',
    plot(`refDifference of ${apart} near the tip`, revisions, 'us', bySize(near))
  )
  into('graph-random.svg', plot('commonAncestor of random pairs', revisions, 'us', bySize(random)))
  const title = `refDifference near the tip, ${plotted}, ${sizes.at(-1)?.toLocaleString('en')} revisions`
  into('graph-answer.svg', plot(title, 'refs answered', 'us', byAnswer()))
  const missed = rows.filter((row) => missesOf(row).length > 0).length
  const lines = [
    '# Benchmarks of the graph',
    '',
    'Written by `npm run bench:graph`; what the columns and kinds mean stands in [benchmarks.md](benchmarks.md).',
    `${machine()}. ${rows.length} rows, ${missed} miss something.`,
    '',
    tables(rows)
  ]
  into('benchmarks-graph.md', lines.join('\n'))
}

console.log(machine())
const program = buildFloor()
for (const name of histories.filter(isWanted)) await askAbout(program, recorded(name))
for (const size of sizes) {
  for (const name of generated.filter(isWanted)) await askAbout(program, generate(name, size))
}
if (!quick) {
  const missed = rows.filter((row) => missesOf(row).length > 0).length
  console.log(`\n${rows.length} rows, ${missed} miss something`)
}
if (isFull && !quick && wanted.length === 0) write()
