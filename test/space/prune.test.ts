/** `prune`: what nothing reaches goes, but not before its time, and all else stays. */

import { describe, expect, test, vi } from 'vitest'
import type { DB, PruneProgress } from '../../ts/index.js'
import { failureOf, folder, opened, places, unknownRef } from '../contract/places.js'

const now = { grace: 0 }

/** A chain that stays, and one of `count` from its first revision that nothing reaches. */
async function withGarbage(db: DB, count = 3) {
  const kept = await db.putMany([{ data: 'a' }, { data: 'b' }, { data: 'c' }])
  const side = db.branch('side')
  await side.setHead(kept[0] ?? '')
  const lost = await side.putMany(Array.from({ length: count }, (_, n) => ({ data: { lost: n } })))
  await db.deleteBranch('side')
  return { kept, lost }
}

describe.each(places)('in %s', (_place, open) => {
  test('the first prune only finds what the second deletes', async () => {
    const db = await open()
    const { kept, lost } = await withGarbage(db)
    expect(await db.prune(now)).toEqual({ deleted: 0, waiting: 3, bytes: 0 })
    expect(await db.has(lost)).toEqual([true, true, true])
    expect(await db.prune(now)).toEqual({ deleted: 3, waiting: 0, bytes: 30 })
    expect(await db.has(lost)).toEqual([false, false, false])
    expect(await db.has(kept)).toEqual([true, true, true])
    expect(await failureOf(db.get(lost[1] ?? ''))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await db.getMany(kept)).toEqual(['a', 'b', 'c'])
    expect(await db.prune(now)).toEqual({ deleted: 0, waiting: 0, bytes: 0 })
  })

  test('without a grace it uses 30 days', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    await db.prune()
    expect(await db.prune()).toEqual({ deleted: 0, waiting: 3, bytes: 0 })
    expect(await db.prune({ grace: 60_000 })).toEqual({ deleted: 0, waiting: 3, bytes: 0 })
    expect(await db.has(lost)).toEqual([true, true, true])
  })

  test('after a clock that was ahead is set back, marked revisions count as found now', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    const grace = 60_000
    const at = Date.now()
    const pruneAt = async (time: number) => {
      const clock = vi.spyOn(Date, 'now').mockReturnValue(time)
      return await db.prune({ grace }).finally(() => clock.mockRestore())
    }
    expect(await pruneAt(at + 50 * 365 * 86_400_000)).toMatchObject({ deleted: 0, waiting: 3 })
    expect(await pruneAt(at)).toMatchObject({ deleted: 0, waiting: 3 })
    expect(await pruneAt(at + grace - 1)).toMatchObject({ deleted: 0, waiting: 3 })
    expect(await db.has(lost)).toEqual([true, true, true])
    expect(await pruneAt(at + grace)).toMatchObject({ deleted: 3, waiting: 0 })
  })

  test('a dry run deletes nothing and returns the same counts', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    const dryRun = { ...now, dryRun: true }
    expect(await db.prune(dryRun)).toEqual({ deleted: 0, waiting: 3, bytes: 0 })
    await db.prune(now)
    expect(await db.prune(dryRun)).toEqual({ deleted: 3, waiting: 0, bytes: 30 })
    expect(await db.has(lost)).toEqual([true, true, true])
  })

  test('onFound names what is deleted, descendants first, and a dry run names the same', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    const named: string[] = []
    const onFound = (ref: string) => void named.push(ref)
    await db.prune({ ...now, onFound })
    expect(named).toEqual([])
    await db.prune({ ...now, dryRun: true, onFound })
    expect(named).toEqual(lost.toReversed())
    await db.prune({ ...now, onFound })
    expect(named).toEqual([...lost.toReversed(), ...lost.toReversed()])
    await db.prune({ ...now, onFound })
    expect(named).toHaveLength(6)
  })

  test('an exception from onFound ends the call, and the next prune frees the space', async () => {
    const db = await open()
    const { kept, lost } = await withGarbage(db)
    await db.prune(now)
    const thrown = new Error('enough')
    const onFound = () => {
      throw thrown
    }
    await expect(db.prune({ ...now, onFound })).rejects.toBe(thrown)
    expect(await db.has([...kept, ...lost])).toEqual([...kept.map(() => true), false, false, false])
    expect(await db.prune(now)).toMatchObject({ deleted: 0, waiting: 0 })
    expect(await db.verify()).toMatchObject({ ok: true })
    await expect(db.prune({ onFound: 'all' } as never)).rejects.toThrow(
      'onFound must be a function'
    )
  })

  test('heads of every branch, remote heads and `keep` keep what they reach', async () => {
    const db = await open()
    const root = await db.put('root')
    const [a = '', b = '', c = '', d = ''] = await Promise.all(
      ['a', 'b', 'c', 'd'].map((data) => db.put(data, [root], { moveHead: false }))
    )
    await db.branch('other').setHead(a)
    await db.setRemoteHead('elsewhere', b)
    for (let time = 0; time < 2; time += 1) await db.prune({ ...now, keep: c })
    expect(await db.has([root, a, b, c, d])).toEqual([true, true, true, true, false])
  })

  test('revisions that were named in between stay', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    await db.prune(now)
    await db.branch('again').setHead(lost[1] ?? '')
    expect(await db.prune(now)).toEqual({ deleted: 1, waiting: 0, bytes: 10 })
    expect(await db.has(lost)).toEqual([true, true, false])
  })

  test('revisions that only a failed call named do not count as new', async () => {
    const db = await open()
    const { kept, lost } = await withGarbage(db)
    await db.prune(now)
    const failure = await failureOf(db.setHead(lost[2] ?? '', kept[0] ?? ''))
    expect(failure.code).toBe('HISTO_HEAD_CONFLICT')
    expect(await db.prune(now)).toMatchObject({ deleted: 3, waiting: 0 })
  })

  test('a revision that is put again in between counts as new, with its ancestors', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    await db.prune(now)
    await db.put({ lost: 1 }, [lost[0] ?? ''], { moveHead: false })
    expect(await db.prune(now)).toEqual({ deleted: 1, waiting: 2, bytes: 10 })
    expect(await db.has(lost)).toEqual([true, true, false])
    expect(await db.prune(now)).toMatchObject({ deleted: 2 })
  })

  test('a new revision keeps its ancestors', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    await db.prune(now)
    const child = await db.put('child', [lost[2] ?? ''], { moveHead: false })
    expect(await db.prune(now)).toEqual({ deleted: 0, waiting: 4, bytes: 0 })
    expect(await db.prune(now)).toMatchObject({ deleted: 4 })
    expect(await db.has([child])).toEqual([false])
  })

  test('a deleted revision can be put again, and a deleted ancestor is missing', async () => {
    const db = await open()
    const { kept, lost } = await withGarbage(db)
    await db.prune(now)
    await db.prune(now)
    const put = db.put('child', [lost[0] ?? ''])
    expect(await failureOf(put)).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR', ref: lost[0] })
    expect(await failureOf(db.setHead(lost[0] ?? ''))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await db.put({ lost: 0 }, [kept[0] ?? ''])).toBe(lost[0])
    expect(await db.get()).toEqual({ lost: 0 })
    expect(await db.isAncestor(kept[0] ?? '', lost[0] ?? '')).toBe(true)
  })

  test('an erased revision that nothing reaches is deleted too', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    await db.erase(lost[0] ?? '')
    await db.prune(now)
    expect(await db.prune(now)).toEqual({ deleted: 3, waiting: 0, bytes: 20 })
    expect(await db.has(lost)).toEqual([false, false, false])
  })

  test('progress is reported and adds up', async () => {
    const db = await open()
    await withGarbage(db)
    await db.prune(now)
    const told: PruneProgress[] = []
    await db.prune({ ...now, onProgress: (progress) => told.push(progress) })
    expect(told[0]).toEqual({ phase: 'search', done: 0, total: 0, bytes: 0 })
    expect(told.at(-1)).toEqual({ phase: 'delete', done: 3, total: 3, bytes: 30 })
  })

  test('a callback gets the result, with options and without', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    const result = new Promise((resolve) => db.prune((...args) => resolve(args)))
    expect(await result).toEqual([null, { deleted: 0, waiting: 3, bytes: 0 }])
    const erased = new Promise((resolve) => db.erase(lost[0] ?? '', (...args) => resolve(args)))
    expect(await erased).toEqual([null, undefined])
    const second = new Promise((resolve) => db.prune(now, (...args) => resolve(args)))
    expect(await second).toEqual([null, { deleted: 3, waiting: 0, bytes: 20 }])
  })

  test('pruning an empty database deletes nothing', async () => {
    const db = await open()
    expect(await db.prune(now)).toEqual({ deleted: 0, waiting: 0, bytes: 0 })
  })

  test('a ref in `keep` must exist', async () => {
    const db = await open()
    const { lost } = await withGarbage(db)
    await db.prune(now)
    const pruned = db.prune({ ...now, keep: [lost[0] ?? '', unknownRef] })
    expect(await failureOf(pruned)).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
    expect(await db.has(lost)).toEqual([true, true, true])
  })

  test.each([
    { keep: 1 },
    { grace: -1 },
    { grace: 0.5 },
    { dryRun: 1 },
    { onProgress: 1 },
    1,
    null
  ])('invalid options are refused: %j', async (options) => {
    const db = await open()
    await expect(db.prune(options as object)).rejects.toThrow(TypeError)
  })
})

test('many revisions are deleted over several chunks, and the rest is there after reopening', async () => {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const { kept, lost } = await withGarbage(db, 20_000)
  const later = await db.putMany(Array.from({ length: 3000 }, (_, n) => ({ data: n })))
  await db.prune(now)
  expect(await db.prune(now)).toMatchObject({ deleted: 20_000, waiting: 0 })
  await db.close()
  const again = await opened({ path, durability: 'relaxed' })
  expect(await again.refDifference(null, later.at(-1) ?? '')).toEqual(
    [...kept, ...later].toReversed()
  )
  expect((await again.has(lost)).some(Boolean)).toBe(false)
  const next = await again.put('next')
  expect(await again.ancestors(next)).toEqual([later.at(-1)])
})

test('positions are not reused: everything can be pruned and written again', async () => {
  const path = folder()
  for (let round = 0; round < 3; round += 1) {
    const db = await opened({ path, durability: 'relaxed' })
    const refs = await db.putMany(
      Array.from({ length: 5000 }, (_, n) => ({ data: n, ...(n === 0 ? { ancestors: [] } : {}) }))
    )
    await db.deleteBranch('main')
    await db.prune(now)
    expect(await db.prune(now)).toMatchObject({ deleted: 5000 })
    expect((await db.has(refs)).some(Boolean)).toBe(false)
    await db.close()
  }
})

test('an abort ends the freeing of space, and the next prune continues', async () => {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const { lost } = await withGarbage(db, 10_000)
  await db.prune(now)
  const abort = new AbortController()
  const onProgress = ({ phase, done }: PruneProgress) => {
    if (phase === 'delete' && done > 0) abort.abort(new Error('enough'))
  }
  const pruned = db.prune({ ...now, onProgress, signal: abort.signal })
  await expect(pruned).rejects.toThrow('enough')
  expect((await db.has(lost)).some(Boolean)).toBe(false)
  await db.close()
  const again = await opened({ path, durability: 'relaxed' })
  const { deleted, bytes } = await again.prune(now)
  expect(deleted).toBe(0)
  expect(bytes).toBeGreaterThan(0)
})
