/** The synchronizer between databases in memory, on paths and between branches. */

import { describe, expect, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, folder, opened, places, unknownRef } from './places.js'

const pairs = places.flatMap(([from, openSource]) =>
  places.map(([to, openTarget]) => [from, to, openSource, openTarget] as const)
)
const line = (count: number, start = 0) =>
  Array.from({ length: count }, (_, n) => ({ data: start + n }))

/** A signal that is aborted when `after` revisions have been sent. */
function abortAfter(after: number) {
  const controller = new AbortController()
  const reason = new Error('enough')
  const onProgress = ({ phase, done }: { phase: string; done: number }) => {
    if (done >= after && phase === 'revisions') controller.abort(reason)
  }
  return { signal: controller.signal, reason, onProgress }
}

async function expectWhole(source: DB<number>, target: DB<number>): Promise<void> {
  const head = source.head() ?? ''
  const refs = await source.refDifference(null, head)
  expect(await target.has(refs)).toEqual(refs.map(() => true))
  expect(await target.refDifference(null, head)).toHaveLength(refs.length)
  expect(await target.getMany(refs)).toEqual(await source.getMany(refs))
}

describe.each(pairs)('from %s to %s', (_from, _to, openSource, openTarget) => {
  const both = async () => ({
    source: await openSource<number>({ name: 'source', durability: 'relaxed' }),
    target: await openTarget<number>({ name: 'target', durability: 'relaxed' })
  })

  test('the target has all of the head, remembers it and keeps its own head', async () => {
    const { source, target } = await both()
    await source.putMany(line(100))
    const own = await target.put(-1)
    const result = await createSynchronizer(source, target).run()
    expect(result).toMatchObject({ head: source.head(), revisions: 100 })
    expect(result.bytes).toBeGreaterThan(0)
    expect(await target.remoteHead('source')).toBe(source.head())
    expect(target.head()).toBe(own)
    await expectWhole(source, target)
  })

  test('the second run sends only what is new, the third nothing', async () => {
    const { source, target } = await both()
    const { run } = createSynchronizer(source, target)
    await source.putMany(line(50))
    await run()
    await source.putMany(line(7, 50))
    expect(await run()).toMatchObject({ head: source.head(), revisions: 7 })
    expect(await run()).toEqual({ head: source.head(), revisions: 0, bytes: 0 })
    await expectWhole(source, target)
  })

  test('an empty source changes nothing', async () => {
    const { source, target } = await both()
    const own = await target.put(1)
    const result = await createSynchronizer(source, target).run()
    expect(result).toEqual({ head: null, revisions: 0, bytes: 0 })
    expect(await target.remoteHead('source')).toBeNull()
    expect(target.head()).toBe(own)
  })

  test('both ways and a merge bring two databases together', async () => {
    const { source, target } = await both()
    await source.putMany(line(10))
    await createSynchronizer(source, target).run()
    await target.setHead((await target.remoteHead('source')) ?? '')
    await source.put(100)
    await target.put(200)
    await createSynchronizer(source, target).run()
    const theirs = (await target.remoteHead('source')) ?? ''
    await target.merge(theirs, ({ ours, theirs }) => ours + theirs)
    expect(await createSynchronizer(target, source).run()).toMatchObject({ revisions: 2 })
    const back = (await source.remoteHead('target')) ?? ''
    expect(await source.merge(back, () => 0)).toEqual({ kind: 'fast-forward', ref: back })
    expect(await source.get()).toBe(300)
    expect(source.head()).toBe(target.head())
  })

  test('progress counts up to what was done', async () => {
    const { source, target } = await both()
    await source.putMany(line(3000))
    const seen: { phase: string; done: number; total: number; bytes: number }[] = []
    const onProgress = (progress: (typeof seen)[0]) => void seen.push({ ...progress })
    const result = await createSynchronizer(source, target, { onProgress }).run()
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)).toMatchObject({ done: 3000, total: 3000, bytes: result.bytes })
    for (const phase of new Set(seen.map((progress) => progress.phase))) {
      const done = seen.filter((progress) => progress.phase === phase).map((p) => p.done)
      expect(done).toEqual(done.toSorted((a, b) => a - b))
    }
  })

  test('an abort in the middle leaves what came, and the next run sends only the rest', async () => {
    const { source, target } = await both()
    await source.putMany(line(40_000))
    const { signal, reason, onProgress } = abortAfter(1000)
    const { run } = createSynchronizer(source, target)
    expect(await failureOf(run({ signal, onProgress }))).toBe(reason)
    expect(await target.remoteHead('source')).toBeNull()
    await target.deleteRemote('nobody') // runs after the batches that were in flight
    const refs = (await source.refDifference(null, source.head() ?? '')).toReversed()
    const came = (await target.has(refs)).indexOf(false)
    expect(came).toBeGreaterThanOrEqual(500)
    expect(await run()).toMatchObject({ revisions: 40_000 - came, head: source.head() })
    await expectWhole(source, target)
  })

  test('a source restored from an older copy is asked again from null', async () => {
    const { source, target } = await both()
    await source.putMany(line(20))
    await createSynchronizer(source, target).run()
    const restored = await openSource<number>({ name: 'source' })
    await restored.putMany([...line(10), { data: 1000 }])
    const result = await createSynchronizer(restored, target).run()
    expect(result.head).toBe(restored.head())
    expect(await target.remoteHead('source')).toBe(restored.head())
    await expectWhole(restored, target)
    await expectWhole(source, target)
  })

  test('branches are remembered under names of their own', async () => {
    const { source, target } = await both()
    const main = await source.put(1)
    const side = await source.branch('side').put(2)
    await createSynchronizer(source, target).run()
    await createSynchronizer(source.branch('side'), target.branch('other')).run()
    expect({ ...(await target.remotes()) }).toEqual({ source: main, 'source/side': side })
    await createSynchronizer(source, target, { remote: 'third' }).run()
    expect(await target.remoteHead('third')).toBe(main)
  })
})

test('twenty thousand revisions with merges go from a path to a path', async () => {
  const source = await opened<number>({ path: folder(), name: 's', durability: 'relaxed' })
  const target = await opened<number>({ path: folder(), durability: 'relaxed' })
  const first = await source.putMany(line(10_000))
  const second = await source.putMany([
    { data: -1, ancestors: [first[5000] ?? ''] },
    ...line(9998, 20_000)
  ])
  await source.put(-2, [first.at(-1) ?? '', second.at(-1) ?? ''])
  const result = await createSynchronizer(source, target).run()
  expect(result).toMatchObject({ revisions: 20_000, head: source.head() })
  await expectWhole(source, target)
})

test('the remote head is kept on a path and used after reopening', async () => {
  const source = await opened<number>({ name: 'source' })
  await source.putMany(line(10))
  const path = folder()
  const target = await opened<number>({ path })
  await createSynchronizer(source, target).run()
  await target.close()
  await source.put(10)
  const again = await opened<number>({ path })
  expect(await createSynchronizer(source, again).run()).toMatchObject({ revisions: 1 })
})

test('a source with a forged revision is HISTO_CORRUPT and is not remembered', async () => {
  const target = await opened<number>({})
  const source = {
    name: 'forger',
    head: (cb: (error: null, ref: string) => void) => setImmediate(cb, null, unknownRef),
    refDifference: (_from: unknown, _to: unknown, cb: (error: null, refs: string[]) => void) =>
      setImmediate(cb, null, [unknownRef]),
    createStream: () => {
      const items = [{ ref: unknownRef, ancestors: [], data: 1 }]
      return {
        read: (cb: (error: null, item?: unknown) => void) => setImmediate(cb, null, items.pop()),
        abort: (cb: (error: null) => void) => setImmediate(cb, null)
      }
    }
  }
  const error = await failureOf(createSynchronizer(source as never, target).run())
  expect(error.code).toBe('HISTO_CORRUPT')
  expect(await target.remoteHead('forger')).toBeNull()
})
