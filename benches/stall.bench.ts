/**
 * Measures the longest time for which the event loop is blocked while a long history grows and is
 * queried through the whole API. There is no rival. For comparison it prints the times of an idle loop, of V8's
 * garbage collections, and the processor time of the thread.
 */

import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { createDB, type DB } from 'histo-revisions'
import { random } from './lib/data.js'
import { folder } from './lib/folder.js'
import { type Held, held } from './lib/held.js'
import { machine } from './lib/machine.js'
import { figure, report, size } from './lib/race.js'

const revisions = size(10_000_000, 1_000_000)
const onPath = size(1_000_000, 100_000)
/** Lines that grow side by side; each part of one begins with a merge of another. */
const lines = 50
const part = 200
const pairs = size(50, 100)
const atOnce = 100
/** One ref of this many is kept. */
const keptOf = 1000
const heldMilliseconds = 10
const refNanoseconds = 250

/** Writes a history; returns a ref of each thousand in order, and the tips. */
async function grow(db: DB<number>, count: number): Promise<{ kept: string[]; tips: string[] }> {
  const next = random()
  const tips: string[] = []
  const kept: string[] = []
  for (let written = 0; written < count; written += part) {
    const line = (written / part) % lines
    const [own, other] = [tips[line], tips[next(lines)]]
    const known = [own, other].filter((ref) => ref !== undefined)
    const ancestors = known.length > 0 ? [...new Set(known)] : tips.slice(0, 1)
    const items = Array.from({ length: part }, (_, index) => ({ data: written + index }))
    const refs = await db.putMany([{ data: written, ancestors }, ...items.slice(1)])
    tips[line] = refs.at(-1) as string
    if (written % keptOf === 0) kept.push(refs[0] as string)
    await turn()
  }
  return { kept, tips }
}

/** Runs `work` and reports for how long the loop was held at most. */
async function watched(question: string, work: () => Promise<unknown>): Promise<Held> {
  const found = await held(work)
  report(`${question}: longest`, found.longest, 'ms', heldMilliseconds)
  report('  99 of 100 below', found.most, 'ms')
  report('  longest of the thread at work', found.busy, 'ms', heldMilliseconds)
  report('  longest collection of garbage', found.collection, 'ms')
  return found
}

async function askPairs(db: DB<number>, kept: readonly string[]): Promise<void> {
  const next = random()
  const draw = () => kept[next(kept.length)] as string
  for (let pair = 0; pair < pairs; pair += 1) {
    const [a, b] = [draw(), draw()]
    const base = await db.commonAncestor(a, b)
    assert(base !== null && (await db.isAncestor(base, a)) && (await db.isAncestor(base, b)))
  }
}

async function askAtOnce(db: DB<number>, kept: readonly string[], tip: string): Promise<void> {
  const asked = Array.from({ length: atOnce }, (_, n) => db.mergeBases(kept[n] as string, tip))
  for (const [n, bases] of (await Promise.all(asked)).entries()) assert.equal(bases[0], kept[n])
}

async function askHistory(db: DB<number>, tip: string, limit: number): Promise<void> {
  let count = 0
  for await (const revision of db.history(tip, { limit }))
    count += revision.ancestors.length > 0 ? 1 : 0
  assert(count >= limit - 1)
}

async function inMemory(): Promise<void> {
  const db = createDB<number>()
  let kept: string[] = []
  let tips: string[] = []
  await watched('idle', () => new Promise((resolve) => setTimeout(resolve, 500)))
  await watched('growth', async () => {
    ;({ kept, tips } = await grow(db, revisions))
  })
  const tip = tips[0] as string
  await watched(`${pairs} random pairs`, () => askPairs(db, kept))
  await watched(`${atOnce} walks at once`, () => askAtOnce(db, kept, kept.at(-1) as string))
  await watched('history', () => askHistory(db, tip, 100_000))
  let refs: string[] = []
  const { all } = await watched('a difference', async () => {
    refs = await db.refDifference(null, kept[Math.min(1000, kept.length - 1)] as string)
  })
  assert.equal(new Set(refs).size, refs.length)
  console.log(`  (${figure(refs.length)} refs)`)
  report('a ref of it', (all.clock * 1e6) / refs.length, 'ns', refNanoseconds)
  report('  of the thread at work', (all.busy * 1e6) / refs.length, 'ns', refNanoseconds)
  await db.close()
}

async function onDisk(): Promise<void> {
  const db = createDB<number>({ path: folder('stall'), durability: 'relaxed' })
  const first = await db.put(-1)
  const items = Array.from({ length: onPath }, (_, data) => ({ data }))
  let written: Promise<string[]> = Promise.resolve([])
  let isDone = false
  const start = performance.now()
  written = db.putMany(items).finally(() => {
    isDone = true
  })
  report('the call of putMany, a revision', ((performance.now() - start) * 1000) / onPath, 'us')
  await watched('reads while it is written', async () => {
    while (!isDone) {
      assert.deepEqual(await db.has([first, 'x']), [true, false])
      assert.equal((await db.ancestors(db.head() as string)).length > 1, false)
      await turn()
    }
  })
  assert.equal((await written).length, onPath)
  await db.close()
}

console.log(machine())
console.log(`\n${figure(revisions)} revisions in memory, ${lines} lines`)
await inMemory()
console.log(`\n${figure(onPath)} revisions on a path`)
await onDisk()
