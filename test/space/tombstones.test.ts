/**
 * Tombstones from elsewhere are not the data: they are distinguished from data erased here, requested, and filled in.
 *
 * Checked to fail: with `Loss::Erased` for what came (`Staged::remains`) nothing is asked for; without
 * `is_own_erasure` in `Group::insert` a stream fills in what was erased here; without `Group::complete` a tombstone
 * keeps the data away that comes in the same commit; without the second half of `heal` nothing is sent.
 */

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { collect, failureOf, folder, opened, places } from '../contract/places.js'
import { isOfFormat, makeOfFormat } from '../support/file-formats.js'
import { manners } from '../support/user-stores.js'

function chain(db: DB, count: number): Promise<string[]> {
  return db.putMany(Array.from({ length: count }, (_, n) => ({ data: { n } })))
}

/** A replica of `source` that has erased what `which` says. */
async function erasing(
  source: DB,
  refs: readonly string[],
  which = (_n: number) => true,
  name = 'eraser'
) {
  const eraser = createDB({ name })
  await createSynchronizer(source, eraser).run()
  await eraser.setHead((await eraser.remoteHead(source.name)) ?? '')
  for (const [n, ref] of refs.entries()) if (which(n)) await eraser.erase(ref)
  return eraser
}

/** A database with tombstones of all of `refs`, and the source that has the data. */
async function withTombstones(open: () => Promise<DB>, count = 5) {
  const source = createDB({ name: 'source' })
  const refs = await chain(source, count)
  const eraser = await erasing(source, refs)
  const db = await open()
  const result = await createSynchronizer(eraser, db).run()
  return { db, source, eraser, refs, result }
}

const all = (refs: readonly string[], value: boolean) => refs.map(() => value)

describe.each(places)('in %s', (_place, open) => {
  test.each([5, 301, 3001])(
    'the data of %i tombstones comes from a peer that has it',
    async (count) => {
      const { db, source, refs, result } = await withTombstones(open, count)
      expect(result).toMatchObject({ revisions: count, tombstones: count })
      expect(await db.has(refs)).toEqual(all(refs, false))
      const filled = await createSynchronizer(source, db).run()
      expect(filled).toEqual({ head: refs.at(-1), revisions: count, bytes: filled.bytes })
      expect(await db.has(refs)).toEqual(all(refs, true))
      expect(await db.getMany(refs)).toEqual(refs.map((_ref, n) => ({ n })))
      expect(await db.refDifference(null, refs.at(-1) ?? '')).toEqual(refs.toReversed())
      expect(await db.verify()).not.toHaveProperty('tombstones')
    },
    60_000
  )

  test('the other way round too: first from a peer with the data, then from one that erased it', async () => {
    const source = createDB({ name: 'source' })
    const refs = await chain(source, 20)
    const eraser = await erasing(source, refs, (n) => n % 2 === 0)
    const db = await open()
    await createSynchronizer(source, db).run()
    expect(await createSynchronizer(eraser, db).run()).toEqual({
      head: refs.at(-1),
      revisions: 0,
      bytes: 0
    })
    expect(await db.getMany(refs)).toEqual(refs.map((_ref, n) => ({ n })))
  })

  test('the data of all but one of 301 tombstones comes, and so do new revisions', async () => {
    const { db, source, refs } = await withTombstones(open, 300)
    const last = await source.put({ n: 300 })
    expect(await createSynchronizer(source, db).run()).toMatchObject({ revisions: 301 })
    expect(await db.getMany([...refs, last])).toEqual(
      Array.from({ length: 301 }, (_, n) => ({ n }))
    )
  })

  test('a peer is asked once for each of its heads', async () => {
    const { db, source, refs } = await withTombstones(open)
    const other = await erasing(source, refs, (n) => n > 0, 'other')
    await createSynchronizer(other, db).run()
    expect(await db.has(refs)).toEqual([true, false, false, false, false])
    const back = { data: { n: 1 }, ancestors: [refs[0] ?? ''] }
    await other.putMany([back], { moveHead: false })
    await createSynchronizer(other, db).run()
    expect(await db.has(refs)).toEqual([true, false, false, false, false])
    await other.put('next')
    await createSynchronizer(other, db).run()
    expect(await db.has(refs)).toEqual([true, true, false, false, false])
  })

  test('get says that the data was erased elsewhere, and verify counts such revisions', async () => {
    const { db, refs } = await withTombstones(open)
    const failure = await failureOf(db.get(refs[2] ?? ''))
    expect(failure).toMatchObject({ code: 'HISTO_SHALLOW', ref: refs[2] })
    expect(failure.message).toMatch(/where it came from/)
    expect(await db.verify()).toMatchObject({ ok: true, tombstones: 5, missing: [], damaged: [] })
  })

  test('what was erased here stays erased, for synchronizers and streams', async () => {
    const source = createDB({ name: 'source' })
    const refs = await chain(source, 5)
    const db = await open()
    await createSynchronizer(source, db).run()
    const erased = refs[2] ?? ''
    await db.erase(erased)
    await source.put('next')
    await createSynchronizer(source, db).run()
    await db.writeStream(source.createStream(refs))
    expect((await failureOf(db.get(erased))).message).toMatch(/erased \(by erase\)$/)
    expect(await db.has([erased])).toEqual([true])
    expect(await db.verify()).not.toHaveProperty('tombstones')
    await db.put({ n: 2 }, [refs[1] ?? ''], { moveHead: false })
    expect(await db.get(erased)).toEqual({ n: 2 })
  })

  test('a tombstone that is also erased here is ours: it is not filled in', async () => {
    const { db, source, refs } = await withTombstones(open)
    await db.erase(refs[2] ?? '')
    expect(await db.has(refs)).toEqual([false, false, true, false, false])
    await createSynchronizer(source, db).run()
    expect(await db.has(refs)).toEqual(all(refs, true))
    expect((await failureOf(db.get(refs[2] ?? ''))).code).toBe('HISTO_SHALLOW')
    expect(await db.get(refs[3] ?? '')).toEqual({ n: 3 })
  })

  test('what was erased here, and cut away later, stays erased for streams', async () => {
    const source = createDB({ name: 'source' })
    const refs = await chain(source, 5)
    const db = await open()
    await createSynchronizer(source, db).run()
    await db.setHead(refs[4] ?? '')
    const root = refs[0] ?? ''
    await db.erase(root)
    await db.prune({ horizon: { before: refs[1] ?? '' } })
    await db.writeStream(source.createStream([root]))
    expect((await failureOf(db.get(root))).code).toBe('HISTO_SHALLOW')
    await db.put({ n: 0 }, [], { moveHead: false })
    expect(await db.get(root)).toEqual({ n: 0 })
  })

  test('a put and a stream fill a tombstone in', async () => {
    const { db, source, refs } = await withTombstones(open)
    await db.put({ n: 0 }, [], { moveHead: false })
    await db.writeStream(source.createStream([refs[3] ?? '']))
    expect(await db.has(refs)).toEqual([true, false, false, true, false])
    expect(await db.get(refs[3] ?? '')).toEqual({ n: 3 })
  })

  test('a tombstone and the data that come at the same moment leave the data', async () => {
    const { source, eraser, refs } = await withTombstones(open)
    for (let round = 0; round < 5; round += 1) {
      const db = await open()
      await Promise.all([
        createSynchronizer(eraser, db).run(),
        createSynchronizer(source, db).run(),
        ...refs.map((_ref, n) =>
          db.put({ n }, n === 0 ? [] : [refs[n - 1] ?? ''], { moveHead: false }).catch(() => null)
        )
      ])
      expect(await db.getMany(refs)).toEqual(refs.map((_ref, n) => ({ n })))
    }
  })

  test('a replica of a replica gets missing data from any peer that has it', async () => {
    const { db, source, refs } = await withTombstones(open)
    const next = await open({ name: 'next' })
    await db.setHead(refs[4] ?? '')
    expect(await createSynchronizer(db, next, { remote: 'db' }).run()).toMatchObject({
      tombstones: 5
    })
    await createSynchronizer(source, next).run()
    expect(await next.has(refs)).toEqual(all(refs, true))
  })

  test('a source written by hand fills in too, also one that has erased some itself', async () => {
    const { db, source, refs } = await withTombstones(open, 40)
    const partly = await erasing(source, refs, (n) => n % 7 === 3)
    const own = {
      name: 'by hand',
      head: partly.head.bind(partly),
      refDifference: partly.refDifference.bind(partly),
      createStream: partly.createStream.bind(partly)
    }
    await createSynchronizer(own, db).run()
    expect(await db.has(refs)).toEqual(refs.map((_ref, n) => n % 7 !== 3))
  })

  test.each(manners)('a database over stores of your own fills in: $name', async ({ make }) => {
    const { db, refs } = await withTombstones(open)
    const { revisionStore, branchStore } = make()
    const source = createDB({ revisionStore, branchStore, name: 'stores' })
    await source.putMany(refs.map((_ref, n) => ({ data: { n } })))
    await createSynchronizer(source, db).run()
    expect(await db.getMany(refs)).toEqual(refs.map((_ref, n) => ({ n })))
  })

  test("tombstones: 'refuse' refuses a transfer that has any, and nothing comes", async () => {
    const source = createDB({ name: 'source' })
    const refs = await chain(source, 5)
    const eraser = await erasing(source, refs, (n) => n === 3)
    const db = await open()
    const refusing = createSynchronizer(eraser, db, { tombstones: 'refuse' })
    expect(await failureOf(refusing.run())).toMatchObject({ code: 'HISTO_DENIED', ref: refs[3] })
    expect(await db.remoteHead('eraser')).toBeNull()
    expect(await db.has(refs)).toEqual(all(refs, false))
    expect((await failureOf(db.pull(eraser, { tombstones: 'refuse' }))).code).toBe('HISTO_DENIED')
    expect(await createSynchronizer(source, db, { tombstones: 'refuse' }).run()).toMatchObject({
      revisions: 5
    })
    expect(await db.pull(eraser)).toEqual({
      head: refs[4],
      revisions: 0,
      bytes: 0,
      merge: null
    })
  })

  test.each(manners)(
    "'refuse' refuses them for stores of your own too: $name",
    async ({ make }) => {
      const { db, refs } = await withTombstones(open)
      await db.setHead(refs[4] ?? '')
      const { revisionStore, branchStore } = make()
      const stores = createDB({ revisionStore, branchStore })
      const refusing = createSynchronizer(db, stores, { tombstones: 'refuse', remote: 'db' })
      expect(await failureOf(refusing.run())).toMatchObject({ code: 'HISTO_DENIED', ref: refs[0] })
      const taking = createSynchronizer(db, stores, { remote: 'db' })
      expect((await failureOf(taking.run())).code).toBe('HISTO_SHALLOW')
      expect(await stores.remoteHead('db')).toBeNull()
    }
  )

  test('a backup keeps apart what was erased here and elsewhere', async () => {
    const { db, source, refs } = await withTombstones(open)
    await db.erase(refs[1] ?? '')
    const path = join(folder(), 'copy')
    await db.backup(path)
    const copy = await opened({ path })
    expect(await copy.has(refs)).toEqual([false, true, false, false, false])
    await createSynchronizer(source, copy).run()
    expect((await failureOf(copy.get(refs[1] ?? ''))).code).toBe('HISTO_SHALLOW')
    expect(await copy.get(refs[2] ?? '')).toEqual({ n: 2 })
  })

  test('a value other than accept and refuse is a TypeError', async () => {
    const db = await open()
    const options = { tombstones: 'maybe' } as unknown as { tombstones: 'refuse' }
    await expect(createSynchronizer(db, createDB(), options).run()).rejects.toThrow(TypeError)
  })
})

test('a file is of format 3 from the first tombstone from elsewhere on, and keeps it', async () => {
  const path = folder()
  const { db, source, refs } = await withTombstones(() => opened({ path }))
  expect(isOfFormat(path, 3)).toBe(true)
  await db.close()
  const again = await opened({ path })
  expect(await again.has(refs)).toEqual(all(refs, false))
  await again.compact()
  expect(await again.verify()).toMatchObject({ ok: true, tombstones: 5 })
  await createSynchronizer(source, again).run()
  expect(await again.has(refs)).toEqual(all(refs, true))
})

test('another handle of the file sees what came, and what was filled in', async () => {
  const path = folder()
  const { db, source, refs } = await withTombstones(() => opened({ path }))
  const beside = await opened({ path })
  expect(await beside.has(refs)).toEqual(all(refs, false))
  await createSynchronizer(source, db).run()
  expect(await beside.has(refs)).toEqual(all(refs, true))
})

const refsOfFixtures = [
  'e12ebc0b6c2a0ec55bae9d4ef7c957782ec81c96795175f8fc25961838b0296b',
  '68ceeb3006dc15cefeb92176decd993592b9790acfe3f68ec8f1a8c3a7ca3579',
  '646a3ac190f689e730828e5e4d241d12b25dc0a5b8f47baa9079935c0a46c4be',
  '8af971a93272eb5e594904de24845627a9d2261ecb514750d196a99e859fb0b0',
  'f1f29c72b1b07f25eef0cc6469369b54be1b9d42727225d1b03a318e903b283d',
  'd70b08edab17f9f15602423fcc22ae4b66d4ba9f11f7c3479fe27f6f7329897a'
]

test.each([1, 2])(
  'a file of format %i opens as it was, what it erased is its own',
  async (format) => {
    const path = join(folder(), 'db')
    makeOfFormat(path, format)
    const db = await opened({ path })
    expect(await db.has(refsOfFixtures)).toEqual(all(refsOfFixtures, true))
    expect(await db.head()).toBe(refsOfFixtures[5])
    const source = createDB({ name: 'source' })
    await chain(source, 7)
    await createSynchronizer(source, db).run()
    const kept = format === 2 ? [0, 1, 3, 4, 5] : [0, 1, 2, 3, 4, 5]
    for (const n of kept) expect(await db.get(refsOfFixtures[n] ?? '')).toEqual({ n })
    if (format === 2) {
      expect((await failureOf(db.get(refsOfFixtures[2] ?? ''))).code).toBe('HISTO_SHALLOW')
    }
    expect(await db.verify()).toMatchObject({ ok: true })
    expect(isOfFormat(path, 3)).toBe(true)
    expect((await collect(db.history(refsOfFixtures[1] ?? ''))).length).toBe(2)
  }
)
