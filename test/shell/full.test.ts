/** The command where a file cannot grow: it says so, and leaves nothing that looks like a database. */

import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { canMount, smallDisk } from '../durability/machine.js'
import { possible } from '../support/skip.js'
import { folder, histo, lines, shell } from './histo.js'

const hasLimits: boolean = possible(process.platform !== 'win32', 'a limit of the size of files')

/** A folder with a database in `notes`. */
async function place(): Promise<string> {
  const cwd = folder()
  await using db = await createDB<string>({ path: join(cwd, 'notes') }).ready()
  await db.put('x'.repeat(200_000))
  return cwd
}

/** The refusal of a line whose files may have at most so many KiB. */
async function refused(cwd: string, limit: number, line: string): Promise<string> {
  const { code, err } = await shell(`ulimit -f ${limit}; ${line}`, { cwd })
  expect(code).toBe(1)
  return err
}

test.runIf(hasLimits)('no empty folder is left where no database can be made', async () => {
  const cwd = await place()
  for (const line of [
    'echo 1 | histo put --db new',
    'histo push new --db notes',
    'histo rescue notes new',
    'histo backup new --db notes'
  ]) {
    expect(await refused(cwd, 8, line)).toMatch(
      /^histo: cannot [^\n]*: no space is left \(File too large\)\n$/
    )
    expect(readdirSync(cwd)).toEqual(['notes'])
  }
})

test.runIf(canMount)('a rescue that finds no space for its database leaves none', async () => {
  const cwd = await place()
  const disk = smallDisk('tmpfs', 1)
  if (disk === undefined) throw new Error('no file system was mounted')
  writeFileSync(join(disk, 'other'), new Uint8Array(904 * 1024)) // a new database fits once, but not what opens it
  const { code, err } = await histo(['rescue', join(cwd, 'notes'), join(disk, 'new')])
  expect([code, err]).toEqual([1, expect.stringMatching(/^histo: cannot .*: no space is left\n$/)])
  expect(readdirSync(disk)).toEqual(['other'])
})

test.runIf(hasLimits)('a backup is for its owner alone, as the database is', async () => {
  const cwd = await place()
  await lines(['backup', 'copy', '--db', 'notes'], { cwd })
  expect(statSync(join(cwd, 'copy', 'data.mdb')).mode & 0o777).toBe(0o600)
})
