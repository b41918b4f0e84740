/** The members of a database work without it: `const { put } = db`. */

import { expect, onTestFinished, test } from 'vitest'
import { createDB, createSynchronizer } from '../../ts/index.js'

function open(name = 'ours') {
  const db = createDB<number>({ name })
  onTestFinished(() => db.close())
  return db
}

test('members that were taken off a database work, in both call styles', async () => {
  const db = open()
  const { put, get, head, history, branch, createStream, ready } = db
  await ready()
  const ref = await put(1)
  expect([head(), await get()]).toEqual([ref, 1])
  const second = await new Promise((resolve) => put(2, [ref], (_error, made) => resolve(made)))
  expect(head()).toBe(second)
  const { put: putAside } = branch('aside')
  await putAside(3)
  expect([await get(), await branch('aside').get()]).toEqual([2, 3])
  const datas: number[] = []
  for await (const { data } of history()) datas.push(data)
  expect(datas).toEqual([2, 1])
  expect(await createStream([ref]).read()).toMatchObject({ ref })
})

test('every function of a database is its own, the same each time, and not enumerable', () => {
  const [one, other] = [open(), open('other')]
  const members = new Set<string>()
  for (let proto: object = Object.getPrototypeOf(one); proto !== Object.prototype; ) {
    for (const name of Object.getOwnPropertyNames(proto)) members.add(name)
    proto = Object.getPrototypeOf(proto)
  }
  for (const name of ['constructor', 'handle', 'name', 'branchName']) members.delete(name)
  expect(members.size).toBeGreaterThan(30)
  for (const name of members) {
    const [mine, again, others] = [one, one, other].map((db) => Reflect.get(db, name))
    expect([typeof mine, mine === again, mine === others], name).toEqual(['function', true, false])
  }
  expect([Object.keys(one), { ...one }]).toEqual([[], {}])
})

test('a subclass and a test double can override members', async () => {
  const db = open()
  const Kind = db.constructor as new (handle: unknown) => typeof db
  class Loud extends Kind {
    override head(): never {
      return `loud ${super.head()}` as never
    }
  }
  const loud = new Loud(Reflect.get(db, 'handle'))
  expect([loud.head(), loud.head()]).toEqual(['loud null', 'loud null'])
  const ref = await db.put(1)
  Reflect.set(db, 'head', (callback?: (error: null, head: string) => void) => {
    callback?.(null, ref)
    return 'double'
  })
  expect([db.head(), Object.keys(db)]).toEqual(['double', ['head']])
  const target = open('target')
  await createSynchronizer(db, target).run()
  expect(await target.remoteHead('ours')).toBe(ref)
})
