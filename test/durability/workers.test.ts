/**
 * Worker threads: four at once, terminated in flight; no crash, no hang, nothing lost.
 *
 * Checked to fail: where each opening is taken for the first (`join` in `crates/node/src/threads/registry.rs`) those that
 * share a path are refused. What is left of one that is terminated: `chores.test.ts`.
 */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, run } from './children.js'

test.each([
  ['one', 'ended'],
  ['one', 'terminated'],
  ['separate', 'ended'],
  ['separate', 'terminated'],
  ['opened', 'terminated']
])('workers on paths (%s), %s in flight, lose nothing', async (layout, ending) => {
  const { code, signal, stdout, stderr } = await run('workers', `${folder()}/db`, layout, ending)
  expect([code, signal, stderr]).toEqual([0, null, ''])
  const acknowledged = JSON.parse(stdout) as [string, string][]
  const least = ending === 'ended' ? 1200 : 600
  expect(acknowledged.length).toBeGreaterThanOrEqual(least)
  for (const path of new Set(acknowledged.map(([where]) => where))) {
    await using db = await createDB({ path }).ready()
    const reachable = new Set(await db.refDifference(null, db.head() ?? ''))
    const lost = acknowledged.filter(([where, ref]) => where === path && !reachable.has(ref))
    expect(lost).toEqual([])
  }
})
