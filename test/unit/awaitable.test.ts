/** The helpers over values that are there now or come later. */

import { expect, test } from 'vitest'
import { after, inTurn, tried } from '../../ts/base/awaitable.js'

const later = async <R>(value: R): Promise<R> => {
  await new Promise((resolve) => setImmediate(resolve))
  return value
}

test('a value that is there is handed on before after returns', () => {
  expect(after(1, (one) => one + 1)).toBe(2)
})

test('a promised value is handed on when it comes', async () => {
  const result = after(later(1), (one) => later(one + 1))
  expect(result).toBeInstanceOf(Promise)
  expect(await result).toBe(2)
})

const failure = new Error('failed')
const throws = (): number => {
  throw failure
}

test.each([
  ['thrown', throws],
  ['rejected', () => later(0).then(throws)]
])('an error that is %s goes to failed, and never to next', async (_how, run) => {
  const unexpected = () => expect.fail('next was called')
  expect(await tried(run, unexpected, (error) => [error])).toEqual([failure])
})

test('an error of next is not handed to failed', () => {
  const failed = () => expect.fail('failed was called')
  expect(() => tried(() => 1, throws, failed)).toThrow(failure)
})

test('items are done in turn and at once, without a promise, where each is', () => {
  const done: number[] = []
  expect(inTurn([1, 2, 3], (item) => void done.push(item))).toBe(undefined)
  expect(done).toEqual([1, 2, 3])
})

test('no item begins before the one before it has ended, now or later', async () => {
  const told: string[] = []
  const step = (item: number) => {
    told.push(`begin ${item}`)
    const end = () => void told.push(`end ${item}`)
    return item % 2 === 0 ? later(undefined).then(end) : end()
  }
  await inTurn([1, 2, 3, 4], step)
  expect(told).toEqual([1, 2, 3, 4].flatMap((item) => [`begin ${item}`, `end ${item}`]))
})

test.each([
  ['at once', throws],
  ['later', () => later(0).then(throws)]
])('a step that fails %s ends the turn', async (_when, fail) => {
  const begun: number[] = []
  const step = (item: number) => {
    begun.push(item)
    if (item === 2) return fail()
    return item === 1 ? later(item) : item
  }
  await expect(inTurn([1, 2, 3], step)).rejects.toBe(failure)
  expect(begun).toEqual([1, 2])
})

test('what is added while the last item is under way is taken too', async () => {
  const queue = [1]
  function* taken() {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) yield item
  }
  const done: number[] = []
  await inTurn(taken(), async (item) => {
    await later(undefined)
    done.push(item)
    if (item < 3) queue.push(item + 1)
  })
  expect(done).toEqual([1, 2, 3])
})
