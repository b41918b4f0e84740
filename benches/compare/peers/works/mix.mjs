/** A service's mix of reads, writes and merges of one document, 16 clients: how long each takes. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../../../../target/benches/lib/folder.js'
import { child } from '../../sync/calls.mjs'
import { isKnown, keep } from '../results.mjs'
import { attempt, rivals } from '../rivals.mjs'

const clients = 16

export async function mix({ names, size, budget, again }) {
  const place = folder('peers-mix')
  console.log(
    `\n${size} operations of ${clients} clients: 80 reads, 15 writes and 5 merges of a hundred (ms)`
  )
  for (const name of names) {
    if (!again && isKnown({ work: 'mix', name, size })) continue
    await attempt(name, () => serve(name, place, size, budget))
  }
}

async function serve(name, place, size, budget) {
  const process = child('../peers/process.mjs')
  try {
    await process.ask('load', rivals[name].file)
    const path = join(place, rivals[name].file)
    mkdirSync(path)
    const told = await process.ask('mix', path, size, clients, budget)
    if (told === null) return console.log(`  ${name}: left out: nobody would serve it so`)
    await process.ask('close')
    keep({ work: 'mix', name, size, rate: told.rate, ...percentiles(told.times) })
  } finally {
    process.end()
  }
}

function percentiles(times) {
  const figures = {}
  for (const [kind, all] of Object.entries(times)) {
    const at = (part) => all[Math.min(all.length - 1, Math.floor(all.length * part))]
    figures[`${kind} p50`] = at(0.5)
    figures[`${kind} p99`] = at(0.99)
  }
  return figures
}
