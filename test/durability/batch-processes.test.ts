/**
 * Processes that move amounts between branches by `batch`, killed at random: whoever reads all branches at once finds
 * the sum that there was.
 *
 * Checked to fail: with each operation as a batch of its own, the first look finds another sum.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, isLong, type Started, start } from './children.js'

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

test(
  'the sum over a hundred branches is exact whoever is killed',
  async () => {
    const path = folder()
    {
      await using db = await createDB<{ amount: number }>({ path }).ready()
      const puts = Array.from({ length: accounts }, (_, n) => ({
        type: 'put' as const,
        branch: `account ${n}`,
        data: { amount }
      }))
      await db.batch(puts)
    }
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
