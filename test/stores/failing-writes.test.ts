/**
 * Writes whose store fails: `HISTO_STORE` with the cause, the head where it was, what was chained on
 * it fails with it, later calls work, and nothing is deleted.
 */

import { describe, expect, test } from 'vitest'
import {
  broken,
  type Filled,
  filled,
  full,
  named,
  plain,
  rubbish,
  type Way,
  ways
} from '../support/failing-stores.js'
import type { Manner } from '../support/user-stores.js'

interface Write {
  readonly call: string
  readonly manner: Manner
  readonly store: 'revisionStore' | 'branchStore'
  readonly method: string
  readonly write: (filled: Filled) => Promise<unknown>
  /** Whether puts are chained on it. */
  readonly leads: boolean
  /** Invalid results. */
  readonly rubbish: readonly unknown[]
}

type Rest = Pick<Write, 'write'> & Partial<Pick<Write, 'leads' | 'rubbish'>>

function write(
  manner: Manner,
  store: Write['store'],
  method: string,
  call: string,
  { leads = true, rubbish: senseless = [], write: run }: Rest
): Write {
  return { call, manner, store, method, write: run, leads, rubbish: senseless }
}

const ids = [7, '', '\ud800', {}, null, ['id'], true]
const idLists = [7, 'ids', [], ['one'], ['one', 'two', 'three'], [1, 2], {}, null]
const booleans = [undefined, null, 0, 'true', {}]

const items = [{ data: 'third' }, { data: 'fourth' }]
const put: Rest = { write: ({ db }) => db.put('third') }
const putMany: Rest = { write: ({ db }) => db.putMany(items) }
const setHead: Rest = { write: ({ db, first }) => db.setHead(first) }
const alone: Rest = { ...put, leads: false }
const update: Rest = { write: ({ db }) => db.update(() => 'third'), leads: false }
const merge: Rest = {
  write: async ({ db, first }) => {
    const theirs = await db.put('theirs', [first], { moveHead: false })
    return db.merge(theirs, () => 'merged')
  },
  leads: false
}
const writeStream: Rest = {
  write: ({ db }) => db.writeStream([{ ancestors: [], data: 'a' }]),
  leads: false
}
const stream2: Rest = {
  write: ({ db }) =>
    db.writeStream([
      { ancestors: [], data: 'a' },
      { ancestors: [], data: 'b' }
    ]),
  leads: false
}
const setRemote: Rest = { write: ({ db, head }) => db.setRemoteHead('far', head), leads: false }
const dropRemote: Rest = { write: ({ db }) => db.deleteRemote('far'), leads: false }
const dropBranch: Rest = { write: ({ db }) => db.deleteBranch('side'), leads: false }
const ancestry: Rest = { write: ({ db, first }) => db.put('third', [first]) }

const writes: readonly Write[] = [
  write(plain, 'revisionStore', 'put', 'put', { ...put, rubbish: ids }),
  write(plain, 'revisionStore', 'put', 'putMany', { ...putMany, rubbish: ids }),
  write(plain, 'revisionStore', 'put', 'update', { ...update, rubbish: ids }),
  write(plain, 'revisionStore', 'put', 'writeStream', { ...writeStream, rubbish: ids }),
  write(full, 'revisionStore', 'put', 'put', { ...alone, rubbish: [...ids, 'another id'] }),
  write(full, 'revisionStore', 'putMany', 'putMany', { ...putMany, rubbish: idLists }),
  write(full, 'revisionStore', 'putMany', 'writeStream', { ...stream2, rubbish: idLists }),
  write(named, 'revisionStore', 'putNamed', 'put', put),
  write(named, 'revisionStore', 'putNamed', 'putMany', putMany),
  write(named, 'revisionStore', 'putNamed', 'writeStream', stream2),
  write(plain, 'revisionStore', 'get', 'put with ancestors', ancestry),
  write(full, 'revisionStore', 'has', 'put with ancestors', { ...ancestry, rubbish: [7, [1], []] }),
  write(full, 'revisionStore', 'has', 'setHead', { ...setHead, rubbish: [7, [1], []] }),
  write(full, 'revisionStore', 'has', 'setRemoteHead', { ...setRemote, rubbish: [7, [1], []] }),
  write(plain, 'branchStore', 'get', 'put', { ...put, rubbish: [7, {}, ''] }),
  write(plain, 'branchStore', 'get', 'setHead', { ...setHead, rubbish: [7, {}, ''] }),
  write(plain, 'branchStore', 'put', 'put', put),
  write(plain, 'branchStore', 'put', 'putMany', putMany),
  write(plain, 'branchStore', 'put', 'setHead', setHead),
  write(plain, 'branchStore', 'put', 'update', update),
  write(plain, 'branchStore', 'put', 'merge', merge),
  write(plain, 'branchStore', 'put', 'setRemoteHead', setRemote),
  write(full, 'branchStore', 'compareAndSwap', 'put', { ...put, rubbish: booleans }),
  write(full, 'branchStore', 'compareAndSwap', 'putMany', { ...putMany, rubbish: booleans }),
  write(full, 'branchStore', 'compareAndSwap', 'setHead', { ...setHead, rubbish: booleans }),
  write(full, 'branchStore', 'compareAndSwap', 'merge', { ...merge, rubbish: booleans }),
  write(full, 'branchStore', 'compareAndSwap', 'setRemoteHead', {
    ...setRemote,
    rubbish: booleans
  }),
  write(plain, 'branchStore', 'del', 'deleteRemote', dropRemote),
  write(plain, 'branchStore', 'del', 'deleteBranch', dropBranch)
]

async function expectFailure({ manner, store, method, write, leads }: Write, way: Way) {
  const all = await filled(manner)
  const { db, head, first } = all
  const repair = broken(all[store], method, way.method)
  const [one, two] = await Promise.allSettled([write(all), leads ? db.put('chained') : undefined])
  repair()
  const error = one.status === 'rejected' ? one.reason : one
  expect(error).toMatchObject({ name: 'HistoError', code: 'HISTO_STORE' })
  expect(error.message).toContain(`${store}.${method} `)
  if (way.cause !== undefined) expect(error.cause).toBe(way.cause)
  if (leads) {
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'HISTO_CHAINED' } })
    expect((two as PromiseRejectedResult).reason.cause).toBe(error)
  }
  const side = new Promise((resolve) => db.branch('side').head((_error, ref) => resolve(ref)))
  expect([db.head(), await db.remoteHead('far'), await side]).toEqual([head, first, first])
  await write(all)
  const next = await db.put('later')
  expect([db.head(), all.deleted]).toEqual([next, []])
  await all.close()
}

describe.concurrent.each(writes)('$call where $method of $store fails', (one) => {
  test.each(ways)('$what', (way) => expectFailure(one, way))
  if (one.rubbish.length > 0) {
    test.each(rubbish(...one.rubbish))('$what', (way) => expectFailure(one, way))
  }
})

describe.each([[plain], [full]])('over $name', (manner) => {
  test.each([
    ['throws', failing],
    ['answers no string', () => 7 as never],
    ['answers no id', () => ''],
    ['answers a promise', () => Promise.resolve('id') as never]
  ])('idOf that %s fails the put, and what is chained on it', async (_what, idOf) => {
    const all = await filled(full)
    const repair = broken(all.revisionStore, 'idOf', idOf)
    const [one, two] = await Promise.allSettled([all.db.put('third'), all.db.put('fourth')])
    repair()
    expect(one).toMatchObject({ reason: { code: 'HISTO_STORE' } })
    expect(two).toMatchObject({ reason: { code: 'HISTO_CHAINED' } })
    expect(all.db.head()).toBe(all.head)
    expect(await all.db.ancestors(await all.db.put('fifth'))).toEqual([all.head])
    await all.close()
  })

  test('a store method that answers twice is believed the first time', async () => {
    const all = await filled(manner)
    for (const store of [all.revisionStore, all.branchStore]) {
      for (const method of Object.keys(store)) answerTwice(store, method)
    }
    const next = await all.db.put('third')
    expect(await all.db.getMany([all.head, next])).toEqual(['second', 'third'])
    await all.db.deleteRemote('far')
    expect(all.db.head()).toBe(next)
    await all.close()
  })
})

function failing(): never {
  throw new Error('no id today')
}

/** Has a method call back a second time, with an error. */
function answerTwice(store: object, method: string): void {
  const sound = Reflect.get(store, method) as (...args: unknown[]) => unknown
  broken(store, method, (...args) => {
    const callback = args.at(-1)
    if (typeof callback !== 'function') return Reflect.apply(sound, store, args)
    const twice = (...answer: unknown[]) => {
      callback(...answer)
      callback(new Error('a second answer'))
    }
    return Reflect.apply(sound, store, [...args.slice(0, -1), twice])
  })
}
