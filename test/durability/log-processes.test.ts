/**
 * Processes that move the same heads in every way, undo and redo each other's moves, synchronize, prune and reopen the
 * database, killed at random: the log and the heads are never apart, and each undo and redo led where a list of what the
 * branch has been says.
 *
 * Checked to fail: where an undo of several moves is taken for one of them.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB, type DB, type LogEntry } from '../../ts/index.js'
import { Model } from '../support/undo-model.js'
import { folder, isLong, type Started, start } from './children.js'

const movers = 3
const kills = isLong ? 200 : 8

/** Undos and redos that make the run worth looking at; a busy machine takes longer to get there. */
const fewestTravels = isLong ? 2000 : 20
const most = 120_000

async function countTravels(db: DB): Promise<number> {
  let count = 0
  for await (const { action } of db.log()) if (action === 'undo' || action === 'redo') count += 1
  return count
}

/** Goes through the log from its beginning; where it ends, and how many undos and redos it has. */
function replayed(entries: readonly LogEntry[]) {
  const model = new Model()
  let travels = 0
  for (const { id, branch, from, to, action, steps = 1 } of entries) {
    expect([id, from]).toEqual([id, model.head(branch)])
    if (action === 'undo' || action === 'redo') {
      travels += 1
      expect([id, model.travel(branch, action, steps)]).toEqual([id, to])
    } else model.move(branch, to as string | null)
  }
  const names = [...model.branches.keys()]
  const heads = names.map((name) => [name, model.head(name)]).filter(([, head]) => head !== null)
  return { heads: Object.fromEntries(heads), travels }
}

test(
  'the log matches the heads, whichever process is killed',
  async () => {
    const path = folder()
    const running: Started[] = []
    const begin = () => running.push(start('move-heads', path, String(running.length)))
    for (let n = 0; n < movers; n += 1) begin()
    await new Promise((resolve) => running[0]?.child.stdout?.once('data', resolve))
    await using db = await createDB({ path, durability: 'relaxed' }).ready()
    const end = performance.now() + kills * 2000 + most
    let killed = 0
    const goesOn = async () => killed < kills || (await countTravels(db)) <= fewestTravels
    for (; performance.now() < end && (await goesOn()); killed += 1) {
      await sleep(50 + Math.random() * 150)
      const [one] = running.splice(Math.floor(Math.random() * running.length), 1)
      one?.child.kill('SIGKILL')
      expect(await one?.ended).toMatchObject({ signal: 'SIGKILL', stderr: '' })
      begin()
    }
    for (const one of running) one.child.kill('SIGKILL')
    for (const one of running) expect(await one.ended).toMatchObject({ stderr: '' })
    const entries: LogEntry[] = []
    for await (const entry of db.log()) entries.push(entry)
    const { heads, travels } = replayed(entries.reverse())
    expect({ ...(await db.branches()) }).toEqual(heads)
    expect([killed >= kills, travels > fewestTravels]).toEqual([true, true])
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    expect(await db.verify()).toMatchObject({ ok: true })
  },
  60_000 + kills * 2000 + most
)
