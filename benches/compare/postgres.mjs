/**
 * `npm run bench:postgres [-- --quick]`: chained puts of 220-byte objects through PostgreSQL, 1,000 in
 * flight, and `getMany` of 1,000, against SQL written by hand for the same bytes, turn by turn.
 *
 * The hand-written side has its texts and ids ready, and moves no head: it is a floor, not a rival.
 */

import assert from 'node:assert/strict'
import canonicalize from 'canonicalize'
import pg from 'pg'
import { refOf } from '../../dist/index.js'
import { postgresStores } from '../../dist/postgres-entry.js'
import { itemBytes, items } from '../../target/benches/lib/data.js'
import { createDB } from '../../target/benches/lib/database.js'
import { machine } from '../../target/benches/lib/machine.js'
import { figure, quick, race } from '../../target/benches/lib/race.js'

const group = 1000
const groupsARound = quick ? 2 : 10
const rounds = quick ? 2 : 12
const target = 0.7
const schema = `histo_bench_${process.pid}`

const pool = new pg.Pool({
  host: process.env.PGHOST ?? '127.0.0.1',
  user: process.env.PGUSER ?? 'postgres',
  database: process.env.PGDATABASE ?? 'test',
  ...(process.env.HISTO_TEST_POSTGRES ? { connectionString: process.env.HISTO_TEST_POSTGRES } : {}),
  options: `-c search_path=${schema}`
})

/** Ours: puts that nobody awaits one by one, so that each thousand goes out as one chain. */
function ours(db, refs) {
  let next = 0
  let all = []
  return {
    name: 'put, 1,000 in flight',
    before: () => {
      all = items(next, group * groupsARound)
      next += all.length
    },
    run: async () => {
      for (let at = 0; at < all.length; at += group) {
        refs.push(...(await Promise.all(all.slice(at, at + group).map((data) => db.put(data)))))
      }
    }
  }
}

/** By hand: one statement for each thousand; the same chain, ids and texts ready before the clock runs. */
function byHand(refs) {
  let next = 0
  let head
  let batches = []
  return {
    name: 'INSERT … unnest by hand',
    before: () => {
      batches = []
      for (let left = groupsARound; left > 0; left -= 1) {
        const texts = items(next, group).map((data) => {
          const text = canonicalize({ ancestors: head === undefined ? [] : [head], data })
          head = refOf(text)
          refs.push(head)
          return text
        })
        next += group
        batches.push([refs.slice(-group), texts])
      }
    },
    run: async () => {
      for (const batch of batches) {
        await pool.query(
          'INSERT INTO by_hand (id, text) SELECT * FROM unnest($1::text[], $2::text[])',
          batch
        )
      }
    }
  }
}

function judge(what, times, [mine, floor]) {
  const ratio = times.get(floor).median / times.get(mine).median
  const verdict = ratio >= target ? 'met' : 'MISSED'
  console.log(
    `  ${what}: ${figure(ratio)} of what is written by hand, target ${target}: ${verdict}`
  )
}

async function writing(db, refs) {
  const same = []
  const [mine, hand] = [ours(db, refs), byHand(same)]
  const times = await race({
    question: `chained puts of ${itemBytes} bytes on PostgreSQL, ${group} in flight`,
    unit: 'revision',
    units: group * groupsARound,
    rounds,
    warmup: 1,
    ours: mine,
    others: [hand]
  })
  assert.deepEqual(refs, same, 'both sides wrote the same')
  const { rows } = await pool.query('SELECT count(*)::int AS count FROM by_hand')
  assert.equal(rows[0].count, refs.length)
  judge('puts', times, [mine.name, hand.name])
}

async function reading(db, refs) {
  const picked = () =>
    Array.from({ length: group }, () => refs[Math.floor(Math.random() * refs.length)])
  let asked = []
  const before = () => {
    asked = picked()
  }
  const read = async (ids) => {
    const { rows } = await pool.query('SELECT id, text FROM by_hand WHERE id = ANY($1)', [ids])
    const texts = new Map(rows.map(({ id, text }) => [id, text]))
    return ids.map((id) => JSON.parse(texts.get(id)).data)
  }
  asked = picked()
  assert.deepEqual(await db.getMany(asked), await read(asked))
  const times = await race({
    question: `getMany of ${group} on PostgreSQL, out of ${refs.length}`,
    unit: 'revision',
    units: group,
    rounds: rounds * 4,
    warmup: 4,
    ours: { name: 'getMany', before, run: () => db.getMany(asked) },
    others: [{ name: 'SELECT … = ANY by hand', before, run: () => read(asked) }]
  })
  judge('getMany', times, ['getMany', 'SELECT … = ANY by hand'])
}

console.log(machine())
await pool.query(`CREATE SCHEMA ${schema}`)
try {
  await pool.query('CREATE TABLE by_hand (id text PRIMARY KEY, text text NOT NULL)')
  const refs = []
  const db = await createDB(postgresStores(pool)).ready()
  await writing(db, refs)
  await reading(db, refs)
  await db.close()
} finally {
  await pool.query(`DROP SCHEMA ${schema} CASCADE`)
  await pool.end()
}
