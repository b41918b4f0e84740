/**
 * Packs the package as `npm publish` would, unpacks it into an empty folder, imports and requires it.
 *
 * Both must give the same instance, and a put must come back: the addon is inside. No network.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at } from './paths.mjs'
import { run } from './process.mjs'
import { runNpm } from './setup.mjs'

const program = `
const required = require('histo-revisions')
import('histo-revisions').then(async (imported) => {
  if (imported.createDB !== required.createDB) throw new Error('two instances of the package')
  const db = required.createDB()
  const ref = await db.put({ packed: true })
  const data = await db.get(ref)
  if (data.packed !== true) throw new Error('the data did not come back')
  await db.close()
})
`

/** Answers `{ code, output }`. */
export async function checkPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'histo-package-'))
  try {
    return await packAndUse(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function packAndUse(folder) {
  const packed = await runNpm(['pack', '--silent', '--pack-destination', folder], { cwd: at() })
  const tarball = /^\S+\.tgz$/m.exec(packed.output)?.[0]
  if (packed.code !== 0 || tarball === undefined) return { code: 1, output: packed.output }
  const unpacked = await run('tar', ['-xzf', tarball], { cwd: folder })
  if (unpacked.code !== 0) return unpacked
  await mkdir(join(folder, 'node_modules'))
  await rename(join(folder, 'package'), join(folder, 'node_modules', 'histo-revisions'))
  await writeFile(join(folder, 'use.cjs'), program)
  const used = await run(process.execPath, ['use.cjs'], { cwd: folder })
  if (used.code === 0 && used.output !== '') return { code: 1, output: used.output } // a warning
  return used
}
