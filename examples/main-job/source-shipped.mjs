/**
 * A history shipped with the tests as the source of the job: the shape of a public project's
 * history and what git answered about it. Format: `test/histories/README.md`.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const project = 'jj'
const folder = new URL('../../test/histories/', import.meta.url)

/** The history of jj, the largest that is shipped. */
export function shippedSource() {
  const text = readFileSync(new URL(`${project}.dag`, folder), 'utf8')
  const parents = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? [] : line.split(' ').map(Number)))
  const queries = JSON.parse(readFileSync(new URL(`${project}.queries.json`, folder), 'utf8'))
  return {
    title: `the history of ${project}, shipped with the tests`,
    oracle: "git's recorded answers",
    lanes: 1,
    total: parents.length,
    head: deepest(parents),
    commits: () => revisionsOf(parents),
    merges: () => mergesOf(parents),
    questions: () => questionsOf(queries)
  }
}

/** The revision with the longest way down to a root: a tip of the main line. */
function deepest(parents) {
  const depth = new Uint32Array(parents.length)
  let best = 0
  for (const [number, list] of parents.entries()) {
    for (const parent of list) depth[number] = Math.max(depth[number], depth[parent] + 1)
    if (depth[number] >= depth[best]) best = number
  }
  return best
}

/**
 * Parents first, and a child directly behind its parent where that is possible, as `git log
 * --topo-order` has them: what stands in a row can be written with one call. Of several children
 * the one with the longest line above it comes first, so that the rows are long.
 */
function* revisionsOf(parents) {
  const children = childrenOf(parents)
  const waiting = parents.map((list) => list.length)
  const ready = waiting.flatMap((count, number) => (count === 0 ? [number] : []))
  for (let number = ready.pop(); number !== undefined; number = ready.pop()) {
    yield { id: number, parents: parents[number], data: { number } }
    for (const child of children[number]) {
      waiting[child] -= 1
      if (waiting[child] === 0) ready.push(child)
    }
  }
}

/** The children of each, the one with the longest line above it last. */
function childrenOf(parents) {
  const children = parents.map(() => [])
  const height = new Uint32Array(parents.length)
  for (let number = parents.length - 1; number >= 0; number -= 1) {
    children[number].sort((left, right) => height[left] - height[right])
    for (const parent of parents[number]) {
      children[parent].push(number)
      height[parent] = Math.max(height[parent], height[number] + 1)
    }
  }
  return children
}

function mergesOf(parents) {
  return parents
    .map((list, id) => ({ id, parents: list }))
    .filter((revision) => revision.parents.length > 1)
}

function questionsOf(queries) {
  return queries.map(({ from, to, mergeBases, differenceCount, differenceSha256 }) => {
    return { from, to, answer: () => ({ mergeBases, differenceCount, differenceSha256 }) }
  })
}

/** The hash that the recorded answers have in place of a difference. */
export function hashOfNumbers(numbers) {
  return createHash('sha256').update(numbers.join(',')).digest('hex')
}
