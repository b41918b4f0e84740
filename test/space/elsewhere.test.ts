/** Deleted revisions in the rest of the API: synchronizing, backups, verifying. */

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, folder, opened, places } from '../contract/places.js'

/** A chain of five of which the middle one is erased, and one beside it that was pruned. */
async function withDeleted(db: DB) {
  const refs = await db.putMany(Array.from({ length: 5 }, (_, n) => ({ data: { n } })))
  const pruned = await db.put('pruned', [refs[0] ?? ''], { moveHead: false })
  const erased = refs[2] ?? ''
  await db.erase(erased)
  for (let time = 0; time < 2; time += 1) await db.prune({ grace: 0 })
  const last = await db.put('last')
  return { refs: [...refs, last], erased, pruned }
}

describe.each(places)('in %s', (_place, open) => {
  test('an erased revision is copied as a tombstone, and verified there', async () => {
    const db = await open({ name: 'source' })
    const { refs, erased, pruned } = await withDeleted(db)
    const replica = await open()
    expect(await createSynchronizer(db, replica).run()).toMatchObject({
      revisions: 6,
      tombstones: 1
    })
    expect(await replica.refDifference(null, refs.at(-1) ?? '')).toEqual(refs.toReversed())
    expect(await failureOf(replica.get(erased))).toMatchObject({ code: 'HISTO_SHALLOW' })
    expect(await replica.has([pruned, erased])).toEqual([false, false])
    await replica.put({ n: 2 }, [refs[1] ?? ''], { moveHead: false })
    expect(await replica.get(erased)).toEqual({ n: 2 })
  })

  test('a replica that has the data keeps it', async () => {
    const db = await open({ name: 'source' })
    const replica = await open()
    const ref = await db.put('secret')
    await createSynchronizer(db, replica).run()
    await db.erase(ref)
    await db.put('next')
    await createSynchronizer(db, replica).run()
    expect(await replica.get(ref)).toBe('secret')
  })

  test('through a target of your own a history with an erased revision fails', async () => {
    const db = await open({ name: 'source' })
    const { erased } = await withDeleted(db)
    const target = createDB()
    const own = {
      head: target.head.bind(target),
      remoteHead: target.remoteHead.bind(target),
      writeStream: target.writeStream.bind(target),
      setRemoteHead: target.setRemoteHead.bind(target)
    }
    const failure = await failureOf(createSynchronizer(db, own).run())
    expect(failure).toMatchObject({ code: 'HISTO_SHALLOW', ref: erased })
    expect(await target.remoteHead('source')).toBeNull()
  })

  test('a backup has what the database has', async () => {
    const db = await open()
    const { refs, erased, pruned } = await withDeleted(db)
    const path = join(folder(), 'copy')
    expect(await db.backup(path)).toMatchObject({ revisions: 6 })
    const copy = await opened({ path })
    expect(await copy.refDifference(null, refs.at(-1) ?? '')).toEqual(refs.toReversed())
    expect((await failureOf(copy.get(erased))).code).toBe('HISTO_SHALLOW')
    expect(await copy.has([pruned])).toEqual([false])
    expect(await copy.get(refs[3] ?? '')).toEqual({ n: 3 })
  })

  test('verify finds nothing wrong with revisions deleted on purpose', async () => {
    const db = await open()
    await withDeleted(db)
    expect(await db.verify()).toMatchObject({
      revisions: 6,
      damaged: [],
      missing: [],
      dangling: []
    })
  })
})
