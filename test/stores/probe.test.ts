/**
 * A branch store that claims `compareAndSwap` is probed before it is believed with a head.
 *
 * Checked to fail without the protection: with the probe answering `true` unasked, the tests of liars
 * see their puts succeed.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { type Manner, manners, type UserStores } from '../support/user-stores.js'

type Swap = (key: string, expected: string | null, value: string) => Promise<unknown>

const full = manners.at(-1) as Manner

/** Stores whose `compareAndSwap` is another one; the calls that are made of the branch store. */
function withSwap(make: (stores: UserStores) => Swap) {
  const stores = full.make()
  const calls: (readonly [string, string])[] = []
  const spied = new Proxy(stores.branchStore, {
    get: (target, method) => {
      const own = Reflect.get(target, method)
      if (typeof own !== 'function') return own
      return (key: string, ...rest: unknown[]) => {
        calls.push([String(method), key])
        return Reflect.apply(own, target, [key, ...rest])
      }
    }
  })
  Reflect.set(stores.branchStore, 'compareAndSwap', make(stores))
  const { revisionStore } = stores
  const probes = () => calls.filter(([, key]) => key.startsWith('probe/'))
  return { ...stores, calls, probes, given: { revisionStore, branchStore: spied } }
}

const sound = ({ values }: UserStores): Swap => {
  return async (key, expected, value) => {
    await sleep(0)
    if ((values.get(key) ?? null) !== expected) return false
    values.set(key, value)
    return true
  }
}

const liars: [string, (stores: UserStores) => Swap][] = [
  [
    'writes whatever it expects',
    ({ values }) =>
      async (key, _expected, value) => {
        await sleep(0)
        values.set(key, value)
        return true
      }
  ],
  [
    'reads, then writes',
    ({ values }) =>
      async (key, expected, value) => {
        const holds = values.get(key) ?? null
        await sleep(1)
        if (holds !== expected) return false
        values.set(key, value)
        return true
      }
  ],
  ['says yes and does nothing', () => () => Promise.resolve(true)]
]

test.each(liars)('a compareAndSwap that %s moves no head', async (_what, make) => {
  const { given, values } = withSwap(make)
  const db = createDB<number>({ ...given, name: 'lied to' })
  for (const data of [1, 2]) {
    const error = await db.put(data).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'HISTO_STORE', key: 'heads/main', retryable: false })
    expect((error as Error).message).toContain('let two swaps win that exclude each other')
  }
  expect([...values.keys()].filter((key) => key !== 'name')).toEqual([])
  expect({ ...(await db.branches()) }).toEqual({})
  await db.close()
})

test.each(liars)('a compareAndSwap that %s sets no remote head', async (_what, make) => {
  const { given, values } = withSwap(make)
  const db = createDB<number>({ ...given, name: 'lied to' })
  const ref = await db.put(1, [], { moveHead: false })
  await expect(db.setRemoteHead('other', ref)).rejects.toMatchObject({
    code: 'HISTO_STORE',
    key: 'remotes/other'
  })
  expect(values.has('remotes/other')).toBe(false)
  await db.close()
})

test('two swaps are tried once, before the first head moves, and their key is removed afterwards', async () => {
  const { given, calls, probes, values } = withSwap(sound)
  const db = createDB<number>(given)
  await db.put(1, [], { moveHead: false })
  expect(probes()).toEqual([])
  const head = await db.put(2)
  await db.setRemoteHead('other', head)
  await db.branch('draft').put(3)
  const [[, key] = []] = probes()
  expect(key).toMatch(/^probe\/[0-9a-f-]{36}$/)
  expect(probes()).toEqual([
    ['compareAndSwap', key],
    ['compareAndSwap', key],
    ['del', key]
  ])
  const order = calls.map(([method, of]) => `${method} ${of}`)
  expect(order.indexOf(`del ${key}`)).toBeLessThan(order.indexOf('compareAndSwap heads/main'))
  expect([...values.keys()].toSorted()).toEqual([
    'heads/draft',
    'heads/main',
    'name',
    'remotes/other'
  ])
  await db.close()
})

test('another database over the same store probes it again', async () => {
  const { given, probes } = withSwap(sound)
  for (const data of [1, 2]) {
    const db = createDB<number>(given)
    await db.put(data)
    await db.close()
  }
  expect(new Set(probes().map(([, key]) => key)).size).toBe(2)
})

test('with probe: false the store is not tested', async () => {
  const { given, probes } = withSwap((liars[0] as (typeof liars)[0])[1])
  const db = createDB<number>({ ...given, probe: false })
  const ref = await db.put(1)
  expect(db.head()).toBe(ref)
  expect(probes()).toEqual([])
  await db.close()
})

test('a store without compareAndSwap is not probed', async () => {
  const { revisionStore, branchStore, values } = (manners[1] as Manner).make()
  const db = createDB<number>({ revisionStore, branchStore })
  await db.put(1)
  expect([...values.keys()].toSorted()).toEqual(['heads/main', 'name'])
  await db.close()
})

test('the next write repeats a probe that failed', async () => {
  const failure = new Error('the disk is gone')
  let broken = true
  const { given, values } = withSwap((stores) => async (key, expected, value) => {
    if (broken && key.startsWith('probe/')) throw failure
    return await sound(stores)(key, expected, value)
  })
  const db = createDB<number>(given)
  await expect(db.put(1)).rejects.toMatchObject({ code: 'HISTO_STORE', cause: failure })
  broken = false
  const ref = await db.put(2)
  expect(db.head()).toBe(ref)
  expect([...values.keys()].filter((key) => key.startsWith('probe/'))).toEqual([])
  await db.close()
})

test.each([0, 1, 'no', null])('probe: %j is a TypeError', (probe) => {
  const { given } = withSwap(sound)
  expect(() => createDB({ ...given, probe } as never)).toThrow(TypeError)
})
