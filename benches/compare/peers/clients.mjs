/**
 * Clients of a service, each with one operation at a time: of a hundred operations 80 read an old version, 15 write, 5 merge
 * an edit of a slightly older version. Reads are checked, and at the end each merge.
 */

import assert from 'node:assert/strict'
import { random } from '../../../target/benches/lib/data.js'
import { edited, first } from './mixed.mjs'

const shares = { read: 80, write: 15 }
/** How many versions a merged side is behind ours. */
const behind = 10

/** Milliseconds of each operation, sorted, by its kind; and operations a second. */
export async function mix(service, operations, clients, budget) {
  const draw = random()
  let latest = first()
  const known = [[await service.write(latest), latest]]
  const times = { read: [], write: [], merge: [] }
  const merged = []
  let number = 0
  const acts = {
    async read() {
      const [ref, data] = known[draw(known.length)]
      assert.deepEqual(await service.read(ref), data)
    },
    async write() {
      latest = edited(latest, number)
      const data = latest
      known.push([await service.write(data), data])
    },
    async merge() {
      const [ref, data] = known[Math.max(0, known.length - behind)]
      const theirs = edited(data, number)
      merged.push([await service.merge(await service.fork(ref, theirs)), theirs, data])
    }
  }
  const begin = performance.now()
  const client = async () => {
    while (number < operations && performance.now() - begin < budget) {
      number += 1
      const chance = draw(100)
      const kind =
        chance < shares.read ? 'read' : chance < shares.read + shares.write ? 'write' : 'merge'
      const start = performance.now()
      await acts[kind]()
      times[kind].push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - begin) / 1000
  for (const [ref, theirs, before] of merged) {
    const data = await service.read(ref)
    for (const [field, value] of Object.entries(theirs)) {
      if (value !== before[field]) assert.equal(data[field], value, 'a merge lost what they wrote')
    }
  }
  for (const all of Object.values(times)) all.sort((a, b) => a - b)
  return { times, rate: number / seconds }
}
