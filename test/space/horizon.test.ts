/**
 * `prune` with a horizon: what is older goes although heads reach it, what stays is whole, and every answer is
 * that of the whole history or `HISTO_SHALLOW`.
 *
 * Checked to fail: without `expect_not_cut` in `crates/core/src/write/group.rs` a head is set to what was cut away.
 */

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSynchronizer, type DB, type Horizon, type PruneProgress } from '../../ts/index.js'
import { failureOf, folder, opened, places } from '../contract/places.js'

/** A line of ten: 0 is the root. */
async function line(db: DB, count = 10) {
  return await db.putMany(Array.from({ length: count }, (_, n) => ({ data: { n } })))
}

const depth = (depth: number) => ({ horizon: { depth } })
const shallow = { code: 'HISTO_SHALLOW' }

describe.each(places)('in %s', (_place, open) => {
  test('the revisions within depth stay whole, and those cut away are HISTO_SHALLOW', async () => {
    const db = await open()
    const refs = await line(db)
    expect(await db.prune(depth(3))).toEqual({ deleted: 0, cut: 7, waiting: 0, bytes: 49 })
    const [boundary = '', ...newer] = refs.slice(-3)
    expect(await db.revision(boundary)).toEqual({
      ref: boundary,
      ancestors: [refs[6]],
      data: { n: 7 }
    })
    expect(await db.getMany(newer)).toEqual([{ n: 8 }, { n: 9 }])
    expect(await db.has(refs)).toEqual(refs.map((_, n) => n >= 7))
    for (const gone of refs.slice(0, 7)) {
      expect(await failureOf(db.get(gone))).toMatchObject({ ...shallow, ref: gone })
      expect(await failureOf(db.setHead(gone))).toMatchObject({ ...shallow, ref: gone })
      const put = db.put('again', [gone], { moveHead: false })
      expect(await failureOf(put)).toMatchObject({ ...shallow, ref: gone })
      expect(await failureOf(db.prune({ keep: gone }))).toMatchObject({ ...shallow, ref: gone })
    }
    expect(await db.prune(depth(3))).toEqual({ deleted: 0, cut: 0, waiting: 0, bytes: 0 })
    expect(await db.prune({ grace: 0 })).toEqual({ deleted: 0, waiting: 0, bytes: 0 })
    expect(await db.get()).toEqual({ n: 9 })
  })

  test('before removes the ancestors of its refs, and keeps the refs', async () => {
    const db = await open()
    const refs = await line(db)
    const dry = { horizon: { before: refs[5] ?? '' }, dryRun: true }
    const named: string[] = []
    const onFound = (ref: string) => void named.push(ref)
    expect(await db.prune({ ...dry, onFound })).toEqual({
      deleted: 0,
      cut: 5,
      waiting: 0,
      bytes: 35
    })
    expect(named).toEqual(refs.slice(0, 5).toReversed())
    expect(await db.has(refs)).toEqual(refs.map(() => true))
    expect(await db.prune({ horizon: { before: [refs[5] ?? '', refs[2] ?? ''] } })).toMatchObject({
      cut: 5
    })
    expect(await db.has(refs)).toEqual(refs.map((_, n) => n >= 5))
  })

  test('calls that depend on revisions cut away are refused, and no others', async () => {
    const db = await open()
    const refs = await line(db)
    const [old = '', fork = '', head = ''] = [refs[1], refs[7], refs[9]]
    const side = db.branch('side')
    await side.setHead(old)
    const other = await side.put('other')
    const beside = await db.put('beside', [fork], { moveHead: false })
    await db.prune({ ...depth(4), keep: beside })
    const answers = {
      near: await db.mergeBases(head, beside),
      up: await db.isAncestor(fork, head),
      down: await db.isAncestor(head, fork),
      only: await db.refDifference(fork, head),
      step: await db.ancestors(refs[6] ?? '')
    }
    expect(answers).toEqual({
      near: [fork],
      up: true,
      down: false,
      only: [head, refs[8]],
      step: [refs[5]]
    })
    for (const call of [
      db.refDifference(null, head),
      db.refDifference(other, head),
      db.mergeBases(other, head),
      db.commonAncestor(other),
      db.isAncestor(old, head),
      db.merge(other, () => 'merged')
    ]) {
      expect(await failureOf(call)).toMatchObject(shallow)
    }
    expect(await db.isAncestor(other, head)).toBe(false) // nothing that was cut away is newer than it
    expect(db.head()).toBe(head)
  })

  test('history returns all that is there, and then reports that there was more', async () => {
    const db = await open()
    const refs = await line(db)
    await db.prune(depth(3))
    const told: unknown[] = []
    const read = async () => {
      for await (const { data } of db.history()) told.push(data)
    }
    expect(await failureOf(read())).toMatchObject(shallow)
    expect(told).toEqual([{ n: 9 }, { n: 8 }, { n: 7 }])
    told.length = 0
    for await (const { data } of db.history({ limit: 3 })) told.push(data)
    expect(told).toHaveLength(3)
    told.length = 0
    for await (const { ref } of db.history({ until: refs[7] ?? '' })) told.push(ref)
    expect(told).toEqual([refs[9], refs[8]])
  })

  test('revisions that a known remote lacks are cut away only by force', async () => {
    const db = await open()
    const refs = await line(db)
    await db.setRemoteHead('near', refs[8] ?? '')
    await db.setRemoteHead('far', refs[4] ?? '')
    expect(await db.prune(depth(2))).toMatchObject({ cut: 3 }) // a remote head stays as deep
    expect(await db.has(refs)).toEqual(refs.map((_, n) => n >= 3))
    await db.deleteRemote('far')
    expect(await db.prune(depth(2))).toMatchObject({ cut: 4 })
    expect(await db.has(refs)).toEqual(refs.map((_, n) => n >= 7))
    await db.setRemoteHead('far', refs[7] ?? '')
    await db.deleteRemote('near')
    const last = { horizon: { before: refs[9] ?? '' } }
    expect(await db.prune(last)).toMatchObject({ cut: 0 }) // `far` has not got 8
    expect(await db.prune({ ...last, force: true })).toMatchObject({ cut: 1 })
    expect(await db.has(refs)).toEqual(refs.map((_, n) => n === 7 || n === 9))
  })

  test('a head beyond the horizon stays, and what was between is no longer known', async () => {
    const db = await open()
    const refs = await line(db)
    await db.branch('release').setHead(refs[2] ?? '')
    await db.prune({ horizon: { before: refs[8] ?? '' } })
    expect(await db.has(refs)).toEqual(refs.map((_, n) => [2, 8, 9].includes(n)))
    const old = db.isAncestor(refs[2] ?? '', refs[9] ?? '')
    expect(await failureOf(old)).toMatchObject(shallow)
    expect(await db.isAncestor(refs[9] ?? '', refs[2] ?? '')).toBe(false)
    await db.deleteBranch('release')
    for (let time = 0; time < 2; time += 1) await db.prune({ grace: 0 })
    expect(await db.has([refs[2] ?? ''])).toEqual([false])
    const again = db.put({ n: 2 }, [refs[1] ?? ''], { moveHead: false })
    expect(await failureOf(again)).toMatchObject(shallow)
  })

  test('revisions cut away cannot be written again, except a root', async () => {
    const db = await open()
    const refs = await line(db, 4)
    await db.prune({ horizon: { before: refs[1] ?? '' } })
    expect(await db.has(refs)).toEqual([false, true, true, true])
    expect(await db.put({ n: 0 }, [], { moveHead: false })).toBe(refs[0])
    expect(await db.refDifference(null, refs[3] ?? '')).toEqual(refs.toReversed())
    await db.prune({ horizon: { before: refs[2] ?? '' } })
    const items = refs.map((_, n) => ({
      data: { n },
      ancestors: refs.slice(Math.max(n - 1, 0), n)
    }))
    expect(await failureOf(db.writeStream(items))).toMatchObject(shallow)
    expect(await db.has(refs)).toEqual([false, false, true, true])
  })

  test('once nothing is left that was cut, all can come again', async () => {
    const db = await open()
    const refs = await line(db)
    const full = await opened({ name: 'full' })
    await createSynchronizer(db, full, { remote: 'db' }).run()
    await full.setHead(refs[9] ?? '')
    await db.prune(depth(3))
    expect(await createSynchronizer(full, db).run()).toMatchObject({ revisions: 0 })
    await db.deleteBranch('main')
    await db.deleteRemote('full')
    for (let time = 0; time < 2; time += 1) await db.prune({ grace: 0 })
    expect(await failureOf(db.get(refs[0] ?? ''))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await createSynchronizer(full, db).run()).toMatchObject({ revisions: 10 })
    expect(await db.refDifference(null, refs[9] ?? '')).toEqual(refs.toReversed())
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 10 })
  })

  test('verify agrees with the boundary', async () => {
    const db = await open()
    await line(db, 20)
    await db.prune(depth(5))
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 6 })
  })

  test('a backup has the same boundary', async () => {
    const db = await open({ name: 'original' })
    const refs = await line(db, 9000)
    await db.erase(refs[8500] ?? '')
    await db.put('lost', [refs[8000] ?? ''], { moveHead: false })
    for (let time = 0; time < 2; time += 1) await db.prune({ ...depth(1000), grace: 0 })
    await db.setRemoteHead('other', refs[8100] ?? '')
    const path = join(folder(), 'copy')
    expect(await db.backup(path)).toMatchObject({ revisions: 1001 })
    for (let time = 0; time < 2; time += 1) {
      const copy = await opened({ path })
      expect((await copy.has(refs)).filter(Boolean)).toHaveLength(1000)
      expect(await copy.verify()).toMatchObject({ ok: true, revisions: 1001 + time })
      for (const gone of [refs[7999], refs[7000], refs[8500]]) {
        expect(await failureOf(copy.get(gone ?? ''))).toMatchObject({ ...shallow, ref: gone })
      }
      expect(await copy.ancestors(refs[8000] ?? '')).toEqual([refs[7999]])
      expect(await copy.refDifference(refs[8000] ?? '', refs[8002] ?? '')).toHaveLength(2)
      expect(await copy.remoteHead('other')).toBe(refs[8100])
      const again = copy.put({ n: 1 }, [refs[0] ?? ''], { moveHead: false })
      expect(await failureOf(again)).toMatchObject(shallow)
      await copy.put(`next ${time}`)
      await copy.close()
    }
  })

  test('progress adds up, and a callback gets the result', async () => {
    const db = await open()
    await line(db)
    const told: PruneProgress[] = []
    const onProgress = (progress: PruneProgress) => told.push(progress)
    const result = await new Promise((resolve) =>
      db.prune({ ...depth(1), onProgress }, (...args) => resolve(args))
    )
    expect(result).toEqual([null, { deleted: 0, cut: 9, waiting: 0, bytes: 63 }])
    expect(told.at(-1)).toEqual({ phase: 'delete', done: 9, total: 9, bytes: 63 })
  })

  test.each([
    { horizon: 1 },
    { horizon: null },
    { horizon: {} },
    { horizon: { depth: 0 } },
    { horizon: { depth: 1.5 } },
    { horizon: { before: 1 } },
    { horizon: { before: 'a', depth: 1 } },
    { force: 1 }
  ])('options that are none are refused: %j', async (options) => {
    const db = await open()
    const pruned = db.prune(options as unknown as { horizon: Horizon })
    await expect(pruned).rejects.toThrow(TypeError)
  })
})

test('it stays so when the path is opened again, after a compaction, and in a backup', async () => {
  const path = folder()
  const first = await opened({ path, durability: 'relaxed' })
  const refs = await line(first, 9000)
  expect(await first.prune(depth(1000))).toMatchObject({ cut: 8000 })
  await first.close()
  const db = await opened({ path, durability: 'relaxed' })
  await db.compact()
  await db.backup(join(path, 'copy'))
  for (const each of [db, await opened({ path: join(path, 'copy') })]) {
    expect((await each.has(refs)).filter(Boolean)).toHaveLength(1000)
    expect(await each.verify()).toMatchObject({ ok: true, revisions: 1001 })
    expect(await failureOf(each.get(refs[7999] ?? ''))).toMatchObject(shallow)
    expect(await failureOf(each.get(refs[77] ?? ''))).toMatchObject(shallow)
    expect(await failureOf(each.refDifference(null, refs[8999] ?? ''))).toMatchObject(shallow)
    expect(await each.isAncestor(refs[8000] ?? '', refs[8999] ?? '')).toBe(true)
    expect(await each.put('next')).toHaveLength(64)
  }
})
