/**
 * The package under test, filled with a shape: a database in memory or, where there are too many
 * revisions to write them all with data, a graph by itself. Both ask the same engine.
 */

import { createDB, type DB, refOf } from 'histo-revisions'
import { type CommitGraph, createGraph } from 'histo-revisions/graph'
import type { Pair, Question } from './questions.js'
import { parentsOf, type Shape } from './shapes.js'

/** Above so many revisions the graph by itself is asked. */
const mostInDatabase = 1_000_000

const batch = 10_000
/** Digits of a ref of the graph by itself: as many as git's. */
const digits = 40

type Answer = string | boolean | null | readonly string[]

/** Something filled that answers about numbers. */
export interface Ours {
  readonly name: string
  /** The refs of some pairs. */
  readonly refs: (pairs: readonly Pair[]) => [string, string][]
  /** Asks about all pairs, one after the other. */
  readonly ask: (question: Question, pairs: readonly [string, string][]) => Promise<Answer[]>
  readonly numberOf: (ref: string) => number
  readonly close: () => Promise<void>
}

/** Fills what is to be asked about a shape. */
export function fill(shape: Shape): Promise<Ours> {
  return shape.size > mostInDatabase ? Promise.resolve(fillGraph(shape)) : fillDatabase(shape)
}

async function fillDatabase(shape: Shape): Promise<Ours> {
  const db = createDB<number>()
  const refs: string[] = []
  for (let start = 0; start < shape.size; start += batch) {
    const items = []
    for (let data = start; data < Math.min(start + batch, shape.size); data += 1) {
      const ancestors = Array.from(parentsOf(shape, data), (parent) => refs[parent] as string)
      refs.push(refOf(JSON.stringify({ ancestors, data })))
      items.push({ data, ancestors })
    }
    await db.putMany(items, { moveHead: false })
  }
  const numbers = new Map(refs.map((ref, number) => [ref, number]))
  return {
    name: 'createDB()',
    refs: (pairs) => pairs.map(([a, b]) => [refs[a] as string, refs[b] as string]),
    ask: (question, pairs) => askDatabase(db, question, pairs),
    numberOf: (ref) => numbers.get(ref) ?? Number.NaN,
    close: () => db.close()
  }
}

async function askDatabase(
  db: DB<number>,
  question: Question,
  pairs: readonly [string, string][]
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const [a, b] of pairs) answers.push(await db[question](a, b))
  return answers
}

function fillGraph(shape: Shape): Ours {
  const graph = createGraph()
  const refOfNumber = (number: number) => number.toString(16).padStart(digits, '0')
  function* items(start: number, end: number) {
    for (let n = start; n < end; n += 1) {
      yield [refOfNumber(n), Array.from(parentsOf(shape, n), refOfNumber)] as const
    }
  }
  for (let start = 0; start < shape.size; start += 100 * batch) {
    graph.addMany(items(start, Math.min(start + 100 * batch, shape.size)))
  }
  return {
    name: 'createGraph()',
    refs: (pairs) => pairs.map(([a, b]) => [refOfNumber(a), refOfNumber(b)]),
    ask: (question, pairs) => Promise.resolve(askGraph(graph, question, pairs)),
    numberOf: (ref) => Number.parseInt(ref, 16),
    close: () => Promise.resolve()
  }
}

function askGraph(
  graph: CommitGraph,
  question: Question,
  pairs: readonly [string, string][]
): Answer[] {
  const member = question === 'refDifference' ? 'difference' : question
  return pairs.map(([a, b]) => graph[member](a, b))
}
