/**
 * libgit2 on a repository: the program in `benches/compare/libgit2`, in a process of its own, so that
 * neither its start nor a boundary counts.
 */

import { join } from 'node:path'
import { top } from '../lib/folder.js'
import type { Repository } from './git.js'
import { Answering } from './process.js'
import type { Pair, Question } from './questions.js'

/** Where `npm run bench:graph` has built it. */
const program = join(top, 'target', 'libgit2', 'release', 'histo-compare-libgit2')

/** Opens a repository. */
export function startLibgit2({ path }: Repository): Promise<Answering> {
  return new Answering(program, path).ready()
}

/** Asks about each pair; microseconds a pair, and how many ids it told. */
export async function askLibgit2(
  libgit2: Answering,
  { ids }: Repository,
  question: Question,
  pairs: readonly Pair[]
): Promise<{ microseconds: number; count: number }> {
  let time = 0
  let count = 0
  for (const [a, b] of pairs) {
    const [nanoseconds = 0, told = 0] = await libgit2.ask(`${question} ${ids[a]} ${ids[b]}`)
    time += nanoseconds
    count += told
  }
  return { microseconds: time / 1000 / pairs.length, count }
}
