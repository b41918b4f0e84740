/** Several heads in one commit: all or nothing, over every kind of engine. */

import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import type { BatchOperation, DB, HeadChange } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { manners, only, ownManners } from '../support/user-stores.js'
import { collect, failureOf, opened, places, unknownRef } from './places.js'

type Open = () => Promise<DB<unknown>>

const withSwaps = [...manners, ...ownManners].filter(({ name }) => name.includes('all methods'))
const others = manners.filter(({ name }) => !name.includes('all methods'))

const engines: readonly (readonly [string, Open])[] = [
  ...places.map(([name, open]) => [name, () => open()] as const),
  ['a level', () => opened(levelStores(new MemoryLevel()))],
  ...withSwaps.map(({ name, make }) => [name, () => opened(only(make()))] as const)
]

const headsOf = async (db: DB<unknown>) => ({ ...(await db.branches()) })

describe.each(engines)('over %s', (_name, open) => {
  test('puts, heads and deletions of several branches happen together', async () => {
    const db = await open()
    const old = await db.branch('old').put('old')
    const before = await db.put('before')
    const answers = await db.batch([
      { type: 'put', data: 'after' },
      { type: 'put', branch: 'new', data: { a: 1 }, previousHead: null },
      { type: 'setHead', branch: 'also', ref: old },
      { type: 'deleteBranch', branch: 'old', previousHead: old }
    ])
    const [after, made] = answers
    expect(answers).toEqual([expect.any(String), expect.any(String), old, null])
    expect(await headsOf(db)).toEqual({ main: after, new: made, also: old })
    expect(await db.revision(after as string)).toEqual({
      ref: after,
      ancestors: [before],
      data: 'after'
    })
    expect(await db.get(made as string)).toEqual({ a: 1 })
    expect(await db.ancestors(made as string)).toEqual([])
  })

  test('a put has its meta, laid over that of the database', async () => {
    const db = await open()
    const [plain, told] = (await db.batch([
      { type: 'put', data: 1 },
      { type: 'put', branch: 'side', data: 1, meta: { author: 'ada' } }
    ])) as string[]
    expect(await db.revision(plain as string)).not.toHaveProperty('meta')
    expect((await db.revision(told as string)).meta).toEqual({ author: 'ada' })
    const wrong = { type: 'put', data: 1, meta: [] } as never
    expect(await failureOf(db.batch([wrong]))).toMatchObject({ name: 'TypeError', index: 0 })
  })

  test('an operation follows those before it in the batch', async () => {
    const db = await open()
    const root = await db.put('root')
    const [first, second, , third, gone, fourth] = (await db.batch([
      { type: 'put', data: 1 },
      { type: 'put', data: 2 },
      { type: 'setHead', branch: 'side', ref: root },
      { type: 'put', branch: 'side', data: 3, previousHead: root },
      { type: 'deleteBranch', branch: 'side' },
      { type: 'put', branch: 'side', data: 4, previousHead: null }
    ])) as string[]
    expect(gone).toBeNull()
    expect(await db.ancestors(first as string)).toEqual([root])
    expect(await db.ancestors(second as string)).toEqual([first])
    expect(await db.ancestors(third as string)).toEqual([root])
    expect(await db.ancestors(fourth as string)).toEqual([])
    expect(await headsOf(db)).toEqual({ main: second, side: fourth })
  })

  test('a head may be set to what the batch puts, and a put may name it as an ancestor', async () => {
    const db = await open()
    const probe = await open()
    const made = await probe.put('made', []) // the same ref, since it hashes the same
    const next = await probe.put('next', [made])
    const operations: BatchOperation<unknown>[] = [
      { type: 'put', data: 'made', ancestors: [] },
      { type: 'setHead', branch: 'tag', ref: made },
      { type: 'put', branch: 'next', data: 'next', ancestors: [made] }
    ]
    expect(await db.batch(operations)).toEqual([made, made, next])
    expect(await headsOf(db)).toEqual({ main: made, tag: made, next })
  })

  test('it follows the latest unsettled write of each branch, and later puts follow it', async () => {
    const db = await open()
    const side = db.branch('side')
    const puts = [db.put(1), side.put(2)]
    const batch = db.batch([
      { type: 'put', data: 3 },
      { type: 'put', branch: 'side', data: 4 }
    ])
    const later = [db.put(5), side.put(6)]
    const [one, two] = await Promise.all(puts)
    const [three, four] = (await batch) as string[]
    const [five, six] = await Promise.all(later)
    const parents = await Promise.all(
      [three, four, five, six].map((ref) => db.ancestors(ref as string))
    )
    expect(parents).toEqual([[one], [two], [three], [four]])
    expect([db.head(), side.head()]).toEqual([five, six])
  })

  test('a batch chained on a failed write fails, and nothing of it happens', async () => {
    const db = await open()
    const head = await db.put('head')
    const lost = db.put('lost', [unknownRef])
    const batch = db.batch([
      { type: 'put', branch: 'side', data: 1 },
      { type: 'put', data: 2 }
    ])
    const later = db.branch('side').put(3)
    const free = db.branch('free').put(4)
    const cause = await failureOf(lost)
    expect(cause).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
    const failure = await failureOf(batch)
    expect(failure).toMatchObject({ code: 'HISTO_CHAINED', index: 1, cause })
    expect(await failureOf(later)).toMatchObject({ code: 'HISTO_CHAINED' })
    const apart = await free
    expect(await headsOf(db)).toEqual({ main: head, free: apart })
  })

  test('with ancestors, or after another operation of its branch, nothing is chained', async () => {
    const db = await open()
    const head = await db.put('head')
    const lost = [db.put('lost', [unknownRef]), db.branch('side').put('lost', [unknownRef])]
    const batch = db.batch([
      { type: 'put', data: 1, ancestors: [head] },
      { type: 'setHead', branch: 'side', ref: head },
      { type: 'put', branch: 'side', data: 2 }
    ])
    await Promise.allSettled(lost)
    const [one, , two] = await batch
    expect(await headsOf(db)).toEqual({ main: one, side: two })
  })

  test.each<[string, BatchOperation<unknown>, object]>([
    [
      'a head that is another',
      { type: 'put', data: 1, previousHead: null },
      { code: 'HISTO_HEAD_CONFLICT', expected: null }
    ],
    [
      'a head that is no ref',
      { type: 'deleteBranch', previousHead: 'x' },
      { code: 'HISTO_HEAD_CONFLICT', expected: 'x' }
    ],
    [
      'a head to set that is another',
      { type: 'setHead', branch: 'other', ref: 'first', previousHead: 'x' },
      { code: 'HISTO_HEAD_CONFLICT', head: null }
    ],
    [
      'an ancestor that is not there',
      { type: 'put', data: 1, ancestors: [unknownRef] },
      { code: 'HISTO_MISSING_ANCESTOR', ref: unknownRef }
    ],
    [
      'a ref that is not there',
      { type: 'setHead', ref: unknownRef },
      { code: 'HISTO_NOT_FOUND', ref: unknownRef }
    ],
    ['a lone surrogate', { type: 'put', data: '\ud800' }, { name: 'TypeError' }],
    ['no data', { type: 'put' } as never, { name: 'TypeError' }],
    ['no ref', { type: 'setHead', ref: undefined } as never, { name: 'TypeError' }],
    [
      'a guard that is undefined',
      { type: 'deleteBranch', previousHead: undefined } as never,
      { name: 'TypeError' }
    ],
    [
      'a branch that is undefined',
      { type: 'deleteBranch', branch: undefined } as never,
      { name: 'TypeError' }
    ],
    ['no name', { type: 'deleteBranch', branch: '' }, { name: 'TypeError' }],
    ['no type', { branch: 'main' } as never, { name: 'TypeError' }],
    ['another type', { type: 'del', branch: 'main' } as never, { name: 'TypeError' }],
    ['an unknown member', { type: 'deleteBranch', ref: 'x' } as never, { name: 'TypeError' }],
    ['doubled ancestors', { type: 'put', data: 1, ancestors: ['a', 'a'] }, { name: 'TypeError' }],
    ['what is no operation', null as never, { name: 'TypeError' }]
  ])(
    '%s fails with the number of the operation, and nothing has happened',
    async (_what, wrong, failure) => {
      const db = await open()
      const first = await db.put('first')
      await db.branch('second').put('second')
      const heads = await headsOf(db)
      const operation =
        wrong !== null && 'ref' in wrong && wrong.ref === 'first' ? { ...wrong, ref: first } : wrong
      const before: BatchOperation<unknown>[] = [
        { type: 'put', branch: 'second', data: 'lost' },
        { type: 'setHead', branch: 'third', ref: first },
        { type: 'deleteBranch' },
        { type: 'setHead', ref: first }
      ]
      const error = await failureOf(
        db.batch([...before, operation, { type: 'put', branch: 'second', data: 'x' }])
      )
      expect(error).toMatchObject({ ...failure, index: 4 })
      expect(await headsOf(db)).toEqual(heads)
      expect(await db.branch('second').put('second still', [first])).toBeTypeOf('string')
    }
  )

  test('no operations make no commit, and what is not a list is a TypeError without a number', async () => {
    const db = await open()
    expect(await db.batch([])).toEqual([])
    for (const operations of [undefined, null, {}, 'put', { type: 'put', data: 1 }]) {
      const error = await failureOf(db.batch(operations as never))
      expect(error).toBeInstanceOf(TypeError)
      expect(error).not.toHaveProperty('index')
    }
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    expect(await failureOf(db.batch([{ type: 'put', data: 1 }], { signal }))).toBe(reason)
    expect(db.head()).toBeNull()
    const answer = await new Promise((resolve, reject) => {
      db.batch([{ type: 'put', data: 1 }], (error, refs) => (error ? reject(error) : resolve(refs)))
    })
    expect(answer).toEqual([db.head()])
    await db.close()
    expect(await failureOf(db.batch([{ type: 'put', data: 1 }]))).toMatchObject({
      code: 'HISTO_CLOSED'
    })
  })

  test('watchers get each head once', async () => {
    const db = await open()
    const first = await db.put(0)
    const told: HeadChange[] = []
    db.on('head', (change) => told.push(change))
    db.branch('side').on('head', (change) => told.push(change))
    const [, last, side] = await db.batch([
      { type: 'put', data: 1 },
      { type: 'put', data: 2 },
      { type: 'put', branch: 'side', data: 3 }
    ])
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toHaveLength(2)
    expect(told).toContainEqual({ branch: 'main', ref: last, previous: first })
    expect(told).toContainEqual({ branch: 'side', ref: side, previous: null })
  })
})

describe.each([
  ...places,
  ...withSwaps
    .slice(0, 1)
    .map(
      ({ name, make }) =>
        [name, (options: object) => opened({ ...only(make()), ...options })] as const
    )
])('a limit over %s', (_name, open) => {
  test('data that is too large fails with the number of its operation', async () => {
    const db = (await open({ maxRevisionBytes: 1000 })) as DB<unknown>
    const operations: BatchOperation<unknown>[] = [
      { type: 'put', data: 'small' },
      { type: 'put', branch: 'side', data: 'x'.repeat(2000) }
    ]
    expect(await failureOf(db.batch(operations))).toMatchObject({
      code: 'HISTO_TOO_LARGE',
      index: 1
    })
    expect(await headsOf(db)).toEqual({})
  })
})

test.each(places)(
  'the log has one move of each branch, which undo takes back, over %s',
  async (_name, open) => {
    const db = await open()
    const side = db.branch('side')
    const [first, other] = [await db.put('first'), await side.put('other', [])]
    const [, second, gone] = await db.batch([
      { type: 'put', data: 'between' },
      { type: 'put', data: 'second' },
      { type: 'deleteBranch', branch: 'side' },
      { type: 'setHead', branch: 'same', ref: first },
      { type: 'deleteBranch', branch: 'same' }
    ])
    expect(gone).toBeNull()
    await failureOf(
      db.batch([
        { type: 'put', data: 'lost' },
        { type: 'setHead', ref: unknownRef }
      ])
    )
    const told = (await collect(db.log({ limit: 2 }))).map(({ branch, from, to, action }) => ({
      branch,
      from,
      to,
      action
    }))
    expect(told).toHaveLength(2)
    expect(told).toContainEqual({ branch: 'main', from: first, to: second, action: 'batch' })
    expect(told).toContainEqual({ branch: 'side', from: other, to: null, action: 'batch' })
    expect(await side.undo()).toBe(other)
    expect([db.head(), side.head()]).toEqual([second, other])
    expect(await db.undo()).toBe(first)
  }
)

test.each(withSwaps)(
  'over $name branches are as of one moment while batches move them',
  async ({ make }) => {
    const kept = make()
    const [reader, writer] = [await opened(only(kept)), await opened(only(make(kept)))]
    const names = Array.from({ length: 8 }, (_, n) => `b${n}`)
    let isOver = false
    const writing = (async () => {
      for (let round = 0; round < 25; round += 1) {
        await writer.batch(
          names.map((branch) => ({ type: 'put', branch, data: round, ancestors: [] }))
        )
        await new Promise((resolve) => setTimeout(resolve, round % 5 === 4 ? 60 : 0)) // now and then a rest
      }
      isOver = true
    })()
    let looks = 0
    while (!isOver) {
      expect(new Set(Object.values(await reader.branches())).size).toBeLessThan(2)
      looks += 1
    }
    await writing
    expect(looks).toBeGreaterThan(2)
  }
)

test.each(others)(
  'over $name, without compareAndSwapMany, it is HISTO_STORE and nothing happens',
  async ({ make }) => {
    const db = await opened(only(make()))
    const head = await db.put(1)
    const error = await failureOf(db.batch([{ type: 'put', data: 2 }]))
    expect(error).toMatchObject({
      code: 'HISTO_STORE',
      message: expect.stringContaining('compareAndSwapMany')
    })
    expect(await db.put(3)).toBe(db.head())
    expect(await db.ancestors(db.head() as string)).toEqual([head])
  }
)
