/** Merge bases and differences on `test/histories`, beside git's recorded answers; and on two branches of a hundred. */

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, top } from '../../../../target/benches/lib/folder.js'
import { child } from '../../sync/calls.mjs'
import { isKnown, keep } from '../results.mjs'
import { attempt, rivals } from '../rivals.mjs'

const apart = 100
const times = 51

export async function graph({ names, budget, again }) {
  const place = folder('peers-graph')
  for (const kind of ['irmin', 'jj']) {
    const read = (suffix) =>
      readFileSync(join(top, 'test', 'histories', `${kind}${suffix}`), 'utf8')
    const parents = read('.dag')
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split(' ').filter(Boolean).map(Number))
    const queries = JSON.parse(read('.queries.json'))
    console.log(`\n${kind}: ${queries.length} pairs in a history of ${parents.length}`)
    for (const name of names) {
      if (!again && isKnown({ work: 'graph', kind, name })) continue
      const path = join(place, kind)
      mkdirSync(path, { recursive: true })
      const asked = await attempt(name, () => ask(name, path, parents, queries, budget))
      if (asked === undefined) continue
      if (asked === null) console.log(`  ${name}: left out: it has no such question`)
      else keep({ work: 'graph', kind, name, ...asked })
    }
  }
}

async function ask(name, path, parents, queries, budget) {
  const process = child('../peers/process.mjs')
  await process.ask('load', rivals[name].file)
  const figures = {}
  try {
    if (!(await process.ask('loadGraph', path, parents))) return null
    for (const [question, expected] of [
      ['mergeBases', ({ mergeBases }) => mergeBases],
      ['difference', ({ differenceCount }) => differenceCount]
    ]) {
      const all = shuffled(queries).map((query) => ({
        from: query.from,
        to: query.to,
        expected: expected(query)
      }))
      const told = await process.ask('ask', question, all, budget)
      if (told === null) continue
      if (told.wrong > 0)
        throw new Error(`${told.wrong} of ${told.asked} answers (${question}) are not git's`)
      figures[question] = (told.milliseconds * 1000) / told.asked
      figures[`${question} asked`] = told.asked
    }
    await process.ask('close')
  } finally {
    process.end()
  }
  return figures
}

/** In an order in which every kind of pair comes early: a slow rival is asked about the first ones alone. */
function shuffled(queries) {
  const step = 389 // a prime that divides neither count
  return queries.map((_, index) => queries[(index * step) % queries.length])
}

/** The base of two branches, for those who make commits by their own branches alone. */
export async function fork({ names, again }) {
  const place = folder('peers-fork')
  console.log(`\nthe base of two branches, ${apart} commits each`)
  for (const name of names) {
    if (again || !isKnown({ work: 'fork', name })) await attempt(name, () => forkOf(name, place))
  }
}

async function forkOf(name, place) {
  const process = child('../peers/process.mjs')
  try {
    await process.ask('load', rivals[name].file)
    const path = join(place, rivals[name].file)
    mkdirSync(path)
    await process.ask('open', path, true)
    const milliseconds = await process.ask('fork', apart, times)
    await process.ask('close')
    if (milliseconds !== null) keep({ work: 'fork', name, base: milliseconds * 1000 })
  } finally {
    process.end()
  }
}
