/**
 * Opening databases of one and of ten million revisions in a new process: the time until `ready`, by the
 * clock and in processor time, and the anonymous memory (`RssAnon`, Linux) that it takes. The floor is
 * the same with an empty one. Ten million have a number each for data, since opening reads none.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createDB } from 'histo-revisions'
import { items } from './lib/data.js'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { figure, report, size, summary } from './lib/race.js'

/** What is opened, and in how many seconds. */
interface Case {
  readonly revisions: number
  readonly rounds: number
  readonly seconds: number
  readonly dataOf: (first: number, count: number) => readonly unknown[]
}

const cases: readonly Case[] = [
  { revisions: size(1_000_000, 5000), rounds: size(7, 1), seconds: 0.3, dataOf: items },
  { revisions: size(10_000_000, 20_000), rounds: size(5, 1), seconds: 1.5, dataOf: numbers }
]
const batch = 5000
const bytesAllowed = 100

interface Opened {
  readonly seconds: number
  /** Processor time of all threads. */
  readonly busy: number
  readonly bytes: number
  readonly head: string | null
}

/** The child: opens `path` and tells what it took. */
async function open(path: string): Promise<void> {
  const before = anonymousBytes()
  const [start, busyAtStart] = [performance.now(), process.cpuUsage()]
  const db = await createDB({ path }).ready()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(busyAtStart)
  const busy = (user + system) / 1e6
  const bytes = anonymousBytes() - before
  console.log(JSON.stringify({ seconds, busy, bytes, head: db.head() } satisfies Opened))
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

async function fill(path: string, count: number, dataOf: Case['dataOf']): Promise<string | null> {
  const db = await createDB({ path, durability: 'relaxed' }).ready()
  for (let first = 0; first < count; first += batch) {
    await db.putMany(dataOf(first, batch).map((data) => ({ data })))
  }
  const head = db.head()
  await db.close()
  return head
}

function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}

async function measure({ revisions, rounds, seconds, dataOf }: Case): Promise<void> {
  const [full, empty] = [folder('open'), folder('open-empty')]
  const head = await fill(full, revisions, dataOf)
  await fill(empty, 0, dataOf)
  assert.equal(openInChild(full).head, head) // and warms the page cache
  const opened: Opened[] = []
  const floor: Opened[] = []
  for (let round = 0; round < rounds; round += 1) {
    opened.push(openInChild(full))
    floor.push(openInChild(empty))
  }
  const of = (all: readonly Opened[], key: 'seconds' | 'busy' | 'bytes') =>
    summary(all.map((one) => one[key]))
  const [time, busy, base] = [of(opened, 'seconds'), of(opened, 'busy'), of(floor, 'seconds')]
  const extra = of(opened, 'bytes').median - of(floor, 'bytes').median
  console.log(`\nopening ${revisions} revisions, warm, in a new process`)
  const spread = `${figure(time.min)}-${figure(time.max)}`
  report('until ready, median', time.median, `s (${spread})`, seconds)
  report('  in processor time', busy.median, `s (${figure(busy.min)}-${figure(busy.max)})`)
  report('an empty database', base.median, 's')
  report(
    'anonymous memory beyond an empty one',
    extra / revisions,
    'bytes a revision',
    bytesAllowed
  )
  rmSync(full, { recursive: true, force: true })
}

const [, , child] = process.argv
if (child === undefined) {
  console.log(machine())
  for (const one of cases) await measure(one)
} else {
  await open(child)
}
