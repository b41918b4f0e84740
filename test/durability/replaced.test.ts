/**
 * Files and folders of an open database that are renamed, removed or replaced: what is open goes on, nothing
 * of another database is read or written, and `compact` refuses.
 *
 * Checked to fail: without `expect_here` and the look in `Home::exchange` a compaction replaced the file of the
 * other database; without `agreement::agree` a second process opened what was replaced; with a snapshot
 * that opens its path anew `verify` and `backup` were those of the other database.
 */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { type Failure, failureOf, folder, opened } from '../contract/places.js'
import { possible } from '../support/skip.js'
import { contentsOf, run } from './children.js'

const unix = possible(process.platform !== 'win32', 'renaming open files: not on Windows')
const linux = possible(process.platform === 'linux', 'marks of open files: Linux only')

/** A database, closed, and what its files are. */
async function another(path: string): Promise<() => Record<string, string>> {
  const db = createDB({ path, name: 'another' })
  for (const data of ['not', 'of', 'ours']) await db.put(data)
  await db.close()
  const before = contentsOf(path)
  return () => {
    expect(contentsOf(path)).toEqual(before)
    return before
  }
}

async function ours(path: string): Promise<DB> {
  const db = await opened({ path, name: 'ours' })
  await db.put('first')
  return db
}

const refused = (path: string) => ({ code: 'HISTO_STORE', path }) as Partial<Failure>

/** All that is done with an open database is done to its own file, but `compact`, which is refused. */
async function expectOurs(db: DB, path: string): Promise<void> {
  const failed = await failureOf(db.compact())
  expect(failed).toMatchObject(refused(path))
  expect(failed.message).toContain('no longer leads')
  await db.put('second')
  expect(await db.verify()).toMatchObject({ ok: true, revisions: 2 })
  const copy = join(folder(), 'copy')
  await db.backup(copy)
  const copied = await opened({ path: copy })
  expect([copied.name, await copied.get()]).toEqual(['ours', 'second'])
  expect(await failureOf(db.compact())).toMatchObject(refused(path))
  expect(await db.get()).toBe('second')
}

async function expectKept(path: string): Promise<void> {
  const again = await opened({ path })
  expect([again.name, await again.get()]).toEqual(['ours', 'second'])
  expect(await again.verify()).toMatchObject({ ok: true })
  await again.compact()
}

test.runIf(unix)('a folder that was renamed, with another database under its name', async () => {
  const root = folder()
  const [path, moved, other] = ['db', 'moved', 'other'].map((name) => join(root, name)) as [
    string,
    string,
    string
  ]
  const expectSame = await another(other)
  const db = await ours(path)
  renameSync(path, moved)
  renameSync(other, path)
  const before = contentsOf(path)
  await expectOurs(db, path)
  expect(contentsOf(path)).toEqual(before)
  await db.close()
  renameSync(path, other)
  expectSame()
  await expectKept(moved)
})

test.runIf(unix)('a folder that was renamed, with nothing under its name', async () => {
  const root = folder()
  const [path, moved] = [join(root, 'db'), join(root, 'moved')]
  const db = await ours(path)
  renameSync(path, moved)
  await expectOurs(db, path)
  expect(existsSync(path)).toBe(false)
  await db.close()
  await expectKept(moved)
})

test.runIf(unix)('a renamed folder is the same database by its new name', async () => {
  const root = folder()
  const [path, moved] = [join(root, 'db'), join(root, 'moved')]
  const db = await ours(path)
  renameSync(path, moved)
  const same = await opened({ path: moved })
  await same.put('by the new name')
  expect(await db.get()).toBe('by the new name')
  const { stdout } = await run('open-and-compact', moved)
  expect(JSON.parse(stdout)).toEqual({ opened: 'ok', compacted: 'HISTO_LOCKED' })
})

test.runIf(unix)('a symbolic link that was turned to another release', async () => {
  const root = folder()
  const link = join(root, 'current')
  for (const name of ['1', '2']) mkdirSync(join(root, name))
  const expectSame = await another(join(root, '2', 'db'))
  symlinkSync('1', link)
  const path = join(link, 'db')
  const db = await ours(path)
  rmSync(link)
  symlinkSync('2', link)
  await expectOurs(db, path)
  expectSame()
  const other = await opened({ path })
  expect([other.name, await other.get()]).toEqual(['another', 'ours'])
  await db.close()
  await expectKept(join(root, '1', 'db'))
})

test.runIf(unix)('a data.mdb that is a symbolic link is not exchanged for a file', async () => {
  const root = folder()
  const [path, link] = [join(root, 'db'), join(root, 'link')]
  await (await ours(path)).close()
  mkdirSync(link)
  symlinkSync('../db/data.mdb', join(link, 'data.mdb'))
  const db = await opened({ path: link })
  await expect(db.compact()).rejects.toMatchObject({ code: 'HISTO_STORE', path: link })
  await db.put('goes on')
  await db.close()
  expect(lstatSync(join(link, 'data.mdb')).isSymbolicLink()).toBe(true)
  expect(await (await opened({ path })).get()).toBe('goes on')
})

test.runIf(linux).each(['open.lock', 'lock.mdb'])(
  'where %s was removed, others are kept out until it is closed',
  async (name) => {
    const path = join(folder(), 'db')
    const db = await ours(path)
    rmSync(join(path, name))
    const second = async () => JSON.parse((await run('open-and-compact', path)).stdout)
    expect(await second()).toEqual({ opened: 'HISTO_LOCKED', compacted: null })
    await expectOurs(db, path)
    expect(await second()).toEqual({ opened: 'HISTO_LOCKED', compacted: null })
    await db.close()
    expect(await second()).toEqual({ opened: 'ok', compacted: 'ok' })
    await expectKept(path)
  }
)

test.runIf(linux)(
  'where data.mdb was replaced, the other one is neither opened nor changed',
  async () => {
    const root = folder()
    const [path, other] = [join(root, 'db'), join(root, 'other')]
    await another(other)
    const db = await ours(path)
    const data = join(path, 'data.mdb')
    renameSync(data, join(root, 'kept'))
    renameSync(join(other, 'data.mdb'), data)
    const before = readFileSync(data)
    await expectOurs(db, path)
    const { stdout } = await run('open-and-compact', path)
    expect(JSON.parse(stdout)).toEqual({ opened: 'HISTO_LOCKED', compacted: null })
    expect(await failureOf(createDB({ path }).ready())).toMatchObject({
      code: 'HISTO_LOCKED',
      path
    })
    expect(readFileSync(data).equals(before)).toBe(true)
    await db.close()
    const found = await opened({ path })
    expect([found.name, await found.get()]).toEqual(['another', 'ours'])
    mkdirSync(join(root, 'again'))
    renameSync(join(root, 'kept'), join(root, 'again', 'data.mdb'))
    await expectKept(join(root, 'again'))
  }
)

test.runIf(linux)(
  'where all three files were replaced, this process waits until the first is closed',
  async () => {
    const root = folder()
    const [path, moved, other] = [join(root, 'db'), join(root, 'moved'), join(root, 'other')]
    await another(other)
    const db = await ours(path)
    renameSync(path, moved)
    renameSync(other, path)
    const failed = await failureOf(createDB({ path }).ready())
    expect(failed).toMatchObject({ code: 'HISTO_LOCKED', retryable: true, path })
    expect(JSON.parse((await run('open-and-compact', path)).stdout)).toEqual({
      opened: 'ok',
      compacted: 'ok'
    })
    await db.close()
    expect(await (await opened({ path })).get()).toBe('ours')
  }
)
