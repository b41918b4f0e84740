/** `live`: a synchronizer that keeps running by itself. */

import { expect, test, vi } from 'vitest'
import { createDB, createSynchronizer, HistoError } from '../../ts/index.js'

const patience = { timeout: 10_000 }

test('live runs at once, then after every change, and resolves when it is aborted', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  const first = await source.put(1)
  const controller = new AbortController()
  const living = createSynchronizer(source, target).live({ signal: controller.signal })
  await vi.waitFor(async () => expect(await target.remoteHead('source')).toBe(first), patience)
  for (let number = 2; number < 5; number += 1) {
    const ref = await source.put(number)
    await vi.waitFor(async () => expect(await target.remoteHead('source')).toBe(ref), patience)
  }
  controller.abort()
  await living
  const late = await source.put(9)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await target.has([late])).toEqual([false])
})

test('a source without watch is polled', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  const byHand = {
    name: 'source',
    head: source.head.bind(source),
    refDifference: source.refDifference.bind(source),
    createStream: source.createStream.bind(source)
  }
  const controller = new AbortController()
  const living = createSynchronizer(byHand, target).live({ signal: controller.signal })
  const ref = await source.put(1)
  await vi.waitFor(async () => expect(await target.remoteHead('source')).toBe(ref), patience)
  controller.abort()
  await living
})

test('a failed run is reported and tried again', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  const ref = await source.put(1)
  let failures = 3
  const flaky = {
    name: 'source',
    head: (callback: (error: unknown, ref?: string | null) => void) => {
      failures -= 1
      if (failures >= 0) callback(new HistoError('HISTO_NETWORK', 'unplugged', { retryable: true }))
      else source.head(callback)
    },
    refDifference: source.refDifference.bind(source),
    createStream: source.createStream.bind(source),
    watch: source.watch.bind(source)
  }
  const controller = new AbortController()
  const onError = vi.fn()
  const living = createSynchronizer(flaky, target).live({ signal: controller.signal, onError })
  await vi.waitFor(async () => expect(await target.remoteHead('source')).toBe(ref), patience)
  expect(onError.mock.calls.map(([error]) => error.code)).toEqual(Array(3).fill('HISTO_NETWORK'))
  controller.abort()
  await living
})

test('an error that a retry cannot fix ends it', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  await source.put(1)
  const denied = new HistoError('HISTO_DENIED', 'not for you')
  const refused = { ...byHandOf(source), head: (cb: (error: unknown) => void) => cb(denied) }
  await expect(createSynchronizer(refused, target).live()).rejects.toBe(denied)
  await source.close()
  const closed = createSynchronizer(source, target).live()
  await expect(closed).rejects.toMatchObject({ code: 'HISTO_CLOSED' })
})

test('a signal that is already aborted is no failure', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  await source.put(1)
  await createSynchronizer(source, target).live({ signal: AbortSignal.abort() })
  expect(await target.remoteHead('source')).toBe(null)
})

function byHandOf(source: ReturnType<typeof createDB<number>>) {
  return {
    name: 'source',
    refDifference: source.refDifference.bind(source),
    createStream: source.createStream.bind(source)
  }
}
