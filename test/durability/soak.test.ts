/**
 * Random operations over the members of a database for some time, held to the plain engine, with
 * reopening, a second process that is killed, copies and replicas; and what is left behind: nothing.
 *
 * 15 s, an hour with `HISTO_LONG=1`; `HISTO_SEED` has the same operations again. Checked to fail without
 * the protection: with an episode's database left open the files grow, with a listener of `exit`
 * kept for each the listeners do, with 5 MB kept of each the memory does.
 */

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB, type Ref } from '../../ts/index.js'
import { collect, openPlain } from '../support/open.js'
import { operation, outcomeOf, stateOf } from '../support/operations.js'
import { folder, isLong, start } from './children.js'

const duration = isLong ? 3_600_000 : 15_000
const seed = Number(process.env['HISTO_SEED'] ?? Date.now() % 1_000_000)
/** Operations of an episode, between two looks at what is left behind. */
const length = 40
/** Threads on which long walks go on end by themselves when they have had nothing to do for a while. */
const walkers = 4

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Left {
  files: number
  threads: number
  listeners: number
  megabytes: number
}

async function left(): Promise<Left> {
  for (let turn = 0; turn < 4; turn += 1) {
    await sleep(1)
    collectGarbage()
  }
  const isLinux = process.platform === 'linux'
  return {
    files: isLinux ? readdirSync('/proc/self/fd').length : 0,
    threads: isLinux ? readdirSync('/proc/self/task').length : 0,
    listeners: process.listenerCount('exit'),
    megabytes: process.memoryUsage.rss() / 1e6
  }
}

/** One database from its making to its closing; a second process is killed while it is at work. */
async function episode(path: string, number: number): Promise<void> {
  const open = () => createDB({ path, durability: 'relaxed' })
  const plain = openPlain()
  let db = open()
  const moved: string[] = []
  const listener = ({ branch }: { branch?: string }) => moved.push(branch ?? '')
  db.on('head', listener)
  const other = number % 4 === 0 ? start('beside', path) : undefined
  if (other !== undefined) {
    const atWork = new Promise((resolve) => other.child.stdout?.once('data', resolve))
    const ended = other.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))
    await Promise.race([atWork, ended])
    ended.catch(() => undefined) // killed, later
  }
  const refs: Ref[] = []
  for (const step of fc.sample(operation, { numRuns: length, seed: seed + number })) {
    if (step.kind === 'reopen') {
      db.off('head', listener)
      await db.close()
      db = open()
      db.on('head', listener)
      continue
    }
    expect(await outcomeOf(db, refs, step)).toEqual(await outcomeOf(plain, refs, step))
    for (const head of Object.values(await plain.branches())) {
      refs.push(...(await plain.refDifference(null, head)).filter((ref) => !refs.includes(ref)))
    }
  }
  other?.child.kill('SIGKILL')
  await other?.ended
  await db.deleteBranch('beside')
  const expected = await stateOf(plain, refs)
  expect(await stateOf(db, refs)).toEqual(expected)
  await expectSound(db, plain, refs, path)
  db.off('head', listener)
  await db.close()
  await plain.close()
}

/** Looks at all of it, at a copy, and at a replica. */
async function expectSound(db: DB, plain: DB, refs: readonly Ref[], path: string): Promise<void> {
  expect(await db.verify()).toMatchObject({ ok: true })
  await db.backup(`${path}-copy`)
  const copy = createDB({ path: `${path}-copy`, durability: 'relaxed' })
  expect({ ...(await copy.branches()) }).toEqual({ ...(await plain.branches()) })
  expect(await copy.getMany(refs)).toEqual(await plain.getMany(refs))
  await copy.close()
  const replica = createDB()
  await createSynchronizer(db, replica).run()
  const head = await new Promise<Ref | null>((resolve, reject) => {
    db.head((error, ref) => (error ? reject(error) : resolve(ref ?? null)))
  })
  expect(await replica.remoteHead(db.name)).toBe(head)
  if (head !== null) {
    const known = await collect(replica.history(head))
    expect(known.map(({ ref }) => ref).toSorted()).toEqual(
      (await plain.refDifference(null, head)).toSorted()
    )
  }
  await replica.close()
}

/** Reads so often that a reader's slot which is not given back is missed: a file has 1,024. */
async function readAgain(lasting: DB<number>): Promise<void> {
  const ref = await lasting.put(Math.random())
  for (let n = 0; n < 100; n += 1) await lasting.getMany([ref, ref])
  await collect(lasting.history(ref, { limit: 3 }))
  const stop = new AbortController()
  const watching = lasting.watch({ signal: stop.signal }).next()
  stop.abort()
  await watching.catch(() => undefined)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

test(`random operations for some time leave nothing behind (seed ${seed})`, {
  timeout: duration + 120_000
}, async () => {
  const root = folder()
  const lasting = await createDB<number>({ path: join(root, 'lasting') }).ready()
  const seen: Left[] = []
  const end = Date.now() + duration
  for (let number = 0; Date.now() < end || seen.length < 8; number += 1) {
    const path = join(root, String(number))
    await episode(path, number)
    for (const done of [path, `${path}-copy`]) rmSync(done, { recursive: true, force: true })
    await readAgain(lasting)
    seen.push(await left())
  }
  await lasting.close()
  const warm = seen.slice(Math.floor(seen.length / 3))
  const [first] = warm
  for (const { files, threads, listeners } of warm) {
    expect([files, listeners]).toEqual([first?.files, first?.listeners])
    expect(threads).toBeLessThanOrEqual((first?.threads ?? 0) + walkers)
  }
  const half = Math.floor(warm.length / 2)
  const megabytes = warm.map((each) => each.megabytes)
  const growth = median(megabytes.slice(half)) - median(megabytes.slice(0, half))
  process.stderr.write(`${seen.length} episodes of ${length} operations, ${growth.toFixed(1)} MB\n`)
  expect(growth).toBeLessThan(30)
})
