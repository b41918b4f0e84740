/**
 * Reading by random refs from a warm database on disk, against its floor: `JSON.parse` of the same
 * texts, already in memory.
 */

import assert from 'node:assert/strict'
import { createDB } from 'histo-revisions'
import { draw, type Item, items } from './lib/data.js'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { race, size } from './lib/race.js'

const revisions = size(100_000, 2000)
const reads = size(20_000, 1000)
const batch = 1000
const rounds = size(15, 1)

const db = await createDB<Item>({ path: folder('get') }).ready()
const numberOf = new Map<string, number>()
for (let first = 0; first < revisions; first += batch) {
  const refs = await db.putMany(items(first, batch).map((data) => ({ data })))
  for (const [index, ref] of refs.entries()) numberOf.set(ref, first + index)
}
const refs = draw([...numberOf.keys()], reads)
const expected = refs.flatMap((ref) => items(numberOf.get(ref) ?? -1, 1))
const texts = expected.map((data) => JSON.stringify(data))

async function getAll(): Promise<Item[]> {
  const all: Item[] = []
  for (const ref of refs) all.push(await db.get(ref))
  return all
}

async function getAllInBatches(): Promise<Item[]> {
  const all: Item[] = []
  for (let at = 0; at < refs.length; at += batch) {
    for (const data of await db.getMany(refs.slice(at, at + batch))) all.push(data)
  }
  return all
}

async function parseAll(): Promise<unknown[]> {
  const all: unknown[] = []
  for (const text of texts) all.push(await Promise.resolve(JSON.parse(text)))
  return all
}

const floor = {
  name: 'JSON.parse alone',
  run: () => texts.map((text) => JSON.parse(text))
}
const awaited = { name: 'JSON.parse and an awaited promise', run: parseAll }

console.log(machine())
assert.deepEqual(await getAll(), expected)
assert.deepEqual(await getAllInBatches(), expected)
await race({
  question: `get, ${revisions} revisions on disk, warm, random refs`,
  unit: 'get',
  units: reads,
  rounds,
  ours: { name: 'get', run: getAll },
  others: [floor, awaited],
  targets: { [floor.name]: 0.5 }
})
await race({
  question: `getMany of ${batch}, the same`,
  unit: 'revision',
  units: reads,
  rounds,
  ours: { name: 'getMany', run: getAllInBatches },
  others: [floor],
  targets: { [floor.name]: 0.7 }
})
await db.close()
