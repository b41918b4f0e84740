/**
 * Opening a database of a million revisions in a new process: the time until `ready`, and the
 * anonymous memory (`RssAnon`, Linux) that it takes. The floor is the same with an empty one.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createDB } from 'histo-revisions'
import { type Item, items } from './lib/data.js'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { figure, report, size, summary } from './lib/race.js'

const revisions = size(1_000_000, 5000)
const batch = 5000
const rounds = size(7, 1)
const secondsAllowed = 0.3
const bytesAllowed = 100

interface Opened {
  readonly seconds: number
  readonly bytes: number
  readonly head: string | null
}

/** The child: opens `path` and tells what it took. */
async function open(path: string): Promise<void> {
  const before = anonymousBytes()
  const start = performance.now()
  const db = await createDB<Item>({ path }).ready()
  const seconds = (performance.now() - start) / 1000
  const bytes = anonymousBytes() - before
  console.log(JSON.stringify({ seconds, bytes, head: db.head() } satisfies Opened))
  await db.close()
}

function anonymousBytes(): number {
  if (process.platform !== 'linux') return Number.NaN
  const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(line?.[1]) * 1024
}

function openInChild(path: string): Opened {
  const args = [fileURLToPath(import.meta.url), path]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

async function fill(path: string, count: number): Promise<string | null> {
  const db = await createDB<Item>({ path }).ready()
  for (let first = 0; first < count; first += batch) {
    await db.putMany(items(first, batch).map((data) => ({ data })))
  }
  const head = db.head()
  await db.close()
  return head
}

async function measure(): Promise<void> {
  const [full, empty] = [folder('open'), folder('open-empty')]
  const head = await fill(full, revisions)
  await fill(empty, 0)
  assert.equal(openInChild(full).head, head) // and warms the page cache
  const opened: Opened[] = []
  const floor: Opened[] = []
  for (let round = 0; round < rounds; round += 1) {
    opened.push(openInChild(full))
    floor.push(openInChild(empty))
  }
  const of = (all: readonly Opened[], key: 'seconds' | 'bytes') =>
    summary(all.map((one) => one[key]))
  const [time, base] = [of(opened, 'seconds'), of(floor, 'seconds')]
  const extra = of(opened, 'bytes').median - of(floor, 'bytes').median
  console.log(`\nopening ${revisions} revisions, warm, in a new process`)
  const spread = `${figure(time.min)}-${figure(time.max)}`
  report('until ready, median', time.median, `s (${spread})`, secondsAllowed)
  report('an empty database', base.median, 's')
  report(
    'anonymous memory beyond an empty one',
    extra / revisions,
    'bytes a revision',
    bytesAllowed
  )
}

const [, , child] = process.argv
if (child === undefined) {
  console.log(machine())
  await measure()
} else {
  await open(child)
}
