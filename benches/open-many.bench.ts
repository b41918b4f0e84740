/**
 * Opens thousands of databases in one process, and measures opening, writing and reading each while all others are
 * open, and the process's memory, address space, descriptors and threads. Each has its own folder with one
 * revision. As many as the limit of descriptors allows, and at most 5,000. Linux.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDB } from 'histo-revisions'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { report, size } from './lib/race.js'

const most = size(5000, 50)
/** Databases that are opened at the same time. */
const batch = 50

/** The database of a number, which is also its data. */
function open(root: string, number: number) {
  return createDB<{ number: number }>({ path: join(root, String(number)), durability: 'relaxed' })
}

function field(name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(
    readFileSync('/proc/self/status', 'utf8')
  )
  return Number(line?.[1])
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** How many the limit of descriptors leaves room for. */
async function countOf(root: string): Promise<number> {
  const before = descriptors()
  const db = await open(root, 0).ready()
  const each = descriptors() - before
  await db.close()
  const limit = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
  return Math.min(most, Math.floor((Number(limit?.[1] ?? most) - before - 50) / each))
}

async function openAll(root: string, count: number) {
  const all: ReturnType<typeof open>[] = []
  for (let first = 0; first < count; first += batch) {
    const some = Array.from({ length: Math.min(batch, count - first) }, (_, at) =>
      open(root, first + at)
    )
    await Promise.all(some.map((db) => db.ready()))
    all.push(...some)
  }
  return all
}

/** The child: opens all that are there, and tells what it took. */
async function measure(root: string, count: number): Promise<void> {
  const before = { anonymous: field('RssAnon'), mapped: field('VmSize'), files: descriptors() }
  let start = performance.now()
  const timed = (what: string, unit = 'us each') => {
    report(what, ((performance.now() - start) * 1000) / count, unit)
    start = performance.now()
  }
  const all = await openAll(root, count)
  timed('opening')
  const mapped = field('VmSize') - before.mapped
  for (const [number, db] of all.entries()) assert.deepEqual(await db.get(), { number })
  timed('a first get of each')
  for (const [number, db] of all.entries()) await db.put({ number })
  timed('a first put to each, one after the other')
  await Promise.all(all.map((db, number) => db.put({ number: -number })))
  timed('a put to each, all at once')
  report('memory (RssAnon)', (field('RssAnon') - before.anonymous) / count, 'KiB each')
  report('address space', mapped / 1024 / count, 'MiB each')
  report('descriptors', (descriptors() - before.files) / count, 'each')
  report('threads behind that', field('Threads'), '')
  start = performance.now()
  await Promise.all(all.map((db) => db.close()))
  timed('closing')
}

const [, , child, number] = process.argv
if (child !== undefined) {
  await measure(child, Number(number))
} else if (process.platform === 'linux') {
  console.log(machine())
  const root = folder('open-many')
  const count = await countOf(root)
  const start = performance.now()
  for (let first = 0; first < count; first += batch) {
    const made = Array.from({ length: Math.min(batch, count - first) }, (_, at) =>
      open(root, first + at)
    )
    await Promise.all(made.map((db, at) => db.put({ number: first + at })))
    await Promise.all(made.map((db) => db.close()))
  }
  console.log(
    `\n${count} databases, made in ${Math.round(performance.now() - start)} ms, open in a new process`
  )
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), root, String(count)], {
    stdio: 'inherit'
  })
  rmSync(root, { recursive: true, force: true })
}
