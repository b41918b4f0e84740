/** `createDB`: what its options may be, and where the database is. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as entry from '../../ts/index.js'
import { createDB, HistoError } from '../../ts/index.js'

const store = { put() {}, get() {} }

test.each([
  [null],
  [1],
  ['./data'],
  [[]],
  [{ path: 1 }],
  [{ path: '' }],
  [{ path: 'a\0b' }],
  [{ path: new URL('https://example.com/data') }],
  [{ path: null }],
  [{ name: '' }],
  [{ name: 1 }],
  [{ name: 'a\u0000' }],
  [{ name: 'n'.repeat(256) }],
  [{ branch: '' }],
  [{ branch: null }],
  [{ durability: 'none' }],
  [{ durability: true }],
  [{ maxRevisionBytes: 0 }],
  [{ maxRevisionBytes: -1 }],
  [{ maxRevisionBytes: 1.5 }],
  [{ maxRevisionBytes: '1' }],
  [{ revisionStore: store }],
  [{ branchStore: store }],
  [{ revisionStore: store, branchStore: store }],
  [{ revisionStore: store, branchStore: store, path: './data' }],
  [{ revisionStore: store, branchStore: 1 }]
])('createDB(%o) throws a TypeError', (options) => {
  expect(() => createDB(options as never)).toThrow(TypeError)
})

test('the entry has these values and no others', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'HistoError',
    'createDB',
    'createLocalSource',
    'createLocalTarget',
    'createSynchronizer',
    'refOf',
    'rescue'
  ])
})

test('without options the database is in memory, and its head is known at once', async () => {
  const db = createDB<number>()
  expect(db.head()).toBeNull()
  const ref = await db.put(1)
  expect(db.head()).toBe(ref)
  await db.close()
})

test('an undefined option is as if left out', async () => {
  const options = { name: undefined, branch: undefined, durability: undefined }
  await using db = createDB<number>({ ...options, maxRevisionBytes: undefined })
  expect(db.branchName).toBe('main')
})

test('a database without a name has a random UUID', async () => {
  await using one = await createDB().ready()
  await using two = await createDB().ready()
  expect(one.name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(two.name).not.toBe(one.name)
})

test('the branch is the one whose head the database has', async () => {
  await using db = createDB<number>({ branch: 'side', name: 'fixture' })
  const ref = await db.put(1)
  expect(await db.branches()).toEqual({ side: ref })
  expect(db.name).toBe('fixture/side')
})

test('a path keeps revisions, heads and the name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'histo-create-'))
  const path = join(folder, 'data')
  try {
    const first = await createDB<number>({ path }).ready()
    const { name } = first
    const ref = await first.put(1)
    await first.close()
    await using again = await createDB<number>({ path, name }).ready()
    expect(again.name).toBe(name)
    expect(again.head()).toBe(ref)
    expect(await again.get()).toBe(1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('another name than the one that it has is a TypeError that names both', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'histo-create-'))
  const path = join(folder, 'data')
  try {
    await (await createDB({ path, name: 'first' }).ready()).close()
    await using other = createDB({ path, name: 'second' })
    const failure = await other.ready().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect(String(failure)).toMatch(/first.*second|second.*first/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('what is over maxRevisionBytes is HISTO_TOO_LARGE', async () => {
  await using db = createDB<string>({ maxRevisionBytes: 5 })
  await db.put('abc')
  const failure = await db.put('abcd').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(HistoError)
  expect(failure).toMatchObject({ code: 'HISTO_TOO_LARGE' })
})
