/** Stores that fail: the error says so, the head stays, later calls work, nothing is deleted. */

import { expect, test } from 'vitest'
import { createDB, refOf } from '../../ts/index.js'
import { type Manner, manners } from '../support/user-stores.js'

type Way = (...args: unknown[]) => unknown
const failure = new Error('the disk is gone')
const ways: readonly (readonly [string, Way, unknown])[] = [
  ['calls back with an error', (...args) => (args.at(-1) as Way)(failure), failure],
  [
    'throws',
    () => {
      throw failure
    },
    failure
  ],
  ['rejects', () => Promise.reject(failure), failure],
  ['never answers', () => undefined, undefined],
  ['answers rubbish', (...args) => (args.at(-1) as Way)(null, 7), undefined]
]
const late = manners[1] as Manner

/** Replaces a method until it is called back; answers what puts it right. */
function broken(store: object, method: string, way: Way): () => void {
  const sound = Reflect.get(store, method) as Way
  Reflect.set(store, method, way)
  return () => Reflect.set(store, method, sound)
}

async function filled(manner = late) {
  const stores = manner.make()
  const { revisionStore, branchStore } = stores
  const db = await createDB<unknown>({ revisionStore, branchStore, timeout: 300 }).ready()
  return { ...stores, db, head: await db.put('first') }
}

const writing = ways.flatMap(([what, way, cause]) => [
  ['revisionStore', 'put', what, way, cause] as const,
  ['branchStore', 'get', what, way, cause] as const
])

test.each([
  ...writing,
  ...ways
    .filter(([what]) => what !== 'answers rubbish')
    .map(([what, way, cause]) => ['branchStore', 'put', what, way, cause] as const)
])('%s.%s %s: the put fails, what follows works', async (store, method, _what, way, cause) => {
  const { db, head, deleted, ...stores } = await filled()
  const repair = broken(stores[store], method, way)
  const [one, two] = await Promise.allSettled([db.put('second'), db.put('third')])
  repair()
  expect(one).toMatchObject({ status: 'rejected', reason: { code: 'HISTO_STORE' } })
  expect((one as PromiseRejectedResult).reason.cause).toBe(cause)
  expect(two).toMatchObject({ status: 'rejected', reason: { code: 'HISTO_CHAINED' } })
  expect(db.head()).toBe(head)
  const next = await db.put('fourth')
  expect(await db.ancestors(next)).toEqual([head])
  expect(deleted).toEqual([])
  await db.close()
})

test.each(ways.filter(([what]) => what !== 'answers rubbish'))(
  'a read whose store %s is HISTO_STORE',
  async (_what, way, cause) => {
    const { db, head, revisionStore } = await filled()
    const repair = broken(revisionStore, 'get', way)
    const error = await db.get(head).catch((reason: unknown) => reason)
    repair()
    expect(error).toMatchObject({ code: 'HISTO_STORE', ref: head })
    expect((error as Error).cause).toBe(cause)
    const { message } = error as Error
    if (cause !== undefined)
      expect(message).toBe(`revisionStore.get failed for ${head}: the disk is gone`)
    expect(await db.get(head)).toBe('first')
    await db.close()
  }
)

test.each(ways)('a head read that %s is never an empty database', async (_what, way) => {
  const { revisionStore, branchStore } = late.make()
  const repair = broken(branchStore, 'get', way)
  const db = createDB<number>({ revisionStore, branchStore, timeout: 300 })
  await expect(db.ready()).rejects.toMatchObject({ code: 'HISTO_STORE' })
  repair()
  await db.ready()
  expect(db.head()).toBeNull()
  await db.close()
})

test('a put that fails with ENOENT has failed', async () => {
  const { db, head, branchStore } = await filled()
  const gone = Object.assign(new Error('no such folder'), { code: 'ENOENT' })
  const repair = broken(branchStore, 'put', (...args) => (args.at(-1) as Way)(gone))
  await expect(db.put('second')).rejects.toMatchObject({ code: 'HISTO_STORE', cause: gone })
  repair()
  expect(db.head()).toBe(head)
  await db.close()
})

test('a second call of the callback changes nothing', async () => {
  const { db, revisionStore } = await filled()
  const sound = revisionStore.put as Way
  Reflect.set(revisionStore, 'put', (text: unknown, callback: Way) =>
    Reflect.apply(sound, revisionStore, [
      text,
      (...answer: unknown[]) => {
        callback(...answer)
        callback(failure)
      }
    ])
  )
  const ref = await db.put('second')
  expect(db.head()).toBe(ref)
  await db.close()
})

test('a signal ends a call that never answers', async () => {
  const { revisionStore, branchStore } = late.make()
  await using db = await createDB<number>({ revisionStore, branchStore, timeout: 200 }).ready()
  broken(revisionStore, 'put', () => undefined)
  const signal = AbortSignal.timeout(10)
  await expect(db.put(1, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('a head write that timed out and takes effect late undoes nothing', async () => {
  const { db, head, branchStore, values } = await filled()
  let land = (): void => undefined
  const repair = broken(branchStore, 'put', (...args) => {
    const [key, value, callback] = args as [string, string, Way]
    land = () => {
      values.set(key, value)
      callback(null)
    }
  })
  await expect(db.put('lost')).rejects.toMatchObject({ code: 'HISTO_STORE', retryable: true })
  repair()
  const next = await db.put('next')
  land()
  await expect.poll(() => values.get('heads/main')).toBe(next)
  expect(db.head()).toBe(next)
  expect(await db.ancestors(next)).toEqual([head])
  await db.close()
})

test.each([['{"ancestors":[],"data":'], ['{"data":1,"ancestors":[]}'], ['not a revision'], [7]])(
  'the text %o is HISTO_CORRUPT and names the ref',
  async (text) => {
    const { db, head, texts } = await filled()
    texts.set(head, text as string)
    const { revisionStore } = { revisionStore: { get: () => Promise.resolve(text) } }
    const other = manners[0] as Manner
    const opened = createDB({
      revisionStore: { ...other.make().revisionStore, ...revisionStore } as never,
      branchStore: other.make().branchStore
    })
    const read = opened.get(head)
    await expect(read).rejects.toMatchObject({ code: 'HISTO_CORRUPT', ref: head })
    await db.close()
    await opened.close()
  }
)

test('a cycle is HISTO_CORRUPT and names a ref of it', async () => {
  const { texts, revisionStore, branchStore } = (manners[0] as Manner).make()
  texts.set('a: 1', '{"ancestors":["b: 2"],"data":1}')
  texts.set('b: 2', '{"ancestors":["a: 1"],"data":2}')
  await using db = createDB({ revisionStore, branchStore })
  const firstParents = async () => {
    for await (const _revision of db.history('a: 1', { firstParent: true, limit: 1000 }));
  }
  for (const call of [db.refDifference(null, 'a: 1'), firstParents(), db.resolve('a: 1~1000')]) {
    await expect(call).rejects.toMatchObject({
      code: 'HISTO_CORRUPT',
      ref: expect.stringMatching(/^(a: 1|b: 2)$/)
    })
  }
})

test('refOf takes texts of revisions and nothing else', () => {
  expect(refOf('{"ancestors":[],"data":1}')).toMatch(/^[0-9a-f]{64}$/)
  expect(refOf(Buffer.from('{"ancestors":[],"data":1}'))).toBe(refOf('{"ancestors":[],"data":1}'))
  expect(() => refOf(1 as never)).toThrow(TypeError)
  expect(() => refOf('{}')).toThrow(expect.objectContaining({ code: 'HISTO_CORRUPT' }))
})
