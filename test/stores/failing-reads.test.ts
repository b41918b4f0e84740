/** Reads whose store fails: `HISTO_STORE` with the cause, and the next read works. */

import { describe, expect, test } from 'vitest'
import {
  broken,
  type Filled,
  filled,
  full,
  fullOfTexts,
  plain,
  rubbish,
  type Way,
  ways
} from '../support/failing-stores.js'
import { collect } from '../support/open.js'
import type { Manner } from '../support/user-stores.js'

interface Read {
  readonly call: string
  readonly manner: Manner
  readonly store: 'revisionStore' | 'branchStore'
  readonly method: string
  readonly ask: (filled: Filled) => Promise<unknown>
  /** Invalid results, which are failures too. */
  readonly rubbish: readonly unknown[]
}

function read(
  manner: Manner,
  store: Read['store'],
  method: string,
  call: string,
  ask: Read['ask'],
  ...senseless: readonly unknown[]
): Read {
  return { call, manner, store, method, ask, rubbish: senseless }
}

function headAsked({ db }: Filled): Promise<unknown> {
  return new Promise((resolve, reject) => {
    db.head((error, head) => (error ? reject(error) : resolve(head)))
  })
}

const lists = [7, 'two', [], ['one'], {}, null]
const reads: readonly Read[] = [
  read(plain, 'revisionStore', 'get', 'get', ({ db, first }) => db.get(first)),
  read(plain, 'revisionStore', 'get', 'revision', ({ db }) => db.revision()),
  read(plain, 'revisionStore', 'get', 'ancestors', ({ db, head }) => db.ancestors(head)),
  read(plain, 'revisionStore', 'get', 'has', ({ db, head }) => db.has([head])),
  read(plain, 'revisionStore', 'get', 'getMany', ({ db, first, head }) =>
    db.getMany([first, head])
  ),
  read(plain, 'revisionStore', 'get', 'refDifference', ({ db, head }) =>
    db.refDifference(null, head)
  ),
  read(plain, 'revisionStore', 'get', 'history', ({ db }) => collect(db.history())),
  read(plain, 'revisionStore', 'get', 'createStream', ({ db, head }) =>
    collect(db.createStream([head]))
  ),
  read(
    full,
    'revisionStore',
    'getMany',
    'getMany',
    ({ db, first, head }) => db.getMany([first, head]),
    ...lists
  ),
  read(
    fullOfTexts,
    'revisionStore',
    'getMany',
    'mergeBases',
    ({ db, first, head }) => db.mergeBases(first, head),
    ...lists
  ),
  read(
    full,
    'revisionStore',
    'ancestry',
    'mergeBases',
    ({ db, first, head }) => db.mergeBases(first, head),
    7,
    'two',
    ['one'],
    {},
    null
  ),
  read(
    fullOfTexts,
    'revisionStore',
    'getMany',
    'isAncestor',
    ({ db, first, head }) => db.isAncestor(first, head),
    ...lists
  ),
  read(
    full,
    'revisionStore',
    'ancestry',
    'isAncestor',
    ({ db, first, head }) => db.isAncestor(first, head),
    7,
    'two',
    ['one'],
    {},
    null
  ),
  read(
    full,
    'revisionStore',
    'has',
    'has',
    ({ db, first, head }) => db.has([first, head]),
    ...lists,
    [1, 0],
    ['yes', 'no'],
    [true]
  ),
  read(plain, 'branchStore', 'get', 'head', headAsked, 7, true, {}, ''),
  read(plain, 'branchStore', 'get', 'get', ({ db }) => db.get(), 7, true, {}, ''),
  read(plain, 'branchStore', 'get', 'remoteHead', ({ db }) => db.remoteHead('far'), 7, {}, ''),
  read(plain, 'branchStore', 'get', 'remotes', ({ db }) => db.remotes(), 7, {}, ''),
  read(full, 'branchStore', 'keys', 'remotes', ({ db }) => db.remotes(), 7, {}, [7], [null]),
  read(full, 'branchStore', 'keys', 'branches', ({ db }) => db.branches(), 7, {}, [7], [null])
]

async function expectFailure({ manner, store, method, ask }: Read, way: Way): Promise<void> {
  const all = await filled(manner)
  const sound = await ask(all)
  const repair = broken(all[store], method, way.method)
  const error = await ask(all).catch((reason: unknown) => reason)
  repair()
  expect(error).toMatchObject({ name: 'HistoError', code: 'HISTO_STORE' })
  expect((error as Error).message).toContain(`${store}.${method} `)
  if (way.cause !== undefined) expect((error as Error).cause).toBe(way.cause)
  expect(await ask(all)).toEqual(sound)
  expect([all.db.head(), all.deleted]).toEqual([all.head, []])
  await all.close()
}

describe.concurrent.each(reads)('$call where $method of $store fails', (one) => {
  test.each(ways)('$what', (way) => expectFailure(one, way))
  if (one.rubbish.length > 0) {
    test.each(rubbish(...one.rubbish))('$what', (way) => expectFailure(one, way))
  }
})

test.each([[7], [{}], [true], [[]], ['']])(
  'a text that is %o is HISTO_CORRUPT and names the ref',
  async (text) => {
    const all = await filled(plain)
    const repair = broken(all.revisionStore, 'get', (_id, callback) =>
      (callback as (...answer: unknown[]) => void)(null, text)
    )
    await expect(all.db.get(all.first)).rejects.toMatchObject({
      code: 'HISTO_CORRUPT',
      ref: all.first
    })
    repair()
    expect(await all.db.get(all.first)).toBe('first')
    await all.close()
  }
)

test.each([[plain], [full]])(
  'an ancestor that a store has lost is HISTO_MISSING_ANCESTOR over $name',
  async (manner) => {
    const all = await filled(manner)
    all.texts.delete(all.first)
    const lost = { code: 'HISTO_MISSING_ANCESTOR', ref: all.first }
    await expect(all.db.refDifference(null, all.head)).rejects.toMatchObject(lost)
    await expect(collect(all.db.history())).rejects.toMatchObject(lost)
    await expect(all.db.get(all.first)).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
    expect(await all.db.get()).toBe('second')
    await all.close()
  }
)

test.each([[plain], [full]])('a signal ends reads that never end, over $name', async (manner) => {
  const { make } = manner
  const { revisionStore, branchStore } = make()
  const { createDB } = await import('../../ts/index.js')
  await using db = createDB<number>({ revisionStore, branchStore })
  const ref = await db.put(1)
  const repairs = ['get', 'getMany', 'has', 'ancestry']
    .filter((method) => method in revisionStore)
    .map((method) => broken(revisionStore, method, () => undefined))
  const reason = new Error('enough')
  const stop = new AbortController()
  const { signal } = stop
  const asked = [
    db.get(ref, { signal }),
    db.revision(ref, { signal }),
    db.ancestors(ref, { signal }),
    db.getMany([ref, 'x'], { signal }),
    db.has([ref], { signal }),
    db.refDifference(null, 'y', { signal }),
    db.mergeBases('y', 'z', { signal }),
    db.isAncestor('y', 'z', { signal })
  ].map((call) => call.catch((error: unknown) => error))
  setImmediate(() => stop.abort(reason))
  expect(await Promise.all(asked)).toEqual(asked.map(() => reason))
  for (const repair of repairs) repair()
  expect(await db.get(ref)).toBe(1)
})
