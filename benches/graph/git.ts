/**
 * git on a repository of the same shape, made by `git fast-import`, packed, with a commit-graph file.
 *
 * A query is a process, as for users of git: the time to start one is measured separately
 * and subtracted, in git's favour. Output is read to the end.
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { newPlace } from './place.js'
import type { Pair, Question } from './questions.js'
import { parentsOf, type Shape } from './shapes.js'

const start = 1_600_000_000
const chunk = 2 ** 20

/** A repository: the folder, and the id of each revision. */
export interface Repository {
  readonly path: string
  readonly ids: readonly string[]
}

/** Makes a repository of a shape; every revision has a time of its own and the empty tree. */
export async function makeRepository(shape: Shape): Promise<Repository> {
  const path = newPlace('git')
  mkdirSync(path)
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, ...args], { encoding: 'utf8', maxBuffer: 2 ** 30 })
  git('init', '--quiet', '--bare')
  const marks = `${path}/marks`
  const args = ['-C', path, 'fast-import', '--quiet', '--force', `--export-marks=${marks}`]
  const importing = spawn('git', args, { stdio: ['pipe', 'inherit', 'inherit'] })
  let text = ''
  for (let n = 0; n < shape.size; n += 1) {
    text += commit(shape, n)
    if (text.length < chunk && n + 1 < shape.size) continue
    if (!importing.stdin.write(text)) await once(importing.stdin, 'drain')
    text = ''
  }
  importing.stdin.end()
  const [code] = await once(importing, 'exit')
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`)
  const ids: string[] = []
  for (const line of readFileSync(marks, 'utf8').split('\n')) {
    const [mark = '', id] = line.split(' ')
    if (id !== undefined) ids[Number(mark.slice(1)) - 1] = id
  }
  execFileSync('git', ['-C', path, 'update-ref', '--stdin'], { input: branches(shape, ids) })
  git('repack', '-a', '-d', '-q')
  git('commit-graph', 'write', '--reachable', '--no-progress')
  return { path, ids }
}

/** Asks git about each pair; microseconds a pair, less the start of a process, and the answers' count. */
export function askGit(
  { path, ids }: Repository,
  question: Question,
  pairs: readonly Pair[]
): { microseconds: number; count: number } {
  let count = 0
  let time = 0
  for (const [a, b] of pairs) {
    const idle = run(path, ['version']).milliseconds
    const { milliseconds, output } = run(path, commandOf(question, ids[a] ?? '', ids[b] ?? ''))
    count += output.split('\n').length - 1
    time += Math.max(0, milliseconds - idle)
  }
  return { microseconds: (time * 1000) / pairs.length, count }
}

function commandOf(question: Question, a: string, b: string): string[] {
  if (question === 'mergeBases') return ['merge-base', '--all', a, b]
  if (question === 'commonAncestor') return ['merge-base', a, b]
  if (question === 'isAncestor') return ['merge-base', '--is-ancestor', a, b]
  return ['rev-list', b, `^${a}`]
}

function run(path: string, args: string[]): { milliseconds: number; output: string } {
  const began = performance.now()
  let output = ''
  try {
    const options = { encoding: 'utf8', maxBuffer: 2 ** 30 } as const
    output = execFileSync('git', ['-C', path, ...args], options)
  } catch (error) {
    if ((error as { status?: unknown }).status !== 1) throw error // 1 says no
  }
  return { milliseconds: performance.now() - began, output }
}

function commit(shape: Shape, revision: number): string {
  const links = Array.from(parentsOf(shape, revision), (parent, at) => {
    return `${at === 0 ? 'from' : 'merge'} :${parent + 1}\n`
  })
  const person = `committer a <a@b> ${start + revision} +0000`
  const head = `reset refs/heads/all\ncommit refs/heads/all\nmark :${revision + 1}\n${person}\n`
  return `${head}data 0\n${links.join('')}\n`
}

/** A branch for each tip, so that nothing is out of reach. */
function branches({ size, links }: Shape, ids: readonly string[]): string {
  const named = new Uint8Array(size)
  for (const parent of links) named[parent] = 1
  const tips = ids.filter((_, n) => named[n] === 0)
  return tips.map((id, n) => `create refs/heads/tip${n} ${id}\n`).join('')
}
