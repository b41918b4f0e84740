/** Misuse is a TypeError, and arrives the way that other errors of the call do. */

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/db.js'
import { callbackOf, collect, fork, openPlain } from '../support/open.js'

const cycle: unknown[] = []
cycle.push(cycle)
const notRefs = [undefined, null, 1, {}, [], true, Symbol('ref')]

/** A member and arguments that are refused. */
const misuses: [string, ...unknown[]][] = [
  ['put'],
  ['put', undefined],
  ['put', () => 'a function is data here'],
  ['put', Symbol('data')],
  ['put', 1n],
  ['put', cycle],
  ['put', '\ud800'],
  ['put', { '\udc00': 1 }],
  ['put', { toJSON: () => undefined }],
  ['put', new ArrayBuffer(1)],
  ['put', new SharedArrayBuffer(1)],
  ['put', new DataView(new ArrayBuffer(1))],
  ['put', new Uint16Array(1)],
  ['put', new Uint8ClampedArray(1)],
  ['put', 1, null],
  ['put', 1, 'ref'],
  ['put', 1, 1],
  ['put', 1, ['']],
  ['put', 1, ['a', 'a']],
  ['put', 1, [undefined]],
  ['put', 1, new Array(1)],
  ['put', 1, [1]],
  ['put', 1, new Set(['a'])],
  ['put', 1, {}, {}],
  ['put', 1, [], null],
  ['put', 1, [], 'options'],
  ['put', 1, [], []],
  ['put', 1, [], {}, 'callback'],
  ['put', 1, { previousHead: 1 }],
  ['put', 1, { moveHead: 'no' }],
  ['put', 1, { moveHead: false, previousHead: null }],
  ['put', 1, { signal: {} }],
  ['putMany'],
  ['putMany', {}],
  ['putMany', [1]],
  ['putMany', [{}]],
  ['putMany', [{ data: 1, ancestors: null }]],
  ['putMany', [{ data: 1 }], { moveHead: 1 }],
  ['getMany', 'ref'],
  ['getMany', [undefined]],
  ['getMany', ['a'], null],
  ['has', 'ref'],
  ['has', [1]],
  ['setHead', 'a', 1],
  ['setHead', 'a', {}],
  ['remoteHead', ''],
  ['remoteHead', 'x'.repeat(256)],
  ['remoteHead', 'é'.repeat(128)],
  ['remoteHead', 'a\nb'],
  ['remoteHead', 'a\u0085b'],
  ['remoteHead', '\ud800'],
  ['remoteHead', 1],
  ['setRemoteHead', '', 'a'],
  ['setRemoteHead', 'a'],
  ['deleteRemote'],
  ['deleteBranch', null],
  ['deleteBranch', 'a', 1],
  ['refDifference', [null], 'a'],
  ['refDifference', 1, 'a'],
  ['refDifference', null],
  ['refDifference', null, 'a', 1],
  ['commonAncestor', 'a', undefined],
  ['commonAncestor', 'a', null],
  ['mergeBases', 'a', 1],
  ['mergeBases', 'a', 'b', null],
  ['isAncestor', 'a'],
  ['isAncestor', undefined, 'a'],
  ['writeStream'],
  ['writeStream', null],
  ['writeStream', 'text'],
  ['writeStream', {}],
  ['writeStream', [], { maxPendingBytes: -1 }],
  ['writeStream', [], { maxPendingBytes: 1.5 }],
  ['writeStream', [null]],
  ['writeStream', [1]],
  ['writeStream', [{ data: 1 }]],
  ['writeStream', [{ ancestors: [], ref: null, data: 1 }]],
  ['writeStream', [{ ancestors: ['a', 'a'], data: 1 }]],
  ['writeStream', [{ ancestors: [] }]],
  ['update'],
  ['update', 'change'],
  ['update', () => undefined],
  ['update', () => 1, 1],
  ['merge'],
  ['merge', 'a'],
  ['merge', 'a', {}],
  ['merge', undefined, () => 1],
  ['merge', 'a', () => 1, 1],
  ['verify', 1],
  ['verify', { signal: 1 }],
  ['verify', { onProgress: 'loud' }],
  ['backup'],
  ['backup', ''],
  ['backup', 'a\0b'],
  ['backup', 1],
  ['backup', 'folder', 'name'],
  ['backup', 'folder', { name: '' }],
  ['backup', 'folder', { onProgress: 1 }],
  ['ready', 1],
  ['close', 'soon'],
  ...['get', 'revision', 'setHead', 'ancestors', 'commonAncestor', 'mergeBases'].flatMap((member) =>
    notRefs.map((value): [string, unknown] => [member, value])
  )
]

async function opened(): Promise<DB> {
  const db = openPlain()
  await fork<unknown>(db, 'base', 'left', 'right')
  return db
}

function invoke(db: DB, [member, ...args]: readonly unknown[], ...more: unknown[]): unknown {
  return Reflect.apply(Reflect.get(db, member as string), db, [...args, ...more])
}

function titled(some: typeof misuses) {
  return some.map((misuse) => {
    const [member, ...args] = misuse
    const texts = args.map((value) => inspect(value, { breakLength: 200 }).slice(0, 60))
    return [`${member}(${texts.join(', ')})`, { misuse }] as const
  })
}

describe.each(titled(misuses))('%s', (_title, { misuse }) => {
  test('rejects with a TypeError', async () => {
    const db = await opened()
    const promise = invoke(db, misuse)
    await expect(promise).rejects.toThrow(TypeError)
    expect(await db.get()).toBe('right')
  })
})

/** Where the callback would stand in the place of a function that the call requires. */
const takesItForItsOwn = (misuse: readonly unknown[]) =>
  (misuse[0] === 'put' && misuse.length === 1) ||
  (misuse[0] === 'update' && misuse.length === 1) ||
  (misuse[0] === 'merge' && misuse.length < 3)

describe.each(titled(misuses.filter((misuse) => !takesItForItsOwn(misuse))))(
  '%s and a callback',
  (_title, { misuse }) => {
    test('calls back with a TypeError', async () => {
      const db = await opened()
      const { callback, calls, first } = callbackOf()
      expect(invoke(db, misuse, callback)).toBeUndefined()
      expect(calls).toEqual([])
      expect((await first).error).toBeInstanceOf(TypeError)
    })
  }
)

test.each([[undefined], ['ref'], [[1]], [[undefined]]])(
  'createStream(%o) throws a TypeError',
  async (refs) => {
    const db = await opened()
    expect(() => db.createStream(refs as never)).toThrow(TypeError)
  }
)

test.each([[''], [1], [undefined], ['a\tb']])(
  'branch(%o) throws a TypeError, as it has no other way',
  async (name) => {
    const db = await opened()
    expect(() => db.branch(name as never)).toThrow(TypeError)
  }
)

test.each([
  [[undefined]],
  [[null]],
  [[1]],
  [[{ limit: -1 }]],
  [[{ limit: 1.5 }]],
  [[{ limit: '1' }]],
  [[{ until: undefined }]],
  [[{ until: [1] }]],
  [[{ signal: 1 }]],
  [['a', 1]]
])('history(...%o) throws a TypeError when it is iterated', async (args) => {
  const db = await opened()
  const iterable = Reflect.apply(Reflect.get(db, 'history'), db, args) as AsyncIterable<unknown>
  await expect(collect(iterable)).rejects.toThrow(TypeError)
})

test('what a toJSON throws passes through', async () => {
  const db = await opened()
  const thrown = new RangeError('of the user')
  const data = {
    toJSON() {
      throw thrown
    }
  }
  await expect(db.put(data)).rejects.toBe(thrown)
})

test('the error for a wrong ref names the argument and its value', async () => {
  const db = await opened()
  await expect(db.isAncestor('a', null as never)).rejects.toThrow('descendant must be a ref')
  await expect(db.isAncestor('a', null as never)).rejects.toThrow('not null')
})

test.each([1001, 100_000])('%i nested arrays are a TypeError', async (depth) => {
  const db = await opened()
  let data: unknown[] = []
  for (let level = 1; level < depth; level += 1) data = [data]
  await expect(db.put(data)).rejects.toThrow(TypeError)
})
