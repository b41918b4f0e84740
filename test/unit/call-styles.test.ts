/** Both call styles of every asynchronous member: the same answers, once, and never early. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { DB } from '../../ts/db.js'
import { callbackOf, fork, openPlain, unknownRef } from '../support/open.js'

type Call = (db: DB, refs: { base: string; left: string; right: string }) => readonly unknown[]

const scratch = mkdtempSync(join(tmpdir(), 'histo-styles-'))
writeFileSync(join(scratch, 'data.mdb'), '')
let folders = 0

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function newFolder(): string {
  folders += 1
  return join(scratch, String(folders))
}

/** A member and arguments that succeed, twice in a row too. */
const successes: [string, Call][] = [
  ['put', () => ['data']],
  ['put', (_db, { base }) => ['data', [base]]],
  ['put', () => ['data', { moveHead: false }]],
  ['put', () => ['data', undefined, undefined]],
  ['put', (_db, { base }) => ['data', [base], { moveHead: true }]],
  ['putMany', () => [[{ data: 1 }, { data: 2 }]]],
  ['putMany', () => [[{ data: 1, ancestors: [] }], {}]],
  ['get', () => []],
  ['get', (_db, { left }) => [left]],
  ['getMany', (_db, { left, base }) => [[left, base]]],
  ['getMany', (_db, { left }) => [[left], { signal: new AbortController().signal }]],
  ['revision', () => []],
  ['revision', (_db, { left }) => [left]],
  ['has', (_db, { left }) => [[left, 'no ref']]],
  ['setHead', (_db, { left }) => [left]],
  ['setHead', (_db, { right }) => [right, right]],
  ['remoteHead', () => ['elsewhere']],
  ['setRemoteHead', (_db, { left }) => ['elsewhere', left]],
  ['deleteRemote', () => ['elsewhere']],
  ['deleteBranch', () => ['side']],
  ['deleteBranch', () => ['side', null]],
  ['remotes', () => []],
  ['branches', () => []],
  ['ancestors', (_db, { left }) => [left]],
  ['refDifference', (_db, { left, right }) => [left, right]],
  ['refDifference', (_db, { right }) => [undefined, right, {}]],
  ['commonAncestor', (_db, { left }) => [left]],
  ['commonAncestor', (_db, { left }) => [left, {}]],
  ['commonAncestor', (_db, { left, right }) => [left, right]],
  ['mergeBases', (_db, { left }) => [left]],
  ['mergeBases', (_db, { left, right }) => [left, right, {}]],
  ['isAncestor', (_db, { base, right }) => [base, right]],
  ['writeStream', () => [[{ ancestors: [], data: 1 }]]],
  ['writeStream', () => [[], { maxPendingBytes: 1 }]],
  ['update', () => [() => 'changed']],
  ['update', () => [async () => 'changed', {}]],
  ['merge', (_db, { base }) => [base, () => 'merged']],
  ['merge', (_db, { base }) => [base, () => 'merged', {}]],
  ['verify', () => []],
  ['verify', () => [{ onProgress: () => undefined }]],
  ['backup', () => [newFolder()]],
  ['backup', () => [newFolder(), { name: 'copy' }]],
  ['ready', () => []],
  ['close', () => []]
]

/** A member and arguments that fail, with the error's code. */
const failures: [string, Call, string][] = [
  ['put', () => ['data', [unknownRef]], 'HISTO_MISSING_ANCESTOR'],
  ['put', () => ['data', { previousHead: null }], 'HISTO_HEAD_CONFLICT'],
  ['putMany', () => [[{ data: 1, ancestors: [unknownRef] }]], 'HISTO_MISSING_ANCESTOR'],
  ['get', () => ['no ref'], 'HISTO_NOT_FOUND'],
  ['getMany', () => [[unknownRef]], 'HISTO_NOT_FOUND'],
  ['revision', () => [''], 'HISTO_NOT_FOUND'],
  ['setHead', () => [unknownRef], 'HISTO_NOT_FOUND'],
  ['setHead', (_db, { left }) => [left, null], 'HISTO_HEAD_CONFLICT'],
  ['setRemoteHead', () => ['elsewhere', unknownRef], 'HISTO_NOT_FOUND'],
  ['deleteBranch', () => ['main', null], 'HISTO_HEAD_CONFLICT'],
  ['ancestors', () => [unknownRef], 'HISTO_NOT_FOUND'],
  ['refDifference', () => [null, unknownRef], 'HISTO_NOT_FOUND'],
  ['commonAncestor', () => [unknownRef], 'HISTO_NOT_FOUND'],
  ['mergeBases', (_db, { left }) => [left, unknownRef], 'HISTO_NOT_FOUND'],
  ['isAncestor', (_db, { left }) => [unknownRef, left], 'HISTO_NOT_FOUND'],
  ['writeStream', () => [[{ ancestors: [unknownRef], data: 1 }]], 'HISTO_MISSING_ANCESTOR'],
  ['merge', () => [unknownRef, () => 'merged'], 'HISTO_NOT_FOUND'],
  ['backup', () => [scratch], 'HISTO_STORE']
]

async function opened() {
  const db = openPlain({ name: 'fixture' })
  return { db, refs: await fork<unknown>(db, 'base', 'left', 'right') }
}

function invoke(db: DB, member: string, args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(db, member), db, args)
}

/** Gives the engine and every tick time to call back a second time. */
async function quiet() {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(successes)('%s succeeds', (member, call) => {
  test('through a callback as through a promise', async () => {
    const one = await opened()
    const two = await opened()
    const { callback, first } = callbackOf()
    expect(invoke(one.db, member, [...call(one.db, one.refs), callback])).toBeUndefined()
    const promise = invoke(two.db, member, call(two.db, two.refs))
    expect(promise).toBeInstanceOf(Promise)
    const result = await promise
    expect(await first).toEqual({ error: null, result: result === two.db ? one.db : result })
  })

  test('with one call of the callback, after the member has returned', async () => {
    const { db, refs } = await opened()
    const { callback, calls, first } = callbackOf()
    invoke(db, member, [...call(db, refs), callback])
    expect(calls).toEqual([])
    await first
    await quiet()
    expect(calls).toHaveLength(1)
  })
})

describe.each(failures)('%s fails', (member, call, code) => {
  test(`with ${code} through a callback as through a promise`, async () => {
    const { db, refs } = await opened()
    const { callback, calls, first } = callbackOf()
    invoke(db, member, [...call(db, refs), callback])
    expect(calls).toEqual([])
    expect((await first).error).toMatchObject({ code })
    await expect(invoke(db, member, call(db, refs))).rejects.toMatchObject({ code })
    await quiet()
    expect(calls).toHaveLength(1)
  })
})

test('a callback that throws is an uncaught exception and is not called again', async () => {
  const { db } = await opened()
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  try {
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve))
    let calls = 0
    const thrown = new Error('of the callback')
    db.get(() => {
      calls += 1
      throw thrown
    })
    expect(await uncaught).toBe(thrown)
    await quiet()
    expect(calls).toBe(1)
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
})

test('a falsy reason of an abort is an error of the callback all the same', async () => {
  const { db } = await opened()
  const { callback, first } = callbackOf()
  invoke(db, 'put', ['data', { signal: AbortSignal.abort(null) }, callback])
  expect((await first).error).toMatchObject({ cause: null })
})

test('a function that update requires is never taken for the callback', async () => {
  const { db } = await opened()
  const given: unknown[] = []
  const ref = await db.update((data) => {
    given.push(data)
    return 'next'
  })
  expect(given).toEqual(['right'])
  expect(await db.get(ref)).toBe('next')
})

test('a function that merge requires is never taken for the callback', async () => {
  const { db, refs } = await opened()
  const { kind } = await db.merge(refs.left, ({ ours, theirs }) => [ours, theirs])
  expect(kind).toBe('merge')
  expect(await db.get()).toEqual(['right', 'left'])
})

test('head answers at once without a callback and asks with one', async () => {
  const { db, refs } = await opened()
  expect(db.head()).toBe(refs.right)
  const { callback, calls, first } = callbackOf()
  expect(db.head(callback)).toBeUndefined()
  expect(calls).toEqual([])
  expect(await first).toEqual({ error: null, result: refs.right })
})
