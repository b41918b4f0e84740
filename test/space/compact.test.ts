/**
 * `compact`: the file becomes small, nothing is lost, and databases that have it open continue to work.
 *
 * Checked to fail: without `take_alone` in `crates/core/src/store/files/compact.rs` the file is exchanged below another process.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { failureOf, folder, opened } from '../contract/places.js'
import { run, start } from '../durability/children.js'

const now = { grace: 0 }

/** A chain of 200 that stays, and 200 revisions of 20 KB, one of them erased, the others pruned. */
async function withHoles(path: string) {
  const db = await opened({ path, durability: 'relaxed', deltas: false })
  const kept = await db.putMany(Array.from({ length: 200 }, (_, n) => ({ data: { n } })))
  const large = Array.from({ length: 200 }, (_, n) => ({
    data: `${n} `.repeat(8000),
    ancestors: []
  }))
  const lost = await db.putMany(large, { moveHead: false })
  const erased = await db.put('a secret')
  await db.erase(erased)
  for (let time = 0; time < 2; time += 1) await db.prune(now)
  return { db, kept, lost, erased }
}

const sizeOf = (path: string) => statSync(join(path, 'data.mdb')).size

async function expectAll(db: DB, { kept, lost, erased }: Awaited<ReturnType<typeof withHoles>>) {
  expect(await db.refDifference(null, erased)).toEqual([...kept, erased].toReversed())
  expect(await db.getMany(kept)).toEqual(kept.map((_, n) => ({ n })))
  expect((await db.has(lost)).some(Boolean)).toBe(false)
  expect((await failureOf(db.get(erased))).code).toBe('HISTO_SHALLOW')
}

test('the file shrinks, and everything is there, at once and after reopening', async () => {
  const path = folder()
  const all = await withHoles(path)
  const before = sizeOf(path)
  const result = await all.db.compact()
  expect(result).toEqual({ before, after: sizeOf(path) })
  expect(result.after).toBeLessThan(before / 10)
  await expectAll(all.db, all)
  const next = await all.db.put('next')
  expect(await all.db.ancestors(next)).toEqual([all.erased])
  await all.db.close()
  const again = await opened({ path })
  await expectAll(again, all)
  expect(again.head()).toBe(next)
  expect(await again.verify()).toMatchObject({ ok: true })
  expect(readdirSync(path).toSorted()).toEqual(['data.mdb', 'lock.mdb', 'open.lock'])
})

test('erased data is nowhere in the file afterwards', async () => {
  const path = folder()
  const db = await opened({ path })
  await db.put('kept')
  const ref = await db.put('the most secret words')
  const holds = () => readFileSync(join(path, 'data.mdb')).includes('the most secret words')
  expect(holds()).toBe(true)
  await db.erase(ref)
  await db.compact()
  expect(holds()).toBe(false)
})

test('other databases of the process over the same path continue, with writes before and after', async () => {
  const path = folder()
  const all = await withHoles(path)
  const other = await opened({ path, durability: 'relaxed' })
  const side = all.db.branch('side')
  const outcomes = await Promise.all([
    other.put('before'),
    all.db.compact(),
    other.put('behind'),
    side.put('aside', [])
  ])
  expect(await other.getMany([outcomes[0], outcomes[2], outcomes[3]])).toEqual([
    'before',
    'behind',
    'aside'
  ])
  expect(await all.db.ancestors(outcomes[2])).toEqual([outcomes[0]])
  await all.db.compact()
  expect(await other.get(all.kept[3] ?? '')).toEqual({ n: 3 })
})

test('reads and walks under way are answered', async () => {
  const path = folder()
  const all = await withHoles(path)
  const history = all.db.history({ until: all.erased })
  const long = all.db.history(all.kept[199] ?? '')
  expect((await long.next()).value?.data).toEqual({ n: 199 })
  const [, reached, data] = await Promise.all([
    all.db.compact(),
    all.db.refDifference(null, all.kept[199] ?? ''),
    all.db.get(all.kept[0] ?? '')
  ])
  expect([reached.length, data]).toEqual([200, { n: 0 }])
  expect((await history.next()).done).toBe(true)
  let count = 1
  for await (const { data } of long) expect(data).toEqual({ n: 199 - count++ })
  expect(count).toBe(200)
})

test('while another process has it open, it is HISTO_LOCKED, and stays usable', async () => {
  const path = folder()
  await using db = await createDB({ path }).ready()
  await db.put('mine')
  const { child } = start('append', path, '1')
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const failure = await failureOf(db.compact())
  expect(failure).toMatchObject({ code: 'HISTO_LOCKED', retryable: true, path })
  expect(await db.put('more')).toHaveLength(64)
  const gone = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await gone
  const { before, after } = await db.compact()
  expect(after).toBeLessThanOrEqual(before)
  const { code, stderr } = await run('give-back', path, 'prune')
  expect([code, stderr]).toEqual([0, ''])
  expect(existsSync(join(path, 'compact.partial'))).toBe(false)
})

test('it can be done again and again, and on an empty database', async () => {
  const path = folder()
  const db = await opened({ path })
  for (let round = 0; round < 3; round += 1) await db.compact()
  const ref = await db.put('data')
  for (let round = 0; round < 3; round += 1) await db.compact()
  expect(await db.get(ref)).toBe('data')
})

test('in memory there is nothing to do', async () => {
  const db = createDB()
  await db.put('data')
  expect(await db.compact()).toEqual({ before: 0, after: 0 })
  const told = new Promise((resolve) => db.compact((...args) => resolve(args)))
  expect(await told).toEqual([null, { before: 0, after: 0 }])
})
