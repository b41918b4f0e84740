/**
 * A second copy of the package in a process, and a process of another PID namespace, are refused:
 * LMDB's locks do not allow for either.
 *
 * Checked to fail without the protection: with `mark` in `crates/core/src/store/files/process_lock.rs` answering
 * `Ok(())` at once, the second copy opens the path in both tests, and so does the other namespace.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, linkSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { possible } from '../support/skip.js'
import { folder, run } from './children.js'

const top = fileURLToPath(new URL('../..', import.meta.url))
const isLinux = process.platform === 'linux'
const hasFileLocks = possible(isLinux, 'refusing a second copy: only Linux has locks of open files')

/** Copies what of the package is loaded; answers its entry. */
function copyOfPackage(): string {
  const copy = join(folder(), 'copy')
  const nativeFiles = readdirSync(join(top, 'crates/node')).filter((file) =>
    /\.c?js$|\.node$/.test(file)
  )
  for (const file of [
    'package.json',
    'dist',
    ...nativeFiles.map((file) => `crates/node/${file}`)
  ]) {
    cpSync(join(top, file), join(copy, file), { recursive: true })
  }
  return join(copy, 'dist/index.js')
}

test.runIf(hasFileLocks)(
  'a second copy of the package in one process is HISTO_LOCKED',
  async () => {
    const path = join(folder(), 'db')
    const { code, stderr, stdout } = await run('two-copies', copyOfPackage(), path)
    expect([code, stderr]).toEqual([0, ''])
    const { refused, kept, afterwards, inWorker } = JSON.parse(stdout)
    const refusal = { name: 'HistoError', code: 'HISTO_LOCKED', path, retryable: true }
    expect(refused).toMatchObject(refusal)
    expect(refused.message).toContain('another copy of this package')
    expect(inWorker).toMatchObject(refusal)
    expect(kept).toBe('of the first')
    expect(afterwards).toBe('of the second')
  }
)

test.runIf(hasFileLocks)('a hard link to the file is no way around', async () => {
  const path = join(folder(), 'db')
  const linked = join(folder(), 'linked')
  const db = createDB<string>({ path })
  await db.put('of the first')
  await db.close()
  mkdirSync(linked)
  linkSync(join(path, 'data.mdb'), join(linked, 'data.mdb'))
  const { stdout } = await run('two-copies', copyOfPackage(), path, linked)
  expect(JSON.parse(stdout).refused).toMatchObject({ code: 'HISTO_LOCKED', path: linked })
})

const unshare = ['--pid', '--fork', '--mount-proc']
const canUnshare = possible(
  isLinux && spawnSync('unshare', [...unshare, 'true']).status === 0,
  'refusing a process of another PID namespace: no right to make one'
)

test.runIf(canUnshare)('a process of another PID namespace is HISTO_LOCKED', async () => {
  const path = folder()
  const open = `
    const { createDB } = require(${JSON.stringify(join(top, 'dist/index.js'))})
    const db = createDB({ path: ${JSON.stringify(path)} })
    db.ready().then(() => 'opened', (error) => error.code + ' ' + error.message).then(console.log)`
  const elsewhere = () =>
    spawnSync('unshare', [...unshare, process.execPath, '--eval', open], { encoding: 'utf8' })
  const db = await createDB<number>({ path }).ready()
  const refused = elsewhere()
  expect(refused.stdout).toMatch(/^HISTO_LOCKED .*PID namespace/)
  expect(refused.stdout).toContain(path)
  expect(await db.put(1)).toBe(db.head())
  await db.close()
  expect(elsewhere().stdout).toBe('opened\n')
})
