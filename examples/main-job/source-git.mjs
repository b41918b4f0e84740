/**
 * A git repository as the source of the job: its commits, and git's answers as the oracle.
 *
 * A source is `{ title, oracle, lanes, total, head, commits(), merges(), questions(ids) }`, as in `source-shipped.mjs`.
 */

import { availableParallelism } from 'node:os'
import { askAbout, readCommits, readMerges } from './git.mjs'
import { random } from './random.mjs'

const randomPairs = 300

/** Everything that one repository offers. */
export function gitSource(folder, { head, commits }) {
  return {
    title: folder,
    oracle: 'git, asked now',
    lanes: availableParallelism(),
    total: commits,
    head,
    commits: () => readCommits(folder, head),
    merges: () => readMerges(folder, head),
    questions: (ids) => questionsAbout(folder, head, ids)
  }
}

/** Random pairs and the parents of merges, mixed, so that a time limit cuts both alike. */
async function questionsAbout(folder, head, ids) {
  const next = random(1)
  const pick = () => ids[Math.floor(next() * ids.length)]
  const pairs = Array.from({ length: randomPairs }, () => [pick(), pick()])
  for (const { parents } of await readMerges(folder, head)) {
    pairs.push([parents[0], parents[1]])
  }
  for (let last = pairs.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1))
    ;[pairs[last], pairs[other]] = [pairs[other], pairs[last]]
  }
  return pairs.map(([from, to]) => ({ from, to, answer: () => askAbout(folder, from, to) }))
}
