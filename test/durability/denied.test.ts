/**
 * If the system denies something (a permission, writing, another file), that is `HISTO_STORE` with its message as the
 * cause; existing files stay as they were, and open databases continue to work.
 *
 * Checked to fail: where a missing permission is not told by `from_io` of `crates/core/src/store/files/fault.rs` the files
 * that may not be read or written are not HISTO_STORE.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { possible } from '../support/skip.js'
import { contentsOf, folder } from './children.js'
import { canMount, runAsNobody, runLimited, smallDisk } from './machine.js'

const mounts = possible(canMount, 'read-only file systems: no right to mount one')
const limits = possible(process.platform === 'linux', 'too many open files: Linux only')
const permissions = possible(process.platform !== 'win32', 'permissions of files: not on Windows')

async function filled(path: string): Promise<void> {
  const db = createDB({ path })
  await db.put('kept')
  await db.close()
}

function refusal(path: string, cause: string) {
  return {
    name: 'HistoError',
    code: 'HISTO_STORE',
    path,
    message: expect.stringContaining(path),
    cause: expect.stringContaining(cause),
    retryable: false
  }
}

const denials: [string, string, number][] = [
  ['a data.mdb that may not be read', 'data.mdb', 0],
  ['a data.mdb that may only be read', 'data.mdb', 0o444],
  ['a lock.mdb that may only be read', 'lock.mdb', 0o444],
  ['an open.lock that may only be read', 'open.lock', 0o444]
]
const files = ['data.mdb', 'lock.mdb', 'open.lock']

test.runIf(permissions).each(denials)('%s is HISTO_STORE and stays', async (_what, file, mode) => {
  const path = folder()
  await filled(path)
  chmodSync(path, 0o777)
  for (const each of files) chmodSync(join(path, each), 0o666)
  expect(runAsNobody('try-open', path)).toBe('opened')
  const before = contentsOf(path)
  chmodSync(join(path, file), mode)
  expect(runAsNobody('try-open', path)).toEqual(refusal(path, 'ermission denied'))
  chmodSync(join(path, file), 0o666)
  expect(contentsOf(path)).toEqual(before)
  await using db = createDB({ path })
  expect(await db.get()).toBe('kept')
})

test.runIf(permissions)('a folder in which nothing may be made is HISTO_STORE', () => {
  const parent = folder()
  chmodSync(parent, 0o555)
  const path = join(parent, 'db')
  expect(runAsNobody('try-open', path)).toEqual(refusal(path, 'ermission denied'))
  chmodSync(parent, 0o755)
  expect(contentsOf(parent)).toEqual({})
})

test.runIf(mounts)('a read-only file system is HISTO_STORE', async () => {
  const disk = smallDisk('tmpfs', 8) ?? ''
  const path = join(disk, 'db')
  await filled(path)
  const before = contentsOf(path)
  expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0)
  expect(runLimited('-n 1024', 'try-open', path)).toEqual(refusal(path, 'Read-only file system'))
  const other = join(disk, 'other')
  expect(runLimited('-n 1024', 'try-open', other)).toEqual(refusal(other, 'Read-only file system'))
  expect(contentsOf(path)).toEqual(before)
})

test.runIf(limits)('too many open files is HISTO_STORE, and those that are open go on', () => {
  const path = folder()
  const seen = runLimited('-n 100', 'open-many', path) as {
    refused: { path: string }
    opened: number
  }
  expect(seen).toEqual({
    refused: {
      code: 'HISTO_STORE',
      path: join(path, String(seen.opened)),
      cause: expect.stringContaining('Too many open files')
    },
    opened: seen.opened,
    again: true
  })
  expect(seen.opened).toBeGreaterThan(5)
})
