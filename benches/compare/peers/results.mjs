/**
 * The measurements, kept in `target/bench-peers/results.jsonl`: a stopped run resumes where it was, and
 * pieces can be measured on different days.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { top } from '../../../target/benches/lib/folder.js'
import { machine } from '../../../target/benches/lib/machine.js'

const folder = join(top, 'target', 'bench-peers')
const file = join(folder, 'results.jsonl')
const where = machine()

/** All results of this machine and version of Node.js; for each key the latest. */
export function results() {
  if (!existsSync(file)) return []
  const all = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  const here = all.filter((result) => result.machine === where)
  return [...new Map(here.map((result) => [keyOf(result), result])).values()]
}

/** The piece of work of a result. */
export const keyOf = ({ work, name, kind, size, flight }) =>
  [work, name, kind, size, flight].filter((part) => part !== undefined).join(' ')

/** Whether a piece has been measured here. */
export const isKnown = (piece) => results().some((result) => keyOf(result) === keyOf(piece))

/** Keeps and prints a result. */
export function keep(result) {
  mkdirSync(folder, { recursive: true })
  const kept = {
    ...result,
    machine: where,
    load: Math.round(loadavg()[0] * 10) / 10,
    date: new Date().toISOString().slice(0, 10)
  }
  appendFileSync(file, `${JSON.stringify(kept)}\n`)
  const { work, name, kind, size, flight, how: _how, ...figures } = result
  const told = Object.entries(figures).map(([figure, value]) => `${figure} ${show(value)}`)
  console.log(`  ${keyOf({ work, name, kind, size, flight })}: ${told.join(', ')}`)
}

const show = (value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value)
