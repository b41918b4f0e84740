/**
 * The floor: the same walks in Rust over plain arrays, in a separate process, measured in turns
 * (`crates/core/benches/floor.rs`). No boundary, no strings.
 */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { top } from '../lib/folder.js'
import { quick } from '../lib/race.js'
import { newPlace } from './place.js'
import { Answering } from './process.js'
import type { Pair, Question } from './questions.js'
import type { Shape } from './shapes.js'

/** The time of one run, and its results as a count and a sum modulo 2^32. */
export interface Told {
  readonly microseconds: number
  readonly count: number
  readonly sum: number
}

/** Builds the floor; its path. Not optimized where quick. */
export function buildFloor(): string {
  const command = quick ? ['build'] : ['bench', '--no-run'] // optimized, it takes a while to build
  const args = [...command, '--quiet', '-p', 'histo-core', '--bench', 'floor']
  const format = ['--message-format', 'json-render-diagnostics']
  const options = { cwd: top, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const output = execFileSync('cargo', [...args, ...format], options)
  const artifacts = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { executable?: string | null })
  const path = artifacts.findLast(({ executable }) => typeof executable === 'string')?.executable
  if (path === undefined || path === null) throw new Error('cargo built no floor')
  return path
}

/** Starts the floor over a shape. */
export function startFloor(program: string, { size, starts, links }: Shape): Promise<Answering> {
  const file = newPlace('shape')
  const words = new Uint32Array(1 + starts.length + links.length)
  words[0] = size
  words.set(starts, 1)
  words.set(links, 1 + starts.length)
  writeFileSync(file, words)
  return new Answering(program, file).ready()
}

/** Asks about all pairs, `times` over. */
export async function askFloor(
  floor: Answering,
  question: Question,
  pairs: readonly Pair[],
  times: number
): Promise<Told> {
  const asked = question === 'commonAncestor' ? 'mergeBases' : question
  const line = `${asked} ${times} ${pairs.flat().join(' ')}`
  const [nanoseconds = 0, count = 0, sum = 0] = await floor.ask(line)
  return { microseconds: nanoseconds / 1000 / times, count, sum }
}
