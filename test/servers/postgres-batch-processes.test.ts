/**
 * Processes that move amounts between branches on PostgreSQL by `batch`, killed at random: a reader of all branches at once
 * finds the sum that there was. Twin of `test/durability/batch-processes.test.ts`.
 *
 * Checked to fail: with each operation as a batch of its own, the first look finds another sum.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { isLong, type Started, start } from '../durability/children.js'
import { config, isThere, poolOf, schemaOf } from './postgres.js'

const [movers, accounts, amount] = [8, 100, 50]
const total = accounts * amount
const duration = isLong ? 60_000 : 4000

describe.runIf(isThere)('PostgreSQL', () => {
  test(
    'the sum over a hundred branches is exact whoever is killed',
    async () => {
      const schema = schemaOf()
      const db = createDB<{ amount: number }>(postgresStores(poolOf(), { schema }))
      onTestFinished(() => db.close())
      const names = Array.from({ length: accounts }, (_, n) => `account ${n}`)
      await db.batch(names.map((branch) => ({ type: 'put', branch, data: { amount } })))
      const first = await db.branches()
      const running: Started[] = []
      const begin = () =>
        running.push(start('move-amounts', JSON.stringify(config), String(total), schema))
      for (let n = 0; n < movers; n += 1) begin()
      let [killed, moved] = [0, 0]
      const end = performance.now() + duration
      // A busy machine takes longer to move something.
      const last = end + 60_000
      for (; performance.now() < end || (moved < 20 && performance.now() < last); killed += 1) {
        await sleep(200 + Math.random() * 400)
        const [one] = running.splice(Math.floor(Math.random() * running.length), 1)
        one?.child.kill('SIGKILL')
        expect(await one?.ended).toMatchObject({ signal: 'SIGKILL', stdout: '', stderr: '' })
        begin()
        const heads = await db.branches()
        const all = await db.getMany(Object.values(heads))
        expect(all.reduce((sum, it) => sum + it.amount, 0)).toBe(total)
        moved = names.filter((name) => heads[name] !== first[name]).length
      }
      expect([killed > 5, moved >= 20]).toEqual([true, true])
    },
    duration + 120_000
  )
})
