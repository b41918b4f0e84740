/**
 * Compares the costs of a put, a get and a graph query with the figures in `benches/costs.json`.
 *
 * Counts what does not depend on the load of the machine: memory that the core allocates, its
 * instructions under callgrind if that is installed, and bytes of JavaScript's heap. Instructions are
 * of the build without optimizations, which the tests have made anyway: they show that an algorithm does
 * more work, not that it became slower.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTests, exampleIn } from './addon.mjs'
import { at } from './paths.mjs'
import { Problem, run } from './process.mjs'

const file = at('benches', 'costs.json')
const renewal = 'npm run check:costs -- --renew'

/** A figure may grow by this part before it fails. */
export const tolerance = 0.1

/** The step of CI: returns `{ code, output, note }`. */
export async function checkCosts() {
  const { counted, left } = await countCosts()
  const { grown, shrunk, unknown } = compareCosts(JSON.parse(readFileSync(file, 'utf8')), counted)
  const hint = `${renewal} records what it costs now.\n`
  const notes = [...left, ...unknown.map((kind) => `${kind} not compared: none recorded`)]
  if (shrunk.length > 0)
    notes.push(`${shrunk.length} figures fell by more than a tenth: ${renewal}`)
  const note = notes.join('; ') || 'nothing costs a tenth more'
  if (grown.length === 0) return { code: 0, output: shrunk.map(line).join(''), note }
  return { code: 1, output: `${grown.map(line).join('')}${hint}`, note }
}

/** Counts and writes the figures down; those of other compilers and versions of Node.js stay. */
export async function renewCosts() {
  const { counted, left } = await countCosts()
  const recorded = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, `${JSON.stringify({ ...recorded, ...counted }, undefined, 2)}\n`)
  return left
}

/**
 * What grew by more than the tolerance, what fell by more, and the kinds that are not recorded. Both
 * arguments are figures by kind, then by question. A question that is new or gone has grown: the figures
 * are of other work.
 */
export function compareCosts(recorded, counted) {
  const [grown, shrunk, unknown] = [[], [], []]
  for (const [kind, figures] of Object.entries(counted)) {
    const before = recorded[kind]
    if (before === undefined) {
      unknown.push(kind)
      continue
    }
    for (const question of new Set([...Object.keys(before), ...Object.keys(figures)])) {
      const [was, is] = [before[question], figures[question]]
      const found = { kind, question, was, is }
      if (was === undefined || is === undefined || is > was * (1 + tolerance)) grown.push(found)
      else if (is < was * (1 - tolerance)) shrunk.push(found)
    }
  }
  return { grown, shrunk, unknown }
}

function line({ kind, question, was, is }) {
  if (was === undefined) return `${kind}: ${question}: ${is}, not recorded\n`
  if (is === undefined) return `${kind}: ${question}: recorded, and no longer counted\n`
  const percent = was === 0 ? '' : `, ${(((is - was) / was) * 100).toFixed(1)}%`
  return `${kind}: ${question}: ${was} before, ${is} now${percent}\n`
}

/** All that can be counted on this machine, by kind; `left` lists what cannot, and why. */
async function countCosts() {
  const program = exampleIn(await buildTests(), 'costs')
  const core = readLines(await succeed(run(program, [])))
  const counted = {
    allocations: byQuestion(core, ({ allocations }) => allocations),
    'allocated bytes': byQuestion(core, ({ bytes }) => bytes)
  }
  const left = []
  const instructions = await countInstructions(program, core)
  if (Array.isArray(instructions))
    counted[await instructionsHere()] = Object.fromEntries(instructions)
  else left.push(`instructions NOT counted: ${instructions}`)
  counted[`heap bytes, Node.js ${process.versions.node.split('.')[0]}`] = await countHeap()
  return { counted, left }
}

const byQuestion = (all, figure) =>
  Object.fromEntries(all.map((told) => [told.question, figure(told)]))

const readLines = (output) =>
  output
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))

async function succeed(running) {
  const { code, output } = await running
  if (code !== 0) throw new Problem(`The costs could not be counted:\n${output}`)
  return output
}

/** Pairs of question and instructions; a text that says why there are none. */
async function countInstructions(program, core) {
  if (process.platform !== 'linux') return 'callgrind is used on Linux alone'
  if ((await run('valgrind', ['--version'])).code !== 0) return 'valgrind is not installed'
  const folder = mkdtempSync(join(tmpdir(), 'histo-costs-'))
  try {
    const measured = 'costs::counting::measured' // `crates/core/examples/costs/counting.rs`
    const counts = ['--tool=callgrind', `--zero-before=${measured}`, `--dump-after=${measured}`]
    const out = `--callgrind-out-file=${join(folder, 'out')}`
    // Without an environment, which the failpoints read.
    await succeed(run('env', ['-i', 'valgrind', ...counts, out, program]))
    const found = readdirSync(folder).filter((name) => /^out\.\d+$/.test(name))
    if (found.length !== core.length) {
      throw new Problem(`callgrind wrote ${found.length} sums for ${core.length} questions.`)
    }
    return core.map(({ question }, index) => [
      question,
      readTotal(join(folder, `out.${index + 1}`))
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readTotal(path) {
  const total = /^totals: (\d+)$/m.exec(readFileSync(path, 'utf8'))
  if (total === null) throw new Problem(`${path} has no total.`)
  return Number(total[1])
}

/** What instructions depend on. */
async function instructionsHere() {
  const version = /^rustc (\S+)/.exec(await succeed(run('rustc', ['--version'])))?.[1]
  return `instructions, ${process.arch}, rustc ${version}`
}

/** Bytes of V8's heap a call, from a process whose young space is never collected meanwhile. */
async function countHeap() {
  const flags = ['--expose-gc', '--single-threaded', '--min-semi-space-size=128']
  flags.push('--max-semi-space-size=128')
  const program = at('benches', 'costs', 'heap.mjs')
  const told = readLines(await succeed(run(process.execPath, [...flags, program])))
  return byQuestion(told, ({ bytes }) => bytes)
}
