/**
 * Commits of 100 KB puts after half of the revisions were pruned, beside the same puts in a database from
 * which nothing was deleted: the cost of LMDB's list of free pages for writes after a large deletion.
 */

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createDB, type DB } from 'histo-revisions'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { size } from './lib/race.js'

/** Revisions of 100 KB that are written first; every other one is pruned. */
const revisions = size(4000, 40)
/** Puts that are timed, one commit each. */
const puts = size(500, 10)
const bytes = 100_000
/** Written without waiting for each. */
const group = 40

const path = folder('prune')

/** Bytes that differ from each other and do not repeat. */
function payload(seed: number): Uint8Array {
  const data = new Uint8Array(bytes)
  let state = seed + 1
  for (let at = 0; at < bytes; at += 4) {
    state = Math.imul(state, 0x9e3779b1) ^ (state >>> 15)
    data[at] = state
  }
  return data
}

/** A chain, and as many beside it that nothing reaches, by turns. */
async function filled(name: string): Promise<DB> {
  const db = await createDB({ path: join(path, name), durability: 'relaxed' }).ready()
  for (let at = 0; at < revisions; at += group) {
    const writes = Array.from({ length: group }, (_, n) =>
      n % 2 === 0 ? db.put(payload(at + n)) : db.put(payload(at + n), [], { moveHead: false })
    )
    await Promise.all(writes)
  }
  await db.close()
  return await createDB({ path: join(path, name) }).ready()
}

/** The times of puts one by one, in ms, ascending. */
async function timed(db: DB, first: number): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < puts; n += 1) {
    const data = payload(first + n)
    const start = performance.now()
    await db.put(data)
    times.push(performance.now() - start)
  }
  return times.toSorted((a, b) => a - b)
}

function row(name: string, times: readonly number[]): void {
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2)
  const most = (times.at(-1) ?? Number.NaN).toFixed(2)
  console.log(`${name}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${most} ms`)
}

const megabytes = (name: string) => Math.round(statSync(join(path, name, 'data.mdb')).size / 1e6)

console.log(machine())
console.log(
  `${revisions} revisions of ${bytes} bytes, half of them pruned; then ${puts} puts, one commit each`
)
const whole = await filled('whole')
const pruned = await filled('pruned')
await pruned.prune({ grace: 0 })
const start = performance.now()
const { deleted, bytes: freed } = await pruned.prune({ grace: 0 })
const seconds = (performance.now() - start) / 1000
assert.equal(deleted, revisions / 2)
assert.equal(freed, deleted * bytes)
console.log(`pruned ${deleted} in ${seconds.toFixed(2)} s; the file has ${megabytes('pruned')} MB`)

const before = megabytes('pruned')
const rounds = [await timed(whole, revisions), await timed(pruned, revisions)]
row('nothing deleted', rounds[0] ?? [])
row('half pruned', rounds[1] ?? [])
console.log(`the file of the pruned one grew by ${megabytes('pruned') - before} MB`)
const compacted = performance.now()
const sizes = await pruned.compact()
const took = (performance.now() - compacted) / 1000
assert.ok(sizes.after < sizes.before)
console.log(`compacted from ${sizes.before} to ${sizes.after} bytes in ${took.toFixed(2)} s`)
row('compacted', await timed(pruned, revisions + puts))
await Promise.all([whole.close(), pruned.close()])
