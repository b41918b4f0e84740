/**
 * kill -9 at random moments: nothing that was acknowledged is lost, and the chain is whole.
 *
 * Checked to fail: with the outcomes that were decided answered 3 ms before `engine.commit` (in
 * `Group::commit` of `crates/node/src/threads/writer.rs`), each of these tests finds refs missing.
 */

import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { folder, isLong, start } from './children.js'

/** Kills of each kind of writer. */
const kills = isLong ? 100 : 7
const timeout = isLong ? 3_600_000 : 120_000

/** Lets a writer run for up to 150 ms after its first acknowledgement, then kills it. */
async function killedWriter(path: string, width: number, durability = 'sync'): Promise<string[]> {
  const { child, ended } = start('append', path, String(width), durability)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
  child.kill('SIGKILL')
  const { stdout, stderr, signal } = await ended
  expect([signal, stderr]).toEqual(['SIGKILL', ''])
  return stdout.split('\n').filter((line) => line.length === 64)
}

/** The chain from the head down, which must be one line to the root. */
async function lineOf(db: DB<string>): Promise<string[]> {
  const refs: string[] = []
  let next: string | undefined
  for await (const { ref, ancestors, data } of db.history()) {
    if (next !== undefined) expect(ref).toBe(next)
    expect(ancestors.length).toBeLessThanOrEqual(1)
    expect(data).toMatch(/^\d+ \d+$/)
    refs.push(ref)
    next = ancestors[0]
  }
  expect(next).toBeUndefined()
  return refs
}

test.each([
  [1, 'sync'],
  [64, 'sync'],
  [16, 'relaxed']
] as const)(
  'kills with %i puts in flight lose nothing (durability %s)',
  async (width, durability) => {
    const path = folder()
    const acknowledged: string[] = []
    for (let round = 0; round < kills; round += 1) {
      const refs = await killedWriter(path, width, durability)
      expect(refs.length).toBeGreaterThan(0)
      acknowledged.push(...refs)
      const db = createDB<string>({ path, durability })
      const line = await lineOf(db)
      const position = new Map(line.map((ref, n) => [ref, n]))
      expect(acknowledged.filter((ref) => !position.has(ref))).toEqual([])
      expect(db.head()).toBe(line[0])
      expect(await db.has(acknowledged)).toEqual(acknowledged.map(() => true))
      expect(await db.refDifference(acknowledged.at(-1), line[0] ?? '')).toHaveLength(
        position.get(acknowledged.at(-1) ?? '') ?? -1
      )
      expect(await db.verify()).toMatchObject({ ok: true, revisions: line.length })
      await db.close()
    }
  },
  timeout
)

test('writers that are killed do not hold up another process', async () => {
  const path = folder()
  await using db = await createDB<string>({ path }).ready()
  for (let round = 0; round < 8; round += 1) {
    const writer = killedWriter(path, 16)
    const own = Array.from({ length: 50 }, (_, n) => db.put(`${round} ${n}`))
    const refs = [...(await Promise.all(own)), ...(await writer), await db.put(`${round} 50`)]
    const reachable = new Set(await db.refDifference(null, db.head() ?? ''))
    expect(refs.filter((ref) => !reachable.has(ref))).toEqual([])
  }
})
