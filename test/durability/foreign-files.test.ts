/**
 * A file at `path` that is not ours is refused, and left byte for byte as it was.
 *
 * `fixtures/foreign-lmdb.mdb.gz` is the data file of an LMDB 0.9 environment with two keys in its
 * unnamed table; `foreign-tables.mdb.gz` one with the named tables `meta` and `revisions`, a key each.
 *
 * Checked to fail: without the look at the file (`check` in `crates/core/src/store/raw/inspect`) LMDB is let into each of
 * them, or writes over it, and a newer format is opened.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { contentsOf, folder } from './children.js'

const fixture = (name: string) =>
  gunzipSync(readFileSync(new URL(`fixtures/${name}.mdb.gz`, import.meta.url)))
const noise = (length: number) =>
  Buffer.from(Array.from({ length }, (_, n) => (Math.imul(n + 1, 0x9e3779b1) >>> 13) & 255))

/** The error of opening `path`. */
async function refusal(path: string): Promise<Error & { code?: string; path?: string }> {
  const db = createDB({ path })
  try {
    await db.ready()
  } catch (error) {
    return error as Error
  } finally {
    await db.close()
  }
  throw new Error('it was opened')
}

test.each<[string, () => Uint8Array]>([
  ['text', () => Buffer.from('these are my notes, not a database\n')],
  ['a text of several pages', () => Buffer.from('notes\n'.repeat(5000))],
  ['a byte', () => Buffer.from([0])],
  ['noise', () => noise(65_536)],
  ['noise of an odd length', () => noise(10_007)],
  ['zeros of a page', () => Buffer.alloc(4096)],
  ['zeros of many pages', () => Buffer.alloc(1 << 20)],
  ['somebody else’s LMDB', () => fixture('foreign-lmdb')],
  ['somebody else’s LMDB with tables named as ours', () => fixture('foreign-tables')]
])('a data.mdb of %s is HISTO_CORRUPT and stays as it was', async (_what, bytes) => {
  const path = folder()
  writeFileSync(join(path, 'data.mdb'), bytes())
  const before = contentsOf(path)
  const error = await refusal(path)
  expect(error).toMatchObject({ name: 'HistoError', code: 'HISTO_CORRUPT' })
  expect(error.message).toContain(path)
  expect(contentsOf(path)).toEqual(before)
})

test('if opening was refused, every call fails with its error', async () => {
  const path = folder()
  writeFileSync(join(path, 'data.mdb'), 'notes')
  const db = createDB({ path })
  const calls = [db.put(1), db.get(), db.branches(), db.ready(), db.update(() => 1)]
  for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
    expect([status, reason.code]).toEqual(['rejected', 'HISTO_CORRUPT'])
  }
  await db.close()
})

test.each(['an empty folder', 'a folder that is not there'])(
  '%s becomes a database',
  async (what) => {
    const path = join(folder(), 'db')
    if (what === 'an empty folder') mkdirSync(path)
    await using db = createDB({ path })
    expect(await db.put(1)).toBe(db.head())
  }
)

test('a data.mdb of no bytes, as a crash at the first opening leaves it, becomes a database', async () => {
  const path = folder()
  writeFileSync(join(path, 'data.mdb'), '')
  await using db = createDB({ path })
  expect(await db.put(1)).toBe(db.head())
})

test('a file where the folder should be is HISTO_STORE and stays', async () => {
  const path = join(folder(), 'file')
  writeFileSync(path, 'my file')
  const error = await refusal(path)
  expect(error).toMatchObject({ name: 'HistoError', code: 'HISTO_STORE', path })
  expect(error.message).toContain(path)
  expect(readFileSync(path, 'utf8')).toBe('my file')
})

test('a path under a file is HISTO_STORE and the file stays', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, 'my file')
  const path = join(file, 'db')
  const error = await refusal(path)
  expect(error).toMatchObject({ code: 'HISTO_STORE', path })
  expect(readFileSync(file, 'utf8')).toBe('my file')
})

test('a path that cannot be written is HISTO_STORE', async () => {
  for (const path of ['/proc/histo-revisions', '/proc', '/dev/null']) {
    const error = await refusal(path)
    expect(error).toMatchObject({ code: 'HISTO_STORE', path })
    expect(error.message).toContain(path)
  }
})

test('a folder in the place of data.mdb is refused and stays', async () => {
  const path = folder()
  mkdirSync(join(path, 'data.mdb'))
  writeFileSync(join(path, 'data.mdb', 'mine'), 'mine')
  const before = contentsOf(path)
  expect((await refusal(path)).code).toMatch(/^HISTO_(STORE|CORRUPT)$/)
  expect(contentsOf(path)).toEqual(before)
})

test('a newer format is HISTO_STORE and stays as it was', async () => {
  const path = folder()
  const db = createDB({ path })
  await db.put(1)
  await db.close()
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  const key = Buffer.from('histo-revisions/format3')
  let patched = 0
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
    bytes.write('9', at + key.length - 1)
    patched += 1
  }
  expect(patched).toBeGreaterThan(0)
  writeFileSync(file, bytes)
  const before = contentsOf(path)
  const error = await refusal(path)
  expect(error).toMatchObject({ code: 'HISTO_STORE' })
  expect(error.message).toContain(path)
  expect(error.message).toMatch(/newer|format|version/)
  expect(contentsOf(path)).toEqual(before)
})
