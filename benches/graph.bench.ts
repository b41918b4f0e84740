/**
 * Graph queries through the whole API: shapes by sizes by kinds of pairs. In the same run the same
 * queries go to a plain walk in Rust (the floor), to one in plain JavaScript, to git and, by
 * `npm run bench:graph`, to libgit2. Every result is checked before it is timed.
 *
 * `npm run bench:graph` goes up to 10 million revisions, which takes an hour, and writes
 * `docs/benchmarks-graph.md` and its plots after each piece; `npm run bench -- graph` ends at a million
 * and writes nothing. With names of shapes or sizes as arguments it measures only these.
 */

import { buildFloor, startFloor } from './graph/floor.js'
import { makeRepository } from './graph/git.js'
import { keep, type Near } from './graph/kept.js'
import { startLibgit2 } from './graph/libgit2.js'
import { type Contenders, measure } from './graph/measure.js'
import { fill } from './graph/ours.js'
import { apart, plotted, writePage } from './graph/page.js'
import { Plain } from './graph/plain.js'
import { pairsNear, pairsOf, questions } from './graph/questions.js'
import { heading, missesOf, printed, type Row } from './graph/rows.js'
import { generate, generated, recorded, type Shape } from './graph/shapes.js'
import { machine } from './lib/machine.js'
import { quick } from './lib/race.js'

const isFull = process.env['BENCH_GRAPH'] === 'full'
const allSizes = quick ? [1000] : [10_000, 1_000_000, ...(isFull ? [10_000_000] : [])]
const histories = ['irmin', 'jj']
const wanted = process.argv.slice(2)
const isSize = (argument: string) => /^\d+$/.test(argument)
/** The sizes given as arguments; all if none is. */
const sizes = wanted.some(isSize) ? wanted.filter(isSize).map(Number) : allSizes
const names = wanted.filter((argument) => !isSize(argument))
const isWanted = (name: string) => names.length === 0 || names.includes(name)
const mostInGit = quick ? 1000 : 1_000_000
/** Revisions between two near the tip: at the largest size. */
const aparts = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

const all: Row[] = []

async function askAll(contenders: Contenders): Promise<void> {
  const { shape, ours } = contenders
  const rows: Row[] = []
  const nears: Near[] = []
  console.log(`\n${shape.name}, ${shape.size} revisions, ${ours.name}, us a question`)
  console.log(heading)
  for (const [kind, pairs] of pairsOf(shape)) {
    for (const question of questions) {
      const row = await measure(contenders, kind, question, pairs)
      rows.push(row)
      console.log(printed(row))
    }
  }
  const ends = shape.name === plotted ? aparts : [apart]
  for (const end of ends.filter((far) => far < shape.size / 2)) {
    const own = { ...contenders, repository: undefined }
    const row = await measure(own, 'near', 'refDifference', pairsNear(shape, end))
    nears.push({ ...row, apart: end })
    console.log(printed(row))
  }
  all.push(...rows, ...nears)
  if (!isFull || quick) return
  keep({ rows, nears })
  writePage(histories)
}

async function askAbout(program: string, shape: Shape): Promise<void> {
  const repository = shape.size <= mostInGit ? await makeRepository(shape) : undefined
  const libgit2 = isFull && repository ? await startLibgit2(repository) : undefined
  const floor = await startFloor(program, shape)
  const ours = await fill(shape)
  await askAll({ shape, ours, floor, plain: new Plain(shape), repository, libgit2 })
  await Promise.all([ours.close(), floor.close(), libgit2?.close()])
}

console.log(machine())
const program = buildFloor()
if (!wanted.some(isSize)) {
  for (const name of histories.filter(isWanted)) await askAbout(program, recorded(name))
}
for (const size of sizes) {
  for (const name of generated.filter(isWanted)) await askAbout(program, generate(name, size))
}
if (!quick) {
  const missed = all.filter((row) => missesOf(row).length > 0).length
  console.log(`\n${all.length} rows, ${missed} miss something`)
}
