/** `restore`: the data of an older revision again, on top of the head. */

import { describe, expect, test } from 'vitest'
import { refOf } from '../../ts/index.js'
import { mapStores } from '../support/user-stores.js'
import { collect, failureOf, opened, places, refOf as plainRefOf, unknownRef } from './places.js'

const overStores = (options: object = {}) => {
  const { revisionStore, branchStore } = mapStores()
  return opened({ revisionStore: { idOf: refOf, ...revisionStore }, branchStore, ...options })
}

describe.each([...places, ['stores of its own', overStores] as const])('in %s', (_place, open) => {
  test.each([
    ['JSON', { title: 'first', n: [1, 'ä'] }],
    ['binary data', new Uint8Array([0, 255, 7])]
  ])('%s comes back as a revision on top of the head', async (_kind, data) => {
    const db = await open()
    const first = await db.put(data, { meta: { author: 'Ada' } })
    const second = await db.put('a mistake')
    const meta = { message: 'back' }
    const restored = await db.restore(first, { meta })
    expect(restored).toBe(plainRefOf(data, [second], meta))
    expect(db.head()).toBe(restored)
    expect(await db.revision()).toEqual({ ref: restored, ancestors: [second], data, meta })
    expect(await db.restore(first)).toBe(plainRefOf(data, [restored]))
  })

  test('it has the meta of createDB, not that of the older revision', async () => {
    const db = await open({ meta: { author: 'Bob' } })
    const first = await db.put(1, { meta: { author: 'Ada', message: 'one' } })
    await db.put(2)
    await db.restore(first)
    expect((await db.revision()).meta).toEqual({ author: 'Bob' })
  })

  test('without being awaited it is chained in the order of the calls', async () => {
    const db = await open()
    const first = await db.put('first')
    const refs = await Promise.all([db.put('second'), db.restore(first), db.put('third')])
    const [second, restored, third] = refs
    const order = [third, restored, second, first]
    expect((await collect(db.history())).map(({ ref }) => ref)).toEqual(order)
  })

  test('one of what is not there breaks no chain', async () => {
    const db = await open()
    const first = await db.put('first')
    const second = db.put('second')
    const failing = failureOf(db.restore(unknownRef))
    const rest = [db.put('third'), db.restore(first)]
    expect(await failing).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
    const order = (await Promise.all([second, ...rest])).toReversed()
    expect((await collect(db.history())).map(({ ref }) => ref)).toEqual([...order, first])
  })

  test('previousHead makes it a compare-and-swap', async () => {
    const db = await open()
    const [first = '', second = ''] = await db.putMany([{ data: 1 }, { data: 2 }])
    const failure = await failureOf(db.restore(first, { previousHead: first }))
    expect(failure).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: second, expected: first })
    expect(await db.restore(first, { previousHead: second })).toBe(db.head())
  })

  test('it works on a branch without a head, and with a callback', async () => {
    const db = await open()
    const first = await db.put({ a: 1 })
    const branch = db.branch('other')
    const restored = await new Promise((resolve, reject) => {
      branch.restore(first, (error, ref) => (error ? reject(error) : resolve(ref)))
    })
    expect(restored).toBe(first) // the same data without ancestors
    expect((await collect(branch.history())).length).toBe(1)
  })

  test('a ref that is not there, and what is none, write nothing', async () => {
    const db = await open()
    const head = await db.put(1)
    expect((await failureOf(db.restore(unknownRef))).code).toBe('HISTO_NOT_FOUND')
    await expect(db.restore(undefined as never)).rejects.toThrow(TypeError)
    await expect(db.restore(head, { previousHead: undefined as never })).rejects.toThrow(TypeError)
    await expect(db.restore(head, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(db.head()).toBe(head)
  })
})

test.each(places)('what was erased cannot be restored in %s', async (_place, open) => {
  const db = await open()
  const first = await db.put(1)
  await db.put(2)
  await db.erase(first)
  expect(await failureOf(db.restore(first))).toMatchObject({ code: 'HISTO_SHALLOW', ref: first })
})
