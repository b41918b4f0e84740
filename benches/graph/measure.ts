/**
 * Measures one query about one kind of pairs: checks that all results are equal, then takes times in
 * turns. Times of ours, the floor and plain JavaScript are processor times, of all threads, so that
 * other work on the machine does not count; git and libgit2, which are processes, go by the clock.
 */

import assert from 'node:assert/strict'
import { quick } from '../lib/race.js'
import { askFloor } from './floor.js'
import { askGit, type Repository } from './git.js'
import { askLibgit2 } from './libgit2.js'
import type { Ours } from './ours.js'
import type { Plain } from './plain.js'
import type { Answering } from './process.js'
import type { Pair, Question } from './questions.js'
import { median, type Rival, type Row } from './rows.js'
import type { Shape } from './shapes.js'

/** The contenders for a shape. */
export interface Contenders {
  readonly shape: Shape
  readonly ours: Ours
  readonly floor: Answering
  readonly plain: Plain
  readonly repository: Repository | undefined
  readonly libgit2: Answering | undefined
}

const rounds = quick ? 1 : 5
/** Rounds of work that takes over a number of milliseconds. */
const slow = { over: 50, rounds: 3 }
/** Milliseconds that all pairs together may take in a round: with slow answers fewer are asked. */
const mostOfRound = quick ? 5 : 60
/** Microseconds that a round of the floor takes at least, so that the clock can tell. */
const leastOfRound = quick ? 0 : 3000
/** Above so many revisions rivals are asked about so few pairs. */
const few = { above: 100_000, pairs: 2 }
const many = { pairs: 5 }

/** Measures a question about pairs of a kind. */
export async function measure(
  contenders: Contenders,
  kind: string,
  question: Question,
  drawn: readonly Pair[]
): Promise<Row> {
  const { shape, ours, floor, plain } = contenders
  const pairs = await asMany(ours, question, drawn)
  const count = await check(contenders, question, pairs)
  const refs = ours.refs(pairs)
  const warm = await askFloor(floor, question, pairs, 1)
  const times = Math.max(1, Math.ceil(leastOfRound / Math.max(warm.microseconds, 1)))
  const repeated = Math.min(times, 20)
  const most = warm.microseconds > slow.over * 1000 ? Math.min(slow.rounds, rounds) : rounds
  const taken = { ours: [] as number[], floor: [] as number[], plain: [] as number[] }
  for (let round = 0; round < most; round += 1) {
    taken.ours.push(await timeOf(repeated, () => ours.ask(question, refs)))
    taken.floor.push((await askFloor(floor, question, pairs, times)).microseconds)
    taken.plain.push(await timeOf(repeated, () => askPlain(plain, question, pairs)))
  }
  const each = (all: readonly number[]) => median(all) / pairs.length
  return {
    shape: shape.name,
    size: shape.size,
    kind,
    question,
    answered: count / pairs.length,
    ours: each(taken.ours),
    floor: each(taken.floor),
    plain: each(taken.plain),
    ...(await askRivals(contenders, question, pairs))
  }
}

/** As many pairs, from the first on, as a round has time for; at least one. */
async function asMany(
  ours: Ours,
  question: Question,
  drawn: readonly Pair[]
): Promise<readonly Pair[]> {
  const began = performance.now()
  let end = 0
  while (end < drawn.length && performance.now() - began < mostOfRound) {
    end += 1
    await ours.ask(question, ours.refs(drawn.slice(end - 1, end)))
  }
  return drawn.slice(0, end)
}

/** Microseconds of processor time, of all threads, that one time takes. */
async function timeOf(times: number, run: () => unknown): Promise<number> {
  const began = process.cpuUsage()
  for (let n = 0; n < times; n += 1) await run()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / times
}

/** Microseconds by the clock that one time takes. */
async function clockOf(times: number, run: () => unknown): Promise<number> {
  const began = performance.now()
  for (let n = 0; n < times; n += 1) await run()
  return ((performance.now() - began) * 1000) / times
}

/** Checks ours and the plain walk against the floor; returns the number of refs in the results. */
async function check(
  { ours, floor, plain }: Contenders,
  question: Question,
  pairs: readonly Pair[]
): Promise<number> {
  const asked = question === 'commonAncestor' ? 'mergeBases' : question
  const expected = await askFloor(floor, asked, pairs, 1)
  const told = { count: 0, sum: 0 }
  const tell = (numbers: readonly number[]) => {
    told.count += numbers.length
    for (const number of numbers) told.sum = (told.sum + number) >>> 0
  }
  for (const answer of await ours.ask(asked, ours.refs(pairs))) {
    if (typeof answer === 'boolean') tell(answer ? [1] : [])
    else tell(((answer ?? []) as readonly string[]).map(ours.numberOf))
  }
  const { count, sum } = expected
  assert.deepEqual(told, { count, sum }, `${question}: ours answers otherwise than the floor`)
  told.count = 0
  told.sum = 0
  for (const answer of askPlain(plain, asked, pairs)) tell(answer)
  assert.deepEqual(told, { count, sum }, `${question}: plain JS answers otherwise than the floor`)
  if (question !== 'commonAncestor') return count
  const bases = await ours.ask('mergeBases', ours.refs(pairs))
  const common = await ours.ask('commonAncestor', ours.refs(pairs))
  const first = bases.map((answer) => (answer as readonly string[])[0] ?? null)
  assert.deepEqual(common, first, 'the common ancestor is the first of the merge bases')
  return common.filter((answer) => answer !== null).length
}

function askPlain(plain: Plain, question: Question, pairs: readonly Pair[]): number[][] {
  return pairs.map(([a, b]) => {
    if (question === 'refDifference') return plain.difference(a, b)
    if (question === 'isAncestor') return plain.isAncestor(a, b) ? [1] : []
    return plain.mergeBases(a, b)
  })
}

/** Measures git and libgit2, and ours for the same few pairs. */
async function askRivals(
  { shape, ours, repository, libgit2 }: Contenders,
  question: Question,
  pairs: readonly Pair[]
): Promise<{ git?: Rival; libgit2?: Rival }> {
  if (repository === undefined) return {}
  const chosen = pairs.slice(0, (shape.size > few.above ? few : many).pairs)
  const refs = ours.refs(chosen)
  const answers = await ours.ask(question, refs)
  const told = answers.flat().filter((answer) => answer !== null && answer !== false).length
  const asked = askGit(repository, question, chosen)
  if (question !== 'isAncestor') assert.equal(asked.count, told, `${question}: git differs`)
  const own = (await clockOf(3, () => ours.ask(question, refs))) / chosen.length
  const git = { time: asked.microseconds, ours: own }
  if (libgit2 === undefined) return { git }
  const other = await askLibgit2(libgit2, repository, question, chosen)
  assert.equal(other.count, told, `${question}: libgit2 differs`)
  return { git, libgit2: { time: other.microseconds, ours: own } }
}
