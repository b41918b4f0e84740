/**
 * `npm run bench:compare -- put [--quick] [--million]`: durable, chained puts of 220-byte objects,
 * against lmdb and classic-level under the same load, turn by turn, from empty databases.
 *
 * The ratios are of the time for all rounds together: each round finds a larger database.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { itemBytes, items } from '../../target/benches/lib/data.js'
import { createDB } from '../../target/benches/lib/database.js'
import { folder } from '../../target/benches/lib/folder.js'
import { machine } from '../../target/benches/lib/machine.js'
import { figure, quick, race } from '../../target/benches/lib/race.js'
import { openLevel, openLmdb } from './engines.mjs'

const group = 1000
const rounds = 10
/** Before each turn: what another engine does in the background then is not paid by the next. */
const settleMilliseconds = quick ? 0 : 500
const revisions = [quick ? 20_000 : 100_000]
if (process.argv.includes('--million')) revisions.push(1_000_000)
/** Ours against the best of the others, by revisions: `putMany`, `put`. */
const targets = new Map([
  [100_000, [4, 3]],
  [1_000_000, [6, 3.5]]
])

function putMany(db) {
  return (all) => db.putMany(all.map((data) => ({ data })))
}

function putEach(db) {
  return (all) => Promise.all(all.map((data) => db.put(data)))
}

/** A contender that writes `count` new objects a round, `group` at a time. */
function writing(name, count, put) {
  let next = 0
  let all = []
  return {
    name,
    before: async () => {
      all = items(next, count)
      next += count
      await setTimeout(settleMilliseconds)
    },
    run: async () => {
      for (let at = 0; at < count; at += group) await put(all.slice(at, at + group))
    }
  }
}

async function check(name, { head, get, expected }) {
  const ref = await head()
  assert.deepEqual(await get(ref), expected, `${name} has not what was written last`)
}

async function compare(total) {
  const path = folder('compare')
  const [many, each] = await Promise.all(
    ['many', 'each'].map((name) => createDB({ path: join(path, name) }).ready())
  )
  const lmdb = openLmdb(join(path, 'lmdb'))
  const level = await openLevel(join(path, 'level'))
  const count = total / rounds
  const times = await race({
    question: `durable puts of ${itemBytes} bytes, ${group} at a time, from 0 to ${total} revisions`,
    unit: 'revision',
    units: count,
    rounds,
    warmup: 0,
    ours: writing('putMany', count, putMany(many)),
    others: [
      writing('put, all in flight', count, putEach(each)),
      writing('lmdb', count, lmdb.put),
      writing('classic-level', count, level.put)
    ]
  })
  const expected = items(total - 1, 1)[0]
  for (const db of [many, each]) {
    const head = () => db.head()
    await check('histo-revisions', { head, get: (ref) => db.get(ref), expected })
  }
  await check('lmdb', { ...lmdb, expected })
  await check('classic-level', { ...level, expected })
  judge(total, times)
  for (const db of [many, each, lmdb, level]) await db.close()
}

function judge(total, times) {
  const best = Math.min(times.get('lmdb').mean, times.get('classic-level').mean)
  for (const [index, name] of ['putMany', 'put, all in flight'].entries()) {
    const ratio = best / times.get(name).mean
    const target = targets.get(total)?.[index]
    const verdict =
      target === undefined ? '' : `, target ${target}: ${ratio >= target ? 'met' : 'MISSED'}`
    console.log(`  ${name}: ${figure(ratio)} times the best of the others, all rounds${verdict}`)
  }
}

console.log(machine())
for (const total of revisions) await compare(total)
