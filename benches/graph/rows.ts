/**
 * Rows of the result: the time of each contender for one query, and whether ours meets its
 * targets. Prints them, and writes them as a table.
 */

import { figure, summary } from '../lib/race.js'
import type { Question } from './questions.js'

/** Times in microseconds a question: medians of rounds taken by turns. */
export interface Row {
  readonly shape: string
  readonly size: number
  readonly kind: string
  readonly question: Question
  /** Refs answered to a question, on average. */
  readonly answered: number
  readonly ours: number
  readonly floor: number
  readonly plain: number
  readonly git?: Rival | undefined
  readonly libgit2?: Rival | undefined
}

/** A slow rival that is measured for fewer pairs, with our time for the same pairs. */
export interface Rival {
  readonly time: number
  readonly ours: number
}

const timesFloor = 1.5
const refMicroseconds = 0.25
const boundaryMicroseconds = 5

/** Rivals, above what time they count, and how many times faster ours shall be. */
const rivals = [
  { name: 'plain', from: 100, times: (question: Question) => (isBases(question) ? 2 : 1.5) },
  {
    name: 'git',
    from: 10_000,
    times: (question: Question) => (question === 'refDifference' ? 2 : 4)
  },
  { name: 'libgit2', from: 10_000, times: () => 20 }
] as const

const isBases = (question: Question) => question === 'mergeBases' || question === 'commonAncestor'

/** The median of some times. */
export const median = (times: readonly number[]): number => summary(times).median

/** At most so many microseconds, by the floor. */
export function allowed({ question, floor, answered }: Row): number {
  const refs = question === 'refDifference' ? answered * refMicroseconds : 0
  return Math.max(timesFloor * floor + refs, floor + boundaryMicroseconds)
}

/** The missed targets of a row. */
export function missesOf(row: Row): string[] {
  const misses = row.ours <= allowed(row) ? [] : [`floor: at most ${figure(allowed(row))}`]
  const asked = { ...row, plain: { time: row.plain, ours: row.ours } }
  for (const { name, from, times } of rivals) {
    const { time, ours } = asked[name] ?? { time: 0, ours: 0 }
    const wanted = times(row.question)
    if (time < from || time / ours >= wanted) continue
    misses.push(`${name}: ${figure(time / ours)} of ${wanted} times`)
  }
  return misses
}

const verdict = (row: Row) => missesOf(row).join(', ') || 'met'
const rival = (asked: Rival | undefined) =>
  asked === undefined ? '' : `${figure(asked.time)} (${figure(asked.time / asked.ours)}x)`

/** The times of a row as text, in the order of the columns. */
const cells = ({ ours, floor, plain, git, libgit2 }: Row) => [
  figure(ours),
  figure(floor),
  figure(plain),
  rival(git),
  rival(libgit2)
]
const columns = ['ours', 'floor', 'plain JS', 'git', 'libgit2']

/** One line for the terminal. */
export function printed(row: Row): string {
  const { kind, question, answered } = row
  const head = `  ${kind.padEnd(8)} ${question.padEnd(15)} ${figure(answered).padStart(9)}`
  return `${head}${inColumns(cells(row))}  ${verdict(row)}`
}

/** The heading of what `printed` gives. */
export const heading: string = `  ${'kind'.padEnd(8)} ${'question'.padEnd(15)} ${'refs'.padStart(9)}${inColumns(columns)}`

function inColumns(texts: readonly string[]): string {
  return texts.map((text, n) => text.padStart(n < 3 ? 10 : 17)).join('')
}

/** Rows as a table of Markdown. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { kind, question, answered } = row
    const texts = [kind, `\`${question}\``, figure(answered), ...cells(row), verdict(row)]
    return `| ${texts.join(' | ')} |`
  })
  const head = `| kind | question | refs | ${columns.join(' | ')} | |`
  return [head, '|---|---|---|---|---|---|---|---|---|', ...lines].join('\n')
}
