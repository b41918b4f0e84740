/**
 * Many processes and threads on one path, some of which die at the worst moment.
 *
 * Checked to fail without the protection: without `catch_up` in `crates/core/src/engine/commit.rs` the
 * crowd loses puts and counts; without `clear_stale_readers` in `crates/core/src/store/disk.rs` the file
 * grows by 24 MB behind a dead reader. Robust mutexes are LMDB's: with a build without them (in the
 * environment `CFLAGS=-DMDB_USE_ROBUST=0`) the others wait for ever for the one that was killed.
 */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import {
  failpoints,
  folder,
  isLong,
  run,
  runDying,
  type Started,
  start,
  startIn
} from './children.js'

interface Told {
  refs: string[]
  updates: number
  ownHead: string | null
  remote: string | null
  seen: string[]
}

const duration = isLong ? 60_000 : 10_000

/** The refs that a writer has printed by now. */
function linesOf({ child }: Started): () => string[] {
  let text = ''
  child.stdout?.on('data', (more: string) => {
    text += more
  })
  return () => text.split('\n').filter((line) => line.length === 64)
}

/** Whether a promise is fulfilled within some milliseconds. */
async function isSettledWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  return await Promise.race([promise.then(() => true), sleep(ms).then(() => false)])
}

/** Checks the acknowledgements of a crowd against the database; `dead` processes may have written more. */
async function expectKept(path: string, told: Map<string, Told>, dead: boolean): Promise<void> {
  await using db = await createDB<{ who: string }>({ path }).ready()
  const reachable = new Set(await db.refDifference(null, db.head() ?? ''))
  const refs = [...told.values()].flatMap((each) => each.refs)
  expect(new Set(refs).size).toBeGreaterThan(100)
  expect(refs.filter((ref) => !reachable.has(ref))).toEqual([])
  const updates = [...told.values()].reduce((sum, each) => sum + each.updates, 0)
  const counted = (await db.branch('counter').get()) as unknown as number
  if (dead) expect(counted).toBeGreaterThanOrEqual(updates)
  else expect(counted).toBe(updates)
  const [branches, remotes] = [await db.branches(), await db.remotes()]
  for (const [who, { ownHead, remote }] of told) {
    expect(branches[`own-${who}`] ?? null).toBe(ownHead)
    expect(remotes[`of-${who}`] ?? null).toBe(remote)
  }
}

test('eight processes that put, set heads, update and read at once lose nothing', {
  timeout: duration + 60_000
}, async () => {
  const path = folder()
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const ends = await Promise.all(names.map((who) => run('mixed', path, who, String(duration))))
  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']))
  const told = new Map(ends.map(({ stdout }, n) => [names[n] ?? '', JSON.parse(stdout) as Told]))
  for (const { seen } of told.values()) expect(seen.toSorted()).toEqual(names)
  await expectKept(path, told, false)
})

test('processes that die inside of a transaction block nobody', { timeout: 60_000 }, async () => {
  const path = folder()
  const names = ['a', 'b', 'c']
  const living = names.map((who) => run('mixed', path, who, '4000'))
  for (const [point, n] of [
    ['commit.decided', 5],
    ['commit.stored', 5],
    ['commit.decided', 1]
  ] as const) {
    const { signal } = await runDying(`${point}!${n}`, 'mixed', path, `dead-${point}-${n}`, '60000')
    expect(signal).toBe('SIGABRT')
  }
  const ends = await Promise.all(living)
  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']))
  const told = new Map(ends.map(({ stdout }, n) => [names[n] ?? '', JSON.parse(stdout) as Told]))
  await expectKept(path, told, true)
})

test('a process killed in a transaction that others wait for blocks nobody', {
  timeout: 60_000
}, async () => {
  const path = folder()
  await using db = await createDB<string>({ path, durability: 'relaxed' }).ready()
  await db.put('the first')
  const variables = { NAPI_RS_NATIVE_LIBRARY_PATH: failpoints, HISTO_FAILPOINT: 'commit.decided~3' }
  const holder = startIn(variables, 'append', path, '1', 'relaxed')
  const acknowledged = linesOf(holder)
  for (let n = 0; acknowledged().length < 2 && n < 400; n += 1) await sleep(50)
  await sleep(500) // by now it has decided on its third put, and stays there
  const waiting = db.put('waits until the holder is dead')
  const other = start('append', path, '1', 'relaxed')
  const told = linesOf(other)
  expect(await isSettledWithin(1_500, waiting)).toBe(false)
  expect([acknowledged().length, told()]).toEqual([2, []])
  holder.child.kill('SIGKILL')
  expect((await holder.ended).signal).toBe('SIGKILL')
  const ref = await waiting
  for (let n = 0; told().length === 0 && n < 400; n += 1) await sleep(50)
  expect(told().length).toBeGreaterThan(0)
  other.child.kill('SIGKILL')
  await other.ended
  const there = await db.refDifference(null, db.head() ?? '')
  expect(there).toEqual(expect.arrayContaining([ref, ...acknowledged(), told()[0]]))
  expect(await db.verify()).toMatchObject({ ok: true })
})

test('a reader that died does not make the file grow for ever', { timeout: 60_000 }, async () => {
  const path = folder()
  await using db = await createDB<number>({ path }).ready()
  await db.put(0)
  const { signal } = await runDying('read!20', 'mixed', path, 'reader', '60000')
  expect(signal).toBe('SIGABRT')
  const before = statSync(join(path, 'data.mdb')).size
  for (let n = 0; n < 1_000; n += 1) await db.put(n)
  expect(statSync(join(path, 'data.mdb')).size - before).toBeLessThan(4_000_000)
})
