/**
 * A synchronization repairs in place what is known to be damaged.
 *
 * Checked to fail: with `heal` left out of `synchronizer.ts` the damaged revisions stay damaged.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB, type Source } from '../../ts/index.js'
import { failureOf, folder, opened } from '../contract/places.js'
import { breakPageOf } from '../support/damage.js'

const dataOf = (n: number) => `revision number ${n} `.repeat(n === 30 ? 1000 : 1)

/** A database with two damaged revisions and one that has all of it whole. */
async function damagedPair() {
  const whole = await opened<string>({ name: 'whole' })
  const items = Array.from({ length: 50 }, (_, n) => ({ data: dataOf(n) }))
  const refs = await whole.putMany(items)
  const path = join(folder(), 'db')
  const before = createDB<string>({ path, deltas: false })
  await createSynchronizer(whole, before).run()
  await before.setHead(refs.at(-1) as string)
  await before.close()
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  for (const n of [17, 30]) {
    // Every copy of it: pages that were given up have some.
    for (let at = bytes.indexOf(dataOf(n)); at >= 0; at = bytes.indexOf(dataOf(n), at)) {
      bytes[at] = (bytes[at] ?? 0) ^ 1
    }
  }
  writeFileSync(file, bytes)
  const db = await opened<string>({ path })
  return { whole, db, refs, damaged: [refs[17] as string, refs[30] as string] }
}

async function expectWhole(db: DB<string>, refs: readonly string[]) {
  expect(await db.verify()).toMatchObject({ ok: true, revisions: refs.length })
  expect(await db.getMany(refs)).toEqual(refs.map((_, n) => dataOf(n)))
  expect(await db.refDifference(null, refs.at(-1) as string)).toEqual(refs.toReversed())
  expect(await db.has(refs)).toEqual(refs.map(() => true))
}

test('what verify found damaged is asked for again, although nothing else is new', async () => {
  const { whole, db, refs, damaged } = await damagedPair()
  expect(await db.verify()).toMatchObject({ ok: false, damaged })
  const { revisions, bytes } = await createSynchronizer(whole, db).run()
  expect(revisions).toBe(2)
  expect(bytes).toBe(damaged.length * 2 + dataOf(17).length + dataOf(30).length)
  await expectWhole(db, refs)
  expect((await createSynchronizer(whole, db).run()).revisions).toBe(0)
})

test('what a read found damaged is missing for has, and comes with what is new', async () => {
  const { whole, db, refs, damaged } = await damagedPair()
  expect(await db.has(damaged)).toEqual([true, true]) // nobody knows yet
  for (const ref of damaged) {
    expect(await failureOf(db.get(ref))).toMatchObject({ code: 'HISTO_CORRUPT', ref })
  }
  expect(await db.has([...damaged, refs[0] as string])).toEqual([false, false, true])
  refs.push(await whole.put(dataOf(50)))
  expect((await createSynchronizer(whole, db).run()).revisions).toBe(3)
  await expectWhole(db, refs)
})

test('what is healed is there after the database was opened again', async () => {
  const { whole, db, refs, damaged } = await damagedPair()
  await db.verify()
  await createSynchronizer(whole, db).run()
  const copy = join(folder(), 'copy')
  await db.backup(copy)
  await expectWhole(await opened<string>({ path: copy }), refs)
  expect(damaged).toHaveLength(2)
})

test('a source written by hand heals too, asked for what its head reaches', async () => {
  const { whole, db, refs } = await damagedPair()
  await db.verify()
  const asked: string[][] = []
  const source: Source<string> = {
    name: 'whole',
    head: (callback) => whole.head(callback),
    refDifference: (from, to, callback) => whole.refDifference(from, to, callback),
    createStream: (wanted) => {
      asked.push([...wanted])
      return whole.createStream(wanted)
    }
  }
  await createSynchronizer(source, db).run()
  expect(asked).toEqual([[refs[17], refs[30]]])
  await expectWhole(db, refs)
})

test('a source that lacks what is damaged leaves it so, and the run succeeds', async () => {
  const { db, damaged } = await damagedPair()
  await db.verify()
  const other = await opened<string>({ name: 'other' })
  await other.put('something else')
  expect((await createSynchronizer(other, db).run()).revisions).toBe(1)
  expect(await db.has(damaged)).toEqual([false, false])
})

test('a peer whose copy is damaged as well is no source of it', async () => {
  const { whole, db, refs, damaged } = await damagedPair()
  const second = await damagedPair()
  await db.verify()
  await second.db.verify()
  await createSynchronizer(second.db, db, { remote: 'second' }).run()
  expect(await db.has(damaged)).toEqual([false, false])
  await createSynchronizer(whole, db).run()
  await createSynchronizer(db, second.db, { remote: 'first' }).run()
  await expectWhole(second.db, refs)
})

test('putting a damaged revision again heals it, and nobody takes it for damaged after', async () => {
  const { db, refs, damaged } = await damagedPair()
  expect(await failureOf(db.get(damaged[0] as string))).toMatchObject({ code: 'HISTO_CORRUPT' })
  expect(await db.put(dataOf(17), [refs[16] as string], { moveHead: false })).toBe(damaged[0])
  expect(await db.has(damaged)).toEqual([true, true]) // of the other nobody knows yet
  expect(await db.get(damaged[0] as string)).toBe(dataOf(17))
})

test('what stood on a broken page is not written anew: LMDB would step on the page', async () => {
  const path = join(folder(), 'db')
  const whole = await opened<string>({ name: 'whole' })
  const refs = await whole.putMany(Array.from({ length: 900 }, (_, n) => ({ data: dataOf(n) })))
  const db = await opened<string>({ path })
  await createSynchronizer(whole, db).run()
  breakPageOf(join(path, 'data.mdb'), refs[60] as string)
  expect((await db.verify()).missing).toContain(refs[60])
  expect((await createSynchronizer(whole, db).run()).revisions).toBe(0)
})

test('a damaged meta is got anew from a peer, while its data is read', async () => {
  const path = join(folder(), 'db')
  const db = createDB<unknown>({ path, name: 'db' })
  const items = Array.from({ length: 50 }, (_, n) => ({
    data: { n },
    meta: { who: `writer ${n}` }
  }))
  const refs = await db.putMany(items)
  const peer = await opened<unknown>({ name: 'peer' })
  await peer.pull(db, { resolve: 'json' })
  await db.close()
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  for (let at = bytes.indexOf('writer 17'); at >= 0; at = bytes.indexOf('writer 17', at + 1)) {
    bytes[at] = 'W'.charCodeAt(0)
  }
  writeFileSync(file, bytes)
  const again = await opened<unknown>({ path })
  const [ref = ''] = refs.slice(17)
  expect(await again.get(ref)).toEqual({ n: 17 })
  const failure = await failureOf(again.revision(ref))
  expect(failure).toMatchObject({ code: 'HISTO_CORRUPT', ref })
  expect(await again.has([ref])).toEqual([false])
  expect((await again.verify()).damaged).toEqual([ref])
  await again.pull(peer)
  expect(await again.revision(ref)).toMatchObject({ data: { n: 17 }, meta: { who: 'writer 17' } })
  expect(await again.verify()).toMatchObject({ ok: true })
})
