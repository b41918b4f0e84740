/** The items of batches one at a time, as an async generator would give them. */

import { describe, expect, test } from 'vitest'
import { type Batches, eachOf } from '../../ts/base/each.js'

/** Batches of numbers, and what became of them. */
function batchesOf(batches: readonly number[][], failure?: Error, signal?: AbortSignal) {
  const seen = { started: 0, read: 0, ended: 0 }
  async function* read(): AsyncGenerator<number[], undefined, undefined> {
    try {
      for (const batch of batches) {
        seen.read += 1
        await null
        yield batch
      }
      if (failure !== undefined) throw failure
    } finally {
      seen.ended += 1
    }
  }
  const start = (): Batches<number> => {
    seen.started += 1
    return { batches: read(), signal }
  }
  return { seen, each: eachOf(start) }
}

/** As a generator does it. */
async function* plain(batches: readonly number[][], failure?: Error) {
  await null
  for (const batch of batches) for (const item of batch) yield item
  if (failure !== undefined) throw failure
}

describe.each([[[]], [[[]]], [[[1, 2], [], [3]]], [[[1], [2, 3, 4]]]])('of %j', (batches) => {
  test('the items come in order, and then the end for good', async () => {
    const { each, seen } = batchesOf(batches)
    const all: number[] = []
    for await (const item of each) all.push(item)
    expect(all).toEqual(batches.flat())
    expect(await each.next()).toEqual({ done: true, value: undefined })
    expect(seen).toMatchObject({ started: 1, ended: 1 })
  })

  test('calls that nobody waits for are answered in their order', async () => {
    const error = new Error('broken')
    const results = async (items: AsyncIterator<number>) => {
      const calls = Array.from({ length: 6 }, () => items.next())
      calls.push(items.return?.() as (typeof calls)[0], items.next())
      const settled = await Promise.allSettled(calls)
      return settled.map((call) => ('value' in call ? call.value : call.reason))
    }
    expect(await results(batchesOf(batches, error).each)).toEqual(
      await results(plain(batches, error))
    )
  })
})

test('nothing happens before the first next, nor after a return', async () => {
  const { each, seen } = batchesOf([[1]])
  expect(seen.started).toBe(0)
  await each.return?.()
  expect(await each.next()).toEqual({ done: true, value: undefined })
  expect(seen.started).toBe(0)
})

test('a loop that is left ends the reading', async () => {
  const { each, seen } = batchesOf([[1, 2], [3]])
  for await (const item of each) if (item === 1) break
  expect(seen).toEqual({ started: 1, read: 1, ended: 1 })
})

test('throw ends it with that error, and the reading too', async () => {
  const { each, seen } = batchesOf([[1, 2]])
  await each.next()
  await expect(each.throw?.(new Error('enough'))).rejects.toThrow('enough')
  expect(await each.next()).toEqual({ done: true, value: undefined })
  expect(seen.ended).toBe(1)
})

test('an error of the start is that of the first next', async () => {
  const each = eachOf<number>(() => {
    throw new TypeError('wrong')
  })
  await expect(each.next()).rejects.toThrow('wrong')
  expect(await each.next()).toEqual({ done: true, value: undefined })
})

test('a signal ends it between two items of a batch', async () => {
  const controller = new AbortController()
  const { each, seen } = batchesOf([[1, 2, 3]], undefined, controller.signal)
  await each.next()
  controller.abort(new Error('enough'))
  await expect(each.next()).rejects.toThrow('enough')
  expect(await each.next()).toEqual({ done: true, value: undefined })
  expect(seen.ended).toBe(1)
})
