/** Errors: one class, stable codes, fields that name what it is about. */

import { describe, expect, test } from 'vitest'
import { createDB, type DB, HistoError } from '../../ts/index.js'
import { failureOf, places, unknownRef } from './places.js'

const failing: [string, string, (db: DB) => Promise<unknown>][] = [
  ['get', 'HISTO_NOT_FOUND', (db) => db.get(unknownRef)],
  ['get without a head', 'HISTO_NO_HEAD', (db) => db.branch('none').get()],
  [
    'setHead',
    'HISTO_HEAD_CONFLICT',
    (db) => db.setHead(db.head() ?? '', null).then(() => db.put(1, [], { previousHead: null }))
  ],
  ['put', 'HISTO_MISSING_ANCESTOR', (db) => db.put(1, [unknownRef])],
  ['a large put', 'HISTO_TOO_LARGE', (db) => db.put('x'.repeat(2000))],
  [
    'a forged revision',
    'HISTO_CORRUPT',
    (db) => db.writeStream([{ ref: unknownRef, ancestors: [], data: 1 }])
  ]
]

describe.each(places)('over %s', (_place, open) => {
  test.each(failing)('%s fails with %s as a HistoError', async (_what, code, call) => {
    const db = await open({ maxRevisionBytes: 1000 })
    await db.put('head')
    const error = await failureOf(call(db))
    expect(error).toBeInstanceOf(HistoError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'HistoError', code })
    expect(error.retryable).toBeTypeOf('boolean')
    expect(error.stack).toContain(error.message)
    if (error.ref !== undefined) expect(error.message).toContain(error.ref)
  })

  test('a TypeError has no code of ours and comes through a callback as well', async () => {
    const db = await open()
    const error = await new Promise<unknown>((resolve) => {
      db.get(undefined as never, (error: unknown) => resolve(error))
    })
    expect(error).toBeInstanceOf(TypeError)
    expect(error).not.toHaveProperty('code')
  })

  test('an undefined ref is a TypeError where a ref belongs, never the default', async () => {
    const db = await open()
    const ref = await db.put(1)
    const none = undefined as never
    const calls = [
      () => db.get(none),
      () => db.revision(none),
      () => db.ancestors(none),
      () => db.setHead(none),
      () => db.setRemoteHead('r', none),
      () => db.refDifference(null, none),
      () => db.commonAncestor(none),
      () => db.commonAncestor(ref, none),
      () => db.mergeBases(none),
      () => db.isAncestor(none, ref),
      () => db.isAncestor(ref, none),
      () => db.merge(none, () => 1),
      () => db.has([none]),
      () => db.getMany([none]),
      () => db.refDifference([none], ref)
    ]
    for (const call of calls) {
      expect(await failureOf(call()), call.toString()).toBeInstanceOf(TypeError)
    }
  })

  test('null is not a ref either, but as from', async () => {
    const db = await open()
    const ref = await db.put(1)
    const none = null as never
    expect(await failureOf(db.get(none))).toBeInstanceOf(TypeError)
    expect(await failureOf(db.setHead(none))).toBeInstanceOf(TypeError)
    expect(await db.refDifference(none, ref)).toEqual([ref])
  })

  test('a callback is called once, later, with null first', async () => {
    const db = await open()
    const calls: unknown[][] = []
    let returned = false
    await new Promise<void>((resolve) => {
      db.put('data', (...given) => {
        calls.push([returned, ...given])
        setImmediate(resolve)
      })
      returned = true
    })
    expect(calls).toEqual([[true, null, db.head()]])
  })

  test('optional arguments may be left out or be undefined before the callback', async () => {
    const db = await open<string>()
    const ref = await new Promise((resolve) => {
      db.put('a', undefined, undefined, (_error, ref) => resolve(ref))
    })
    const side = await new Promise((resolve) => {
      db.put('b', { moveHead: false }, (_error, ref) => resolve(ref))
    })
    expect(db.head()).toBe(ref)
    expect(await db.ancestors(side as string)).toEqual([ref])
    expect(await new Promise((resolve) => db.get((_error, data) => resolve(data)))).toBe('a')
    expect(await db.put('c', undefined, { moveHead: true })).toBe(db.head())
  })
})

test.each<[string, unknown]>([
  ['an odd durability', { durability: 'none' }],
  ['a path that is no text', { path: 1 }],
  ['an empty path', { path: '' }],
  ['no bytes at all', { maxRevisionBytes: -1 }],
  ['text for bytes', { maxRevisionBytes: '1' }],
  ['one store alone', { revisionStore: {} }],
  ['the other store alone', { branchStore: {} }],
  ['stores beside a path', { path: 'x', revisionStore: {}, branchStore: {} }],
  ['a name that is no text', { name: 1 }],
  ['null', null],
  ['text', 'path']
])('createDB with %s throws a TypeError', (_what, options) => {
  expect(() => createDB(options as never)).toThrow(TypeError)
})
