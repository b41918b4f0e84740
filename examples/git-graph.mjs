/**
 * A commit graph over a git repository: `node examples/git-graph.mjs [path/to/a/repository [ref ref]]`.
 *
 * The commits stay in git; the graph has their ids and parents. With two refs (anything git
 * understands) it prints what git's `merge-base --all`, `rev-list --count` and `merge-base
 * --is-ancestor` would; without, it holds the answers about many pairs to git's own. Exits with 1 if
 * any is wrong.
 */

import { resolve } from 'node:path'
import { createGraph } from 'histo-revisions/graph'
import { askAbout, git } from './main-job/git.mjs'
import { random } from './main-job/random.mjs'

const pairs = 100
const seed = 2026

const [path = '.', ...names] = process.argv.slice(2)
const folder = resolve(process.env.INIT_CWD ?? '.', path)
const { graph, ids } = await readGraph(folder)
if (names.length === 2) await tell(names)
else process.exitCode = (await check()) === 0 ? 0 : 1

/** Every commit that a ref of the repository reaches; git lists the newest first, which is as good. */
async function readGraph(repository) {
  const start = performance.now()
  const listed = await git(repository, 'rev-list', '--parents', '--all')
  const rows = listed.split('\n').map((line) => line.split(' '))
  const read = performance.now()
  const made = createGraph().addMany(rows.map(([ref, ...ancestors]) => ({ ref, ancestors })))
  const added = performance.now()
  const took = `git ${(read - start).toFixed(0)} ms, the graph ${(added - read).toFixed(0)} ms`
  console.log(`${made.size} commits, ${made.tips().length} tips: ${took}`)
  return { graph: made, ids: rows.map(([ref]) => ref) }
}

async function tell(refs) {
  const parsed = refs.map((ref) => git(folder, 'rev-parse', '--verify', `${ref}^{commit}`))
  const [one, other] = await Promise.all(parsed)
  console.log('merge bases', graph.mergeBases(one, other))
  console.log(`only in ${refs[0]}`, graph.difference(other, one).length)
  console.log(`only in ${refs[1]}`, graph.difference(one, other).length)
  console.log(`${refs[0]} is an ancestor of ${refs[1]}`, graph.isAncestor(one, other))
}

/** Asks both about random pairs; the number of wrong answers. */
async function check() {
  const next = random(seed)
  const draw = () => ids[Math.floor(next() * ids.length)]
  const times = { git: 0, graph: 0 }
  let wrong = 0
  for (let n = 0; n < pairs; n += 1) {
    const [from, to] = [draw(), draw()]
    const start = performance.now()
    const answer = {
      mergeBases: graph.mergeBases(from, to),
      difference: graph.difference(from, to)
    }
    const asked = performance.now()
    const expected = await askAbout(folder, from, to)
    times.graph += asked - start
    times.git += performance.now() - asked
    answer.difference.sort()
    if (JSON.stringify(answer) === JSON.stringify(expected)) continue
    console.error(`WRONG: ${from} and ${to}`)
    wrong += 1
  }
  const each = (time) => `${((time * 1000) / pairs).toFixed(0)} us`
  console.log(`${pairs} pairs, ${wrong} wrong; ${each(times.graph)} a pair, git ${each(times.git)}`)
  return wrong
}
