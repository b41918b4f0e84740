/**
 * `readOnly` opens what is there without changing a byte of it, and refuses what writes by name.
 *
 * Checked to fail: without `refuseWrites` `update` asks the user's function first; where `Usage::Reading` opens as a
 * writer does, a folder with nothing in it gets a database, and read-only media are refused.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { collect, failureOf } from '../support/open.js'
import { possible } from '../support/skip.js'
import { contentsOf, folder } from './children.js'
import { canMount, runAsNobody, smallDisk, startAsNobody } from './machine.js'
import { bareCopy, filled, openToRead, Reader, stateOf } from './read-only.js'

const mounts = possible(canMount, 'read-only media: no right to mount one')
const isRoot = process.getuid?.() === 0
const permissions = possible(isRoot, 'the database of another user: only root can be two users')

/** How each member that writes is called. */
const writing: Record<string, (db: DB, ref: string) => unknown> = {
  put: (db) => db.put('new'),
  putMany: (db) => db.putMany([{ data: 'new' }]),
  setHead: (db, ref) => db.setHead(ref),
  setRemoteHead: (db, ref) => db.setRemoteHead('laptop', ref),
  deleteRemote: (db) => db.deleteRemote('laptop'),
  deleteBranch: (db) => db.deleteBranch('main'),
  update: (db) => db.update(unasked),
  merge: (db, ref) => db.merge(ref, unasked),
  restore: (db, ref) => db.restore(ref),
  batch: (db) => db.batch([{ type: 'put', data: 'new' }]),
  undo: (db) => db.undo(),
  redo: (db) => db.redo(),
  writeStream: (db) => db.writeStream([{ ancestors: [], data: 'new' }]),
  pull: (db) => db.pull(db.branch('other')),
  erase: (db, ref) => db.erase(ref),
  compact: (db) => db.compact(),
  prune: (db) => db.prune()
}

/** The members that read, or make something of a database. */
const reading = [
  'ancestors',
  'backup',
  'branch',
  'branchName',
  'branches',
  'changes',
  'close',
  'commonAncestor',
  'createStream',
  'diff',
  'eachBranch',
  'get',
  'getMany',
  'has',
  'head',
  'history',
  'isAncestor',
  'log',
  'mergeBases',
  'name',
  'off',
  'on',
  'push',
  'ready',
  'refDifference',
  'remoteHead',
  'remotes',
  'resolve',
  'revision',
  'stats',
  'verify',
  'watch'
]

function unasked(): never {
  throw new Error('asked in vain')
}

test('each member of a database is listed as reading or writing', () => {
  const members = Object.getOwnPropertyNames(Object.getPrototypeOf(createDB()))
  const known = new Set(['constructor', ...reading, ...Object.keys(writing)])
  expect(members.filter((name) => !known.has(name))).toEqual([])
})

describe('calls that write are HISTO_DENIED', () => {
  test.each(Object.entries(writing))('%s: the message has call and path', async (name, call) => {
    const path = folder()
    const [, ref = ''] = await filled(path)
    const before = stateOf(path)
    await using db = openToRead(path)
    expect(await failureOf(call(db, ref) as Promise<unknown>)).toMatchObject({
      code: 'HISTO_DENIED',
      message: `cannot ${name}: ${path} is open for reading only`,
      path,
      retryable: false
    })
    expect(stateOf(path)).toEqual(before)
  })

  test('with a callback, on a branch, and where a synchronizer writes', async () => {
    const path = folder()
    await filled(path)
    await using db = openToRead(path)
    const told = await new Promise((resolve) => db.branch('draft').put('new', resolve))
    expect(told).toMatchObject({ code: 'HISTO_DENIED' })
    await using source = createDB({ name: 'source' })
    await source.put('elsewhere')
    const failure = await failureOf(createSynchronizer(source, db).run())
    expect(failure).toMatchObject({ code: 'HISTO_DENIED', message: expect.stringContaining(path) })
  })
})

test('calls that read work, and change nothing', async () => {
  const path = folder()
  const [first, second] = await filled(path)
  const before = stateOf(path)
  await using db = openToRead(path)
  expect(await db.ready()).toBe(db)
  expect([db.name, db.head()]).toEqual(['original', second])
  expect(await db.get(first ?? '')).toBe('first')
  expect((await collect(db.history())).map(({ data }) => data)).toEqual(['second', 'first'])
  expect(await db.verify()).toMatchObject({ ok: true, revisions: 2 })
  expect(await db.prune({ dryRun: true })).toEqual({ deleted: 0, waiting: 0, bytes: 0 })
  const copied = join(folder(), 'copy')
  expect(await db.backup(copied, { name: 'copy' })).toMatchObject({ revisions: 2 })
  await using copy = createDB({ path: copied })
  expect(await copy.get()).toBe('second')
  await using target = createDB()
  expect(await createSynchronizer(db, target).run()).toMatchObject({ head: second, revisions: 2 })
  expect(await db.push(createDB())).toMatchObject({ head: second })
  expect(stateOf(path)).toEqual(before)
})

describe('what cannot be opened to read', () => {
  const none = (path: string) => ({
    code: 'HISTO_STORE',
    path,
    message: `cannot open ${path}: there is no database to read`,
    cause: new Error('data.mdb is missing or empty')
  })

  test('a path that does not exist, and nothing is made', async () => {
    const parent = folder()
    const path = join(parent, 'a', 'b')
    expect(await failureOf(openToRead(path).ready())).toMatchObject(none(path))
    expect(contentsOf(parent)).toEqual({})
  })

  test('an empty folder, and an empty file', async () => {
    const path = folder()
    expect(await failureOf(openToRead(path).ready())).toMatchObject(none(path))
    writeFileSync(join(path, 'data.mdb'), '')
    const before = contentsOf(path)
    expect(await failureOf(openToRead(path).ready())).toMatchObject(none(path))
    expect(contentsOf(path)).toEqual(before)
  })

  test.each([
    ['a foreign file', (data: string) => writeFileSync(data, 'no database'.repeat(1000))],
    ['a file that was cut short', (data: string) => truncateSync(data, 8192)]
  ])('%s is HISTO_CORRUPT and is left as it was', async (_what, damage) => {
    const path = folder()
    await filled(path)
    damage(join(path, 'data.mdb'))
    const before = contentsOf(path)
    expect(await failureOf(openToRead(path).ready())).toMatchObject({ code: 'HISTO_CORRUPT', path })
    expect(contentsOf(path)).toEqual(before)
  })

  test('readOnly without a path, beside stores, or undefined is a TypeError', () => {
    const path = folder()
    const stores = { revisionStore: {}, branchStore: {} }
    const wrong = [
      { readOnly: true },
      { readOnly: true, ...stores },
      { readOnly: undefined, path },
      { readOnly: 1, path }
    ]
    for (const options of wrong) {
      expect(() => createDB(options as unknown as { path: string })).toThrow(TypeError)
    }
    expect(contentsOf(path)).toEqual({})
  })
})

test.runIf(mounts)('a read-only medium can be read, with lock files and without', async () => {
  const disk = smallDisk('tmpfs', 8) ?? ''
  const path = join(disk, 'db')
  await filled(path)
  const bare = bareCopy(path, join(disk, 'bare'))
  expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0)
  const before = contentsOf(disk)
  for (const each of [path, bare]) {
    await using db = openToRead(each)
    expect(await db.get()).toBe('second')
    expect(await db.verify()).toMatchObject({ ok: true })
    expect(await db.backup(join(folder(), 'copy'))).toMatchObject({ revisions: 2 })
  }
  expect(contentsOf(disk)).toEqual(before)
})

describe.runIf(permissions)('files that may not be written to', () => {
  test.each([
    ['with all files', (path: string) => path],
    ['as a backup leaves them', (path: string) => bareCopy(path, join(folder(), 'bare'))]
  ])('%s can be read by another user', async (_what, copy) => {
    const made = join(folder(), 'db')
    await filled(made)
    const path = copy(made)
    for (const up of [path, join(path, '..')]) chmodSync(up, 0o755)
    for (const file of Object.keys(contentsOf(path))) chmodSync(file, 0o444)
    const before = contentsOf(path)
    const reader = new Reader(startAsNobody('read-only', path))
    expect(await reader.opened()).toBe('opened')
    expect(await reader.read()).toEqual({ data: 'second' })
    expect(contentsOf(path)).toEqual(before)
  })

  test('a data.mdb that may not be read is HISTO_STORE', async () => {
    const path = join(folder(), 'db')
    await filled(path)
    for (const up of [path, join(path, '..')]) chmodSync(up, 0o755)
    expect(runAsNobody('read-only', path)).toMatchObject({ code: 'HISTO_STORE', path })
  })
})

test('only the owner of a bare copy adds lock files to it', async () => {
  const path = folder()
  await filled(path)
  for (const file of ['lock.mdb', 'open.lock']) rmSync(join(path, file))
  await using db = openToRead(path)
  expect(await db.get()).toBe('second')
  const files = Object.keys(contentsOf(path)).sort()
  expect(files).toEqual(['data.mdb', 'lock.mdb', 'open.lock'].map((file) => join(path, file)))
})
