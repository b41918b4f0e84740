/**
 * Durable puts against their floor: the same bytes appended to a file and synced with `fdatasync`.
 * Against other engines: `npm run bench:peers`.
 */

import assert from 'node:assert/strict'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createDB } from 'histo-revisions'
import { type Item, items } from './lib/data.js'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { race, size } from './lib/race.js'

const inFlight = 1000
/** Calls of `putMany` at once where they are pipelined. */
const calls = 4
const single = size(500, 20)
const groups = size(10, 1)
const rounds = size(9, 1)

const path = folder('put')
const db = await createDB<Item>({ path: join(path, 'ours') }).ready()
const file = openSync(join(path, 'floor'), 'a')
let next = 0

function fresh(count: number): Item[] {
  next += count
  return items(next - count, count)
}

/** A contender that is handed `count` new objects a round. */
function over(name: string, count: number, work: (all: readonly Item[]) => unknown) {
  let all: Item[] = []
  return {
    name,
    before: () => {
      all = fresh(count)
    },
    run: () => work(all)
  }
}

async function putOneByOne(all: readonly Item[]) {
  for (const one of all) await db.put(one)
}

async function putInGroups(all: readonly Item[]) {
  for (let at = 0; at < all.length; at += inFlight) {
    await Promise.all(all.slice(at, at + inFlight).map((one) => db.put(one)))
  }
}

async function putManyInGroups(all: readonly Item[]) {
  for (let at = 0; at < all.length; at += inFlight) {
    await db.putMany(all.slice(at, at + inFlight).map((data) => ({ data })))
  }
}

async function putManyPipelined(all: readonly Item[]) {
  const going: Promise<unknown>[] = []
  for (let at = 0; at < all.length; at += inFlight) {
    if (going.length >= calls) await going.shift()
    going.push(db.putMany(all.slice(at, at + inFlight).map((data) => ({ data }))))
  }
  await Promise.all(going)
}

function append(all: readonly Item[], group: number) {
  for (let at = 0; at < all.length; at += group) {
    writeSync(
      file,
      all
        .slice(at, at + group)
        .map((one) => JSON.stringify(one))
        .join('')
    )
    fdatasyncSync(file)
  }
}

async function check() {
  const [first, second] = items(0, 2) as [Item, Item]
  const refs = [await db.put(first), ...(await db.putMany([{ data: second }]))]
  assert.deepEqual(await db.getMany(refs), [first, second])
  assert.deepEqual(await db.ancestors(refs[1] as string), [refs[0]])
  next = 2
}

console.log(machine())
await check()
await race({
  question: 'one durable put at a time',
  unit: 'put',
  units: single,
  rounds,
  ours: over('put, awaited', single, putOneByOne),
  others: [over('append + fdatasync', single, (all) => append(all, 1))],
  targets: { 'append + fdatasync': 0.6 }
})
for (const [name, work, targets] of [
  [`put, ${inFlight} in flight`, putInGroups, {}],
  [`putMany of ${inFlight}`, putManyInGroups, {}],
  [`putMany of ${inFlight}, ${calls} in flight`, putManyPipelined, { 'JSON.stringify alone': 0.6 }]
] as const) {
  await race({
    question: `durable, ${inFlight} at a time`,
    unit: 'revision',
    units: groups * inFlight,
    rounds,
    ours: over(name, groups * inFlight, work),
    others: [
      over(`append ${inFlight} + fdatasync`, groups * inFlight, (all) => append(all, inFlight)),
      over('JSON.stringify alone', groups * inFlight, (all) =>
        all.map((one) => JSON.stringify(one))
      )
    ],
    targets
  })
}
closeSync(file)
await db.close()
