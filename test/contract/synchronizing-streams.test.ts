/** The synchronizer over the functions of the roles alone, as a source or target elsewhere has them. */

import { describe, expect, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, places } from './places.js'

/** An object with just the functions of a source, which asks the database. */
const sourceOf = (db: DB<number>, more = {}) => ({
  name: db.name,
  head: db.head.bind(db) as DB<number>['head'],
  refDifference: db.refDifference.bind(db) as DB<number>['refDifference'],
  createStream: db.createStream.bind(db) as DB<number>['createStream'],
  ...more
})

/** An object with just the functions of a target. */
const targetOf = (db: DB<number>, more = {}) => ({
  head: db.head.bind(db) as DB<number>['head'],
  remoteHead: db.remoteHead.bind(db) as DB<number>['remoteHead'],
  writeStream: db.writeStream.bind(db) as DB<number>['writeStream'],
  setRemoteHead: db.setRemoteHead.bind(db) as DB<number>['setRemoteHead'],
  ...more
})

const line = (count: number, start = 0) =>
  Array.from({ length: count }, (_, n) => ({ data: start + n }))

async function expectWhole(source: DB<number>, target: DB<number>): Promise<void> {
  const refs = await source.refDifference(null, source.head() ?? '')
  expect(await target.getMany(refs)).toEqual(await source.getMany(refs))
}

describe.each(places)('over %s', (_place, open) => {
  const both = async () => ({
    source: await open<number>({ name: 'source', durability: 'relaxed' }),
    target: await open<number>({ durability: 'relaxed' })
  })

  test('twenty thousand revisions go over', async () => {
    const { source, target } = await both()
    await source.putMany(line(20_000))
    const result = await createSynchronizer(sourceOf(source), targetOf(target)).run()
    expect(result).toMatchObject({ head: source.head(), revisions: 20_000 })
    expect(await target.remoteHead('source')).toBe(source.head())
    expect(target.head()).toBeNull()
    await expectWhole(source, target)
  })

  test('an abort in the middle leaves what came, and the next run completes it', async () => {
    const { source, target } = await both()
    await source.putMany(line(5000))
    const controller = new AbortController()
    const reason = new Error('enough')
    const { run } = createSynchronizer(sourceOf(source), targetOf(target))
    const onProgress = ({ phase, done }: { phase: string; done: number }) => {
      if (phase === 'revisions' && done >= 1000) controller.abort(reason)
    }
    expect(await failureOf(run({ signal: controller.signal, onProgress }))).toBe(reason)
    expect(await target.remoteHead('source')).toBeNull()
    const refs = await source.refDifference(null, source.head() ?? '')
    const came = (await target.has(refs)).filter(Boolean).length
    expect(came).toBeGreaterThan(0)
    expect(came).toBeLessThan(5000)
    expect(await run()).toMatchObject({ head: source.head() })
    expect(await target.remoteHead('source')).toBe(source.head())
    await expectWhole(source, target)
  })

  test('with has on both sides only what the other lacks is sent', async () => {
    const { source, target } = await both()
    await source.putMany(line(3000))
    await target.writeStream(
      source.createStream((await source.refDifference(null, source.head() ?? '')).toReversed())
    )
    await source.putMany(line(5, 3000))
    const has = (db: DB<number>) => ({ has: db.has.bind(db) as DB<number>['has'] })
    const from = sourceOf(source, has(source))
    const to = targetOf(target, has(target))
    expect(await createSynchronizer(from, to).run()).toMatchObject({ revisions: 5 })
    await expectWhole(source, target)
  })

  test('a stream that fails in the middle leaves the remote head, and what came is whole', async () => {
    const { source, target } = await both()
    await source.putMany(line(100))
    await createSynchronizer(source, target).run()
    const before = source.head()
    await source.putMany(line(3000, 100))
    const reason = new Error('the cable was cut')
    const createStream = (refs: readonly string[]) => {
      const { read, abort } = source.createStream(refs)
      let left = 1500
      return {
        abort,
        read: (callback: (error: unknown, item?: unknown) => void) => {
          left -= 1
          if (left < 0) setImmediate(callback, reason)
          else read(callback)
        }
      }
    }
    const cut = createSynchronizer(sourceOf(source, { createStream }) as never, targetOf(target))
    expect(await failureOf(cut.run())).toBe(reason)
    expect(await target.remoteHead('source')).toBe(before)
    const refs = await source.refDifference(null, source.head() ?? '')
    const has = await target.has(refs)
    expect(has.lastIndexOf(false)).toBe(has.indexOf(true) - 1)
    expect(has.filter(Boolean).length).toBeLessThanOrEqual(1500)
    expect(await createSynchronizer(source, target).run()).toMatchObject({ head: source.head() })
    await expectWhole(source, target)
  })
})
