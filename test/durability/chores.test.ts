/**
 * Processes and workers that end while they copy, verify, compact, prune, erase, rescue, synchronize, watch or
 * write: no crash, no hang, what is there is whole, and what workers had open is closed.
 *
 * Checked to fail: where a database that its environment ends with does not leave its path (`Drop` in
 * `crates/node/src/database.rs`) the files stay open.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, isLong, run } from './children.js'

const chores = [
  'backup',
  'verify',
  'compact',
  'prune',
  'erase',
  'rescue',
  'synchronize',
  'live on',
  'watch',
  'write a stream',
  'put many'
]
/** Turns of the event loop before the end by `process.exit`, and by an error that nobody catches. */
const turns = isLong
  ? { exit: [1, 2, 6, 13, 80, 200], throw: [0, 3, 30] }
  : { exit: [6], throw: [0] }
const timeout = isLong ? 900_000 : 60_000
/** So often three workers are ended. */
const rounds = isLong ? 10 : 1

/** Everything at a path, and its copy where there is one, is right. */
async function expectWhole(path: string, copy: string): Promise<void> {
  for (const each of [path, copy]) {
    if (each === copy && !existsSync(join(copy, 'data.mdb'))) continue
    await using db = await createDB({ path: each, durability: 'relaxed' }).ready()
    expect(await db.verify()).toMatchObject({ ok: true })
    expect(await db.refDifference(null, db.head() ?? '')).toHaveLength(2_000)
  }
}

test.each(chores)(
  'a process that ends during %s ends, and everything is whole',
  { timeout },
  async (chore) => {
    for (const [way, code] of [
      ['exit', 7],
      ['throw', 1]
    ] as const) {
      for (const turn of turns[way]) {
        const path = join(folder(), 'db')
        const ended = await run('chores-and-leave', path, chore, way, String(turn))
        expect([ended.code, ended.signal]).toEqual([code, null])
        await expectWhole(path, `${path}-${way}`)
      }
    }
  }
)

test.each(chores)(
  'workers that are terminated while they are to %s do no harm',
  { timeout },
  async (chore) => {
    const path = join(folder(), 'db')
    const ended = await run('chores-and-leave', path, chore, 'workers', String(rounds))
    expect(ended).toEqual({ code: 0, signal: null, stdout: '{"ok":true,"open":0}\n', stderr: '' })
    for (let round = 0; round < rounds; round += 1) {
      for (let n = 0; n < 3; n += 1) await expectWhole(path, `${path}-${round}-${n}`)
    }
  }
)
