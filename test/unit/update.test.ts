/** `update`: new data from the head's, by compare-and-swap with retry. */

import { expect, test } from 'vitest'
import { HistoError } from '../../ts/base/errors.js'
import { failureOf, openPlain, unknownRef } from '../support/open.js'

test('without a head the change gets undefined and null', async () => {
  const db = openPlain<string>()
  const given: unknown[] = []
  const ref = await db.update((...args) => {
    given.push(...args)
    return 'first'
  })
  expect(given).toEqual([undefined, null])
  expect(await db.revision()).toEqual({ ref, ancestors: [], data: 'first' })
})

test('the new revision follows the head', async () => {
  const db = openPlain<number[]>()
  const before = await db.put([1])
  const ref = await db.update(async (data, head) => {
    await Promise.resolve()
    expect(head).toBe(before)
    return [...(data ?? []), 2]
  })
  expect(await db.revision()).toEqual({ ref, ancestors: [before], data: [1, 2] })
})

test('updates that race all count', async () => {
  const db = openPlain<number>()
  await Promise.all(Array.from({ length: 20 }, () => db.update((count = 0) => count + 1)))
  expect(await db.get()).toBe(20)
})

test('updates that race in one process ask each change once', async () => {
  const db = openPlain<number>()
  const main = db.branch('main')
  let calls = 0
  const increment = (count = 0) => {
    calls += 1
    return count + 1
  }
  const both = (_item: unknown, index: number) => (index % 2 ? db : main).update(increment)
  await Promise.all(Array.from({ length: 20 }, both))
  expect(await db.get()).toBe(20)
  expect(calls).toBe(20)
})

test('an update that is aborted before its turn holds nobody up', async () => {
  const db = openPlain<number>()
  const controller = new AbortController()
  const first = db.update((count = 0) => count + 1)
  const aborted = failureOf(db.update((count = 0) => count + 1, { signal: controller.signal }))
  const third = db.update((count = 0) => count + 1)
  controller.abort()
  await Promise.all([first, third])
  expect(await aborted).toBe(controller.signal.reason)
  expect(await db.get()).toBe(2)
})

test('a head that is moved during the change makes it start again', async () => {
  const db = openPlain<string>()
  await db.put('a')
  const given: unknown[] = []
  await db.update(async (data) => {
    given.push(data)
    if (given.length === 1) await db.put('b')
    return `${data}+`
  })
  expect(given).toEqual(['a', 'b'])
  expect(await db.get()).toBe('b+')
})

test('a branch that is deleted during the change makes it start without a head', async () => {
  const db = openPlain<string>()
  await db.put('a')
  let calls = 0
  const ref = await db.update(async (data) => {
    calls += 1
    if (calls === 1) await db.deleteBranch('main')
    return data ?? 'fresh'
  })
  expect(await db.revision(ref)).toMatchObject({ ancestors: [], data: 'fresh' })
})

test('what the change throws is passed on and not tried again', async () => {
  const db = openPlain<number>()
  const conflict = new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', { head: unknownRef })
  let calls = 0
  const failure = await failureOf(
    db.update(() => {
      calls += 1
      throw conflict
    })
  )
  expect(failure).toBe(conflict)
  expect(calls).toBe(1)
  expect(db.head()).toBeNull()
})

test('an update that lost is the next one, whoever waits', async () => {
  const db = openPlain<string[]>()
  await db.put([])
  const asked: string[] = []
  const puts: Promise<string>[] = []
  const add =
    (name: string) =>
    (data: string[] = []) => {
      if (name === 'first' && !asked.includes(name)) puts.push(db.put(['meanwhile']))
      asked.push(name)
      return [...data, name]
    }
  await Promise.all(['first', 'a', 'b', 'c', 'd'].map((name) => db.update(add(name))))
  await Promise.all(puts)
  expect(asked).toEqual(['first', 'a', 'first', 'b', 'c', 'd'])
  expect(await db.get()).toEqual(['meanwhile', 'a', 'first', 'b', 'c', 'd'])
})

test('an update inside of another update’s change does not wait for itself', async () => {
  const db = openPlain<number>()
  let nested = false
  await db.update(async (count = 0) => {
    if (!nested) {
      nested = true
      await db.update((inner = 0) => inner + 10)
    }
    return count + 1
  })
  expect(await db.get()).toBe(11)
})

test('closing a branch during the change ends the update', async () => {
  const side = openPlain<number>().branch('side')
  const update = side.update(async () => {
    await side.close()
    return 1
  })
  await expect(update).rejects.toMatchObject({ code: 'HISTO_CLOSED' })
})

test.each([
  ['equal data', { b: [1], a: 2 }, { a: 2, b: [1] }],
  ['a number written otherwise', 1, 1.0],
  ['binary data', Uint8Array.of(1, 2), Uint8Array.of(1, 2)]
])('with ifChanged %s writes nothing', async (_what, before, after) => {
  const db = openPlain()
  const head = await db.put(before)
  expect(await db.update(() => after, { ifChanged: true })).toBe(head)
  expect(db.head()).toBe(head)
})

test.each([
  ['other data', { a: 1 }, { a: 2 }],
  ['binary data in place of the same text', 'AQI', Uint8Array.of(1, 2)]
])('with ifChanged %s is written', async (_what, before, after) => {
  const db = openPlain()
  const head = await db.put(before)
  const ref = await db.update(() => after, { ifChanged: true })
  expect(await db.revision()).toEqual({ ref, ancestors: [head], data: after })
})

test('with ifChanged data that the change altered in place is written', async () => {
  const db = openPlain<{ count: number }>()
  await db.put({ count: 1 })
  await db.update(
    (data) => {
      if (data === undefined) throw new Error('no data')
      data.count += 1
      return data
    },
    { ifChanged: true }
  )
  expect(await db.get()).toEqual({ count: 2 })
})

test('with ifChanged the first revision of a branch is written', async () => {
  const db = openPlain<string>()
  const ref = await db.update(() => 'first', { ifChanged: true })
  expect(db.head()).toBe(ref)
})
