/** Stores and sides whose methods have an unused parameter, and how it is found out whether they use promises. */

import { setTimeout as sleep } from 'node:timers/promises'
import { MemoryLevel } from 'memory-level'
import { expect, onTestFinished, test } from 'vitest'
import { createDB, createSynchronizer, refOf } from '../../ts/index.js'

type Values = Map<string, string>
type Done = (error: unknown, result?: unknown) => void

function revisionsIn(texts: Values) {
  return {
    put: (text: string) => {
      const id = refOf(text)
      texts.set(id, text)
      return Promise.resolve(id)
    },
    get: async (id: string, _options?: object) => texts.get(id)
  }
}

/** Has no method without room for one argument more. */
function roomyHeads(values: Values) {
  return {
    put: async (key: string, value: string, _options: object) => void values.set(key, value),
    get: async (key: string, _options: object) => values.get(key),
    del: async (key: string, _options: object) => void values.delete(key)
  }
}

function open(branchStore: object) {
  const stores = { revisionStore: revisionsIn(new Map()), branchStore }
  const db = createDB<number>(stores as never)
  onTestFinished(() => db.close())
  return db
}

/** The rounds of a new database: what is missing, a first put, a head that moves, one that goes. */
async function works(db: ReturnType<typeof open>): Promise<void> {
  await db.ready()
  const ref = await db.put(1)
  await db.put(2)
  expect(await db.get()).toBe(2)
  await db.setHead(ref)
  expect(db.head()).toBe(ref)
  await db.deleteBranch('main')
  expect(db.head()).toBeNull()
}

const tellingMethods: readonly (readonly [string, (values: Values) => object])[] = [
  ['an async put', (values) => ({ put: async (k: string, v: string) => void values.set(k, v) })],
  [
    'a put that returns a promise',
    (values) => ({ put: (k: string, v: string) => Promise.resolve(void values.set(k, v)) })
  ],
  ['a del', (values) => ({ del: (key: string) => Promise.resolve(void values.delete(key)) })],
  [
    'getMany with options',
    (values) => ({
      getMany: async (keys: string[], _options: object) => keys.map((key) => values.get(key))
    })
  ]
]

test.each(tellingMethods)(
  '%s shows that get(key, options) returns a promise',
  async (_what, method) => {
    const values: Values = new Map()
    await works(open({ ...roomyHeads(values), ...method(values) }))
  }
)

test('a promise of a value also decides the ambiguous calls', async () => {
  const values: Values = new Map([['name', 'kept']])
  const db = open(roomyHeads(values))
  await works(db)
  expect(db.name).toBe('kept')
})

test('a level can be used as a branch store as it is', async () => {
  const level = new MemoryLevel()
  onTestFinished(() => level.close())
  await works(open(level))
})

test('if nothing shows the style, get is HISTO_STORE after a second, not an empty database', async () => {
  const values: Values = new Map()
  const db = open(roomyHeads(values))
  const before = performance.now()
  const error = await db.ready().catch((reason: unknown) => reason)
  expect(performance.now() - before).toBeGreaterThan(900)
  expect(error).toMatchObject({ code: 'HISTO_STORE', key: 'name', retryable: false })
  expect((error as Error).message).toContain('branchStore.get returned a promise of undefined')
  expect([...values]).toEqual([])
})

test('if nothing shows the style, put is HISTO_STORE and not acknowledged', async () => {
  const values: Values = new Map()
  const heads = {
    ...roomyHeads(values),
    get: (key: string, done: Done) => done(null, values.get(key)),
    put: async (_key: string, _value: string, _done: Done) => undefined
  }
  const db = open(heads)
  await expect(db.ready()).rejects.toMatchObject({ code: 'HISTO_STORE', key: 'name' })
})

test('the callback of an async method is waited for if it comes after the promise', async () => {
  const values: Values = new Map()
  let delay = 1
  const later = (done: Done, result?: unknown) => void setTimeout(done, delay, null, result)
  const db = open({
    get: async (key: string, done: Done) => later(done, values.get(key)),
    put: async (key: string, value: string, done: Done) => later(done, void values.set(key, value)),
    del: async (key: string, done: Done) => later(done, void values.delete(key))
  })
  await db.ready()
  delay = 1300
  const ref = await db.put(1)
  expect(values.get('heads/main')).toBe(ref)
})

test.each([
  [
    'a default',
    (values: Values) =>
      (k: string, v: string, done: Done = () => undefined) => {
        values.set(k, v)
        setTimeout(done, 20, null)
      }
  ],
  [
    'the rest',
    (values: Values) =>
      (k: string, ...rest: unknown[]) => {
        values.set(k, String(rest[0]))
        setTimeout(rest[1] as Done, 20, null)
      }
  ]
])('a put whose callback is %s does not show that promises are returned', async (_what, put) => {
  const values: Values = new Map([['name', 'kept']])
  const db = open({
    get: async (key: string, done: Done) => void setTimeout(done, 20, null, values.get(key)),
    put: put(values),
    del: async (key: string, done: Done) => void setTimeout(done, 20, null, values.delete(key))
  })
  await db.ready()
  expect(db.name).toBe('kept')
})

test('a source and a target whose methods take options can be synchronized', async () => {
  const db = createDB<number>({ name: 'ours' })
  onTestFinished(() => db.close())
  const ref = await db.put(1)
  const remotes: Values = new Map()
  const written: unknown[] = []
  const target = {
    head: async (_options: object) => undefined,
    remoteHead: async (name: string, _options: object) => remotes.get(name),
    writeStream: async (stream: AsyncIterable<unknown>, _options: object) => {
      for await (const item of stream) written.push(item)
    },
    setRemoteHead: async (name: string, head: string) => void remotes.set(name, head)
  }
  const items = [{ ref, ancestors: [], data: 1 }]
  const source = {
    name: 'ours',
    head: async (_options: object) => ref,
    refDifference: async (_from: unknown, _to: unknown, _options: object) => [ref],
    createStream: () => ({ read: async (_options: object) => items.shift() })
  }
  const result = await createSynchronizer(source as never, target as never).run()
  expect(result).toMatchObject({ head: ref, revisions: 1 })
  expect([written.length, remotes.get('ours')]).toEqual([1, ref])
})

test('a side that nothing shows the style of is HISTO_PROTOCOL', async () => {
  const db = createDB<number>({ name: 'ours' })
  onTestFinished(() => db.close())
  await db.put(1)
  const target = {
    head: async (_options: object) => undefined,
    remoteHead: async (_name: string, _options: object) => sleep(1),
    writeStream: async (_stream: unknown, _options: object) => undefined,
    setRemoteHead: async (_name: string, _ref: string, _options: object) => undefined
  }
  const run = createSynchronizer(db, target as never).run()
  await expect(run).rejects.toMatchObject({ code: 'HISTO_PROTOCOL' })
  await expect(run).rejects.toThrow(/remoteHead returned a promise of undefined/)
})
