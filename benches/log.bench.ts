/**
 * What the log of the heads costs: un-awaited puts with it, against the same without it (`log: false`).
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createDB, type DB } from 'histo-revisions'
import { type Item, items } from './lib/data.js'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { race, size } from './lib/race.js'

const puts = size(20_000, 1000)
const inFlight = 1000
const rounds = size(31, 1)
/** Parts of the throughput without the log. */
const [chained, branched] = [0.97, 0.91]

const parent = folder('log')
const all = items(0, puts)

/** Names of branches, each put to the next one. */
const names = (count: number) => Array.from({ length: count }, (_, number) => `doc/${number}`)

/** A contender whose every round begins with an empty database. */
function filling(
  name: string,
  place: 'memory' | 'path',
  branches: readonly string[],
  isLogged: boolean
) {
  let db: DB<Item>
  let path: string | undefined
  let handles: DB<Item>[]
  return {
    name,
    before: async () => {
      path = place === 'path' ? mkdtempSync(join(parent, 'db-')) : undefined
      const log = isLogged ? {} : ({ log: false } as const)
      db = await createDB<Item>({ ...(path === undefined ? {} : { path }), ...log }).ready()
      handles = branches.length === 0 ? [db] : branches.map((branch) => db.branch(branch))
    },
    run: () => putAll(handles),
    after: async () => {
      const { done } = await db.log().next()
      assert.equal(done, !isLogged)
      await db.close()
      if (path !== undefined) rmSync(path, { recursive: true })
    }
  }
}

async function putAll(branches: readonly DB<Item>[]) {
  for (let first = 0; first < puts; first += inFlight) {
    const some = all.slice(first, first + inFlight)
    await Promise.all(some.map((one, at) => branches[(first + at) % branches.length]?.put(one)))
  }
}

console.log(machine())
for (const place of ['memory', 'path'] as const) {
  for (const [what, branches, target] of [
    ['chained', [], chained],
    ['each to another of 1,000 branches', names(1000), branched],
    ['each to a new branch', names(puts), branched]
  ] as const) {
    await race({
      question: `${place}, ${inFlight} in flight, ${what}`,
      unit: 'put',
      units: puts,
      rounds,
      warmup: 2,
      ours: filling('put', place, branches, true),
      others: [filling('put with log: false', place, branches, false)],
      targets: { 'put with log: false': target }
    })
  }
}
