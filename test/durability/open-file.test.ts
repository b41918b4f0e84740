/**
 * The file that is open is the database, whatever becomes of the paths to it.
 *
 * Checked to fail: before `pathArgument` made paths absolute, what was given in one folder was done in the
 * other; before `regular::open` a FIFO held the opening up for ever; before `exec::keep_from_children` a
 * child had the file of before a compaction.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { createDB, rescue } from '../../ts/index.js'
import { failureOf, opened } from '../contract/places.js'
import { collect } from '../support/open.js'
import { possible } from '../support/skip.js'
import { contentsOf, folder, run } from './children.js'

const unix = possible(process.platform !== 'win32', 'FIFOs and devices: not on Windows')
const linux = possible(process.platform === 'linux', 'descriptors by /proc: Linux only')

test('createDB, backup and rescue resolve a relative path when they are called', async () => {
  const { stdout, stderr } = await run('paths', folder())
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({
    seen: { 'a/db': 'later', 'b/db': 'of b', 'a/copy': 'of a', 'a/copy-of-memory': 'of memory' },
    found: ['of a'],
    strays: [],
    misuse: 'TypeError',
    failed: true
  })
})

test('a file: URL names a folder as its path does, as an object and as a string', async () => {
  const path = join(folder(), 'a folder with spaces, % and ü')
  const db = await opened({ path: pathToFileURL(path) })
  const ref = await db.put('here')
  const same = await opened({ path: pathToFileURL(path).href })
  expect(await same.get()).toBe('here')
  const copy = join(folder(), 'copy')
  await db.backup(pathToFileURL(copy))
  expect(await (await opened({ path: copy })).get(ref)).toBe('here')
  const all = await collect(rescue(pathToFileURL(path)))
  expect(all.map(({ data }) => data)).toEqual(['here'])
})

test('a value that is no path, or a URL that names no local folder, is a TypeError', () => {
  for (const path of [
    1,
    null,
    {},
    new URL('https://example.com/db'),
    'file:///a%00b',
    '',
    'a\0b'
  ]) {
    expect(() => createDB({ path: path as string }), String(path)).toThrow(TypeError)
  }
})

/** A folder in which `name` is something else than a file. */
function withOther(name: string, kind: 'FIFO' | 'folder' | 'device' | 'link to a FIFO'): string {
  const path = folder()
  const file = join(path, name)
  if (kind === 'FIFO') spawnSync('mkfifo', [file])
  if (kind === 'folder') mkdirSync(file)
  if (kind === 'device') symlinkSync('/dev/zero', file)
  if (kind === 'link to a FIFO') {
    spawnSync('mkfifo', [join(path, 'fifo')])
    symlinkSync('fifo', file)
  }
  return path
}

test
  .runIf(unix)
  .each(
    ['data.mdb', 'lock.mdb', 'open.lock'].flatMap((name) =>
      (['FIFO', 'folder', 'device', 'link to a FIFO'] as const).map((kind) => [name, kind] as const)
    )
  )('where %s is a %s opening is HISTO_STORE, and other paths open', async (name, kind) => {
  const path = withOther(name, kind)
  const failed = failureOf(createDB({ path }).ready())
  const other = await opened({ path: folder() })
  expect(await failed).toMatchObject({ code: 'HISTO_STORE', path })
  expect(String((await failed).cause)).toContain('no regular file')
  await other.put('meanwhile')
})

test.runIf(unix)('rescue from a FIFO, and backup to one, are HISTO_STORE', async () => {
  const path = withOther('data.mdb', 'FIFO')
  for (const place of [path, join(path, 'data.mdb')]) {
    expect(await failureOf(rescue(place).next())).toMatchObject({ code: 'HISTO_STORE' })
  }
  const db = await opened({})
  await db.put('first')
  expect(await failureOf(db.backup(path))).toMatchObject({ code: 'HISTO_STORE' })
})

test.runIf(unix)('a process that met a FIFO ends', async () => {
  const path = withOther('data.mdb', 'FIFO')
  const { code, stdout } = await run('leave-after', path)
  expect([code, stdout]).toEqual([0, 'HISTO_STORE\n'])
})

test.runIf(unix)('a FIFO with the name of a leftover file blocks nobody', async () => {
  const path = folder()
  spawnSync('mkfifo', [join(path, 'new-0000000000000001.lock')])
  const db = await opened({ path })
  await db.put('first')
  expect(Object.keys(contentsOf(path)).length).toBeGreaterThan(0)
})

test.runIf(linux)(
  'child processes inherit none of its files, so that erased data stays nowhere',
  async () => {
    const path = folder()
    const { stdout, stderr } = await run('inheriting', path)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ inherited: [], secrets: 0 })
  }
)

test('files that opening refuses are left as they were', async () => {
  const path = folder()
  writeFileSync(join(path, 'data.mdb'), 'not ours')
  const before = contentsOf(path)
  await failureOf(createDB({ path }).ready())
  expect(contentsOf(path)).toEqual(before)
})
