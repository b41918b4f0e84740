/**
 * Processes that end at a chosen point of a write: at every step of the writer, and at every write and
 * sync of its file, before it, in the middle of it, and behind it.
 *
 * Checked to fail: with the outcomes that were decided answered before the commit (see `kill.test.ts`), up
 * to 4,000 acknowledged refs are missing after the kills at writes and syncs. Without `create.rs`, which
 * makes a database aside, an early kill leaves a file that is refused; without `sweep` there, a folder.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { failpoints, folder, isLong, run, runDying, startIn } from './children.js'
import { randomFrom } from './device/power-loss.js'
import { canRecord, recorder } from './device/recorder.js'

/** Kills at each point. */
const kills = isLong ? 15 : 1
const timeout = isLong ? 3_600_000 : 120_000
const right = { whole: true, lost: 0, repaired: false, writtenOn: true }

/** Runs a writer that ends at a chosen point; returns what is found afterwards. */
async function endedWriter(variables: Record<string, string>, signal: string): Promise<unknown> {
  const work = folder()
  const path = join(work, 'db')
  const { ended } = startIn(variables, 'write-and-tell', path, work, '150', 'sync')
  expect(await ended).toMatchObject({ code: null, signal, stderr: '' })
  const told = existsSync(join(work, 'acks')) ? readFileSync(join(work, 'acks'), 'utf8') : ''
  const acknowledged = told.split('\n').filter((line) => line.length === 64)
  if (!existsSync(join(path, 'data.mdb'))) {
    expect(told).toBe('') // it ended before there was a database
    await using db = createDB({ path })
    expect(await db.put('the first')).toBe(db.head())
    return right
  }
  const input = join(work, 'input.json')
  writeFileSync(input, JSON.stringify([{ path, acknowledged, synced: 0, durability: 'sync' }]))
  const { code, stdout, stderr } = await run('look-through', input)
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

const points = [
  'prepare',
  'commit.asked',
  'commit.begun',
  'commit.decided',
  'commit.written',
  'commit.stored',
  'answer'
]

test('the addon with failpoints is built', () => {
  expect(existsSync(failpoints)).toBe(true)
})

test.each(points)(
  'a process that ends at %s loses no acknowledged write',
  async (point) => {
    const random = randomFrom(point.length)
    for (let kill = 0; kill < kills; kill += 1) {
      const hit = 1 + Math.floor(random() * 60)
      const variables = {
        NAPI_RS_NATIVE_LIBRARY_PATH: failpoints,
        HISTO_FAILPOINT: `${point}!${hit}`
      }
      expect(await endedWriter(variables, 'SIGABRT'), `hit ${hit}`).toMatchObject(right)
    }
  },
  timeout
)

test('the next opening removes what a process left that ended while it made a database', async () => {
  const path = folder()
  const { signal } = await runDying('create.made!1', 'append', path, '1', 'sync')
  expect(signal).toBe('SIGABRT')
  const left = readdirSync(path)
  expect(left.filter((name) => /^new-[\da-f]{16}\.(partial|lock)$/.test(name))).toHaveLength(2)
  expect(left).not.toContain('data.mdb')
  await using db = createDB<string>({ path })
  await db.put('the first')
  expect(readdirSync(path).toSorted()).toEqual(['data.mdb', 'lock.mdb', 'open.lock'])
})

if (!canRecord) {
  process.stderr.write('SKIPPED: kills at system calls need Linux and a C compiler\n')
}

describe.runIf(canRecord)('at a write or sync of the file', () => {
  test.each(['before', 'torn', 'after'])(
    'a kill %s it loses no acknowledged write',
    async (how) => {
      const random = randomFrom(how.length)
      for (let kill = 0; kill < kills * 4; kill += 1) {
        // The first dozen make the database; some 300 follow.
        const at = 1 + Math.floor(random() * (kill % 4 === 0 ? 15 : 250))
        const variables = {
          LD_PRELOAD: recorder(),
          HISTO_KILL_AT: String(at),
          HISTO_KILL_HOW: how
        }
        expect(await endedWriter(variables, 'SIGKILL'), `number ${at}`).toMatchObject(right)
      }
    },
    timeout
  )
})
