/**
 * Processes that move amounts between branches by `batch`, killed at random: a reader of all branches at once finds
 * the sum that there was.
 *
 * Checked to fail: with each operation as a batch of its own, the first look finds another sum.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { possible } from '../support/skip.js'
import { folder, isLong, runDying, type Started, start } from './children.js'
import { canMount, runLimited, smallDisk } from './machine.js'

const [movers, accounts, amount] = [8, 100, 50]
const duration = isLong ? 60_000 : 4000

async function sumOf(path: string) {
  await using db = await createDB<{ amount: number }>({ path }).ready()
  const heads = Object.values(await db.branches())
  const all = await db.getMany(heads)
  const { ok } = await db.verify()
  const moved = (await db.refDifference(heads.slice(1), heads[0] as string)).length
  return { ok, moved, count: heads.length, sum: all.reduce((sum, { amount }) => sum + amount, 0) }
}

/** A database with all accounts. */
async function made(): Promise<string> {
  const path = folder()
  await using db = await createDB<{ amount: number }>({ path }).ready()
  const puts = Array.from({ length: accounts }, (_, n) => ({
    type: 'put' as const,
    branch: `account ${n}`,
    data: { amount }
  }))
  await db.batch(puts)
  return path
}

test(
  'the sum over a hundred branches is exact whoever is killed',
  async () => {
    const path = await made()
    const total = accounts * amount
    const running: Started[] = []
    const begin = () => running.push(start('move-amounts', path, String(total)))
    for (let n = 0; n < movers; n += 1) begin()
    let killed = 0
    for (const end = performance.now() + duration; performance.now() < end; killed += 1) {
      await sleep(100 + Math.random() * 200)
      const [one] = running.splice(Math.floor(Math.random() * running.length), 1)
      one?.child.kill('SIGKILL')
      expect(await one?.ended).toMatchObject({ signal: 'SIGKILL', stdout: '', stderr: '' })
      begin()
    }
    for (const one of running) one.child.kill('SIGKILL')
    for (const one of running) {
      expect(await one.ended).toMatchObject({ signal: 'SIGKILL', stdout: '', stderr: '' })
    }
    expect(killed).toBeGreaterThan(5)
    expect(await sumOf(path)).toMatchObject({ ok: true, count: accounts, sum: total })
    expect((await sumOf(path)).moved).toBeGreaterThan(1)
  },
  duration + 60_000
)

test.each([
  'prepare',
  'commit.begun',
  'commit.decided',
  'commit.written',
  'commit.stored',
  'answer'
])(
  'a process that ends at %s has done whole batches',
  async (point) => {
    const path = await made()
    const hit = 5 + Math.floor(Math.random() * 60)
    const { signal } = await runDying(
      `${point}!${hit}`,
      'move-amounts',
      path,
      String(accounts * amount)
    )
    expect([signal, hit]).toEqual(['SIGABRT', hit])
    expect(await sumOf(path)).toMatchObject({ ok: true, count: accounts, sum: accounts * amount })
  },
  60_000
)

const mounts = possible(canMount, 'full disks: no right to mount a file system')

test.runIf(mounts).each(['tmpfs', 'ext4'] as const)(
  'a batch without room on %s has done nothing',
  { timeout: 60_000 },
  (kind) => {
    const disk = smallDisk(kind, 8)
    if (disk === undefined) throw new Error(`no ${kind} could be mounted`)
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024))
    const seen = runLimited('-n 1024', 'fill-batch', join(disk, 'db'), ballast) as { done: number }
    const { done } = seen
    const at = (round: number) => ({ one: round, other: round, third: round % 2 === 0 })
    const failure = { code: 'HISTO_FULL', retryable: true, index: null }
    expect(seen).toEqual({ done, failure, after: at(done), ok: true, later: at(done + 1) })
    expect(done).toBeGreaterThan(5)
  }
)
