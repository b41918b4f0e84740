/**
 * `npm run bench:peers`: the same work, done by this package and by its alternatives, each as its
 * authors would run it, in a separate process, in turns, every result checked.
 *
 *     npm run bench:peers -- --size 200 --seconds 1 --flight 1000   all of it, small
 *     npm run bench:peers -- --only store --kind small --size 1000000 --flight 1000
 *     npm run bench:peers -- --only graph,fork --rivals git,better-sqlite3
 *     npm run bench:peers -- --page                             writes the tables into docs/benchmarks.md
 *
 * Results are kept (`results.mjs`), and measured again only with `--again`.
 */

import { parseArgs } from 'node:util'
import { machine } from '../../target/benches/lib/machine.js'
import { writePage } from './peers/page.mjs'
import { ours, rivals, versionOf } from './peers/rivals.mjs'
import { fork, graph } from './peers/works/graph.mjs'
import { mix } from './peers/works/mix.mjs'
import { store } from './peers/works/store.mjs'
import { sync } from './peers/works/sync.mjs'
import { child } from './sync/calls.mjs'

const works = { store, graph, fork, mix, sync }

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(works).join(',') },
    size: { type: 'string', default: '10000' },
    kind: { type: 'string', default: 'small,document' },
    flight: { type: 'string', default: '1,64,1000' },
    rivals: { type: 'string', default: Object.keys(rivals).join(',') },
    seconds: { type: 'string', default: '20' },
    again: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false }
  }
})

const list = (text, known, what) => {
  const all = text.split(',').map((part) => part.trim())
  const odd = all.find((part) => !known.includes(part))
  if (odd !== undefined) throw new Error(`no ${what} is named ${odd}: ${known.join(', ')}`)
  return all
}

const number = (text, what) => {
  if (!/^\d+$/.test(text) || Number(text) === 0) throw new Error(`${what} is a number: ${text}`)
  return Number(text)
}

/** The rivals that load here, ours first; prints why others do not. */
async function present(names) {
  const there = []
  for (const name of names) {
    const process = child('../peers/process.mjs')
    try {
      const { how } = await process.ask('load', rivals[name].file)
      console.log(`${name} ${versionOf(name)}: ${how}`)
      there.push(name)
    } catch (error) {
      const [why] = error.message.split('\n').filter((line) => !/^\s+at /.test(line))
      console.log(`LEFT OUT: ${name}: ${reasonOf(error.message) ?? why}`)
    }
    process.end()
  }
  return there
}

const reasonOf = (message) =>
  /(?:Cannot find (?:package|module) '[^']+'|version `GLIBC_[\d.]+' not found|requires Node[^\n]*)/.exec(
    message
  )?.[0]

if (values.page) await writePage()
else {
  console.log(machine())
  const wanted = list(values.rivals, Object.keys(rivals), 'rival')
  const options = {
    names: await present([ours, ...wanted.filter((name) => name !== ours)]),
    kinds: list(values.kind, ['small', 'document'], 'kind'),
    size: number(values.size, '--size'),
    flights: values.flight.split(',').map((text) => number(text, '--flight')),
    budget: number(values.seconds, '--seconds') * 1000,
    again: values.again
  }
  for (const work of list(values.only, Object.keys(works), 'work')) await works[work](options)
}
