/**
 * Killed at chosen points of erasing, pruning and compacting: what was kept is whole, what was deleted is
 * there whole or not at all, and the next prune goes on. Runs over the addon with failpoints.
 *
 * Checked to fail: without `clear` in `crates/core/src/store/disk.rs` what a compaction that was killed has made stays.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { failureOf, folder, opened } from '../contract/places.js'

const addon = fileURLToPath(
  new URL('../../crates/node/failpoints/histo-revisions.node', import.meta.url)
)
const dist = new URL('../../dist/index.js', import.meta.url).href

/** Prunes, erases or compacts in a process that ends at a point, hit for that time. */
function killedAt(path: string, point: string, what: string): Promise<string> {
  const program = `
    import { createDB } from ${JSON.stringify(dist)}
    const db = await createDB({ path: ${JSON.stringify(path)} }).ready()
    process.env.HISTO_FAILPOINT = ${JSON.stringify(point)}
    await ${what}
    console.log('survived')
    process.exit(0)`
  const env = { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: addon }
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--eval', program]
    execFile(process.execPath, args, { env, timeout: 60_000 }, (error, stdout) => {
      resolve(error?.signal ?? stdout)
    })
  })
}

/** 5,000 that stay, 6,000 that a prune has found, and one to be erased. */
async function prepared() {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const kept = await db.putMany(Array.from({ length: 5000 }, (_, n) => ({ data: n })))
  const items = Array.from({ length: 6000 }, (_, n) => ({ data: { n }, ancestors: [] }))
  const lost = await db.putMany(items, { moveHead: false })
  await db.prune({ grace: 0 })
  await db.close()
  return { path, kept, lost }
}

test('the addon with failpoints is built', () => {
  expect(existsSync(addon)).toBe(true)
})

test.each([
  ['prune.decided!1', 6000],
  ['prune.deleted!1', 6000],
  ['prune.stored!1', 0],
  ['prune.sweep!1', 0],
  ['prune.swept!1', 0],
  ['prune.sweep!2', 0]
])(
  'after a kill at %s of a prune, %i of the revisions to delete remain',
  { timeout: 60_000 },
  async (point, left) => {
    const { path, kept, lost } = await prepared()
    expect(await killedAt(path, point, 'db.prune({ grace: 0 })')).toBe('SIGABRT')
    const db = await opened({ path, durability: 'relaxed' })
    expect((await db.has(lost)).filter(Boolean)).toHaveLength(left)
    expect(await db.refDifference(null, kept.at(-1) ?? '')).toEqual(kept.toReversed())
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 5000 + left })
    const { deleted, bytes } = await db.prune({ grace: 0 })
    expect(deleted).toBe(left)
    if (!point.startsWith('prune.swept')) expect(bytes).toBeGreaterThan(0)
    expect((await db.has(lost)).some(Boolean)).toBe(false)
    expect(await db.get(kept[77] ?? '')).toBe(77)
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 5000 })
  }
)

test.each([
  ['prune.decided!1', 5000],
  ['prune.deleted!1', 5000],
  ['prune.stored!1', 100],
  ['prune.sweep!1', 100],
  ['prune.swept!1', 100]
])(
  'after a kill at %s of a prune with a horizon, %i revisions of the line remain',
  { timeout: 60_000 },
  async (point, left) => {
    const { path, kept, lost } = await prepared()
    const prune = 'db.prune({ horizon: { depth: 100 } })'
    expect(await killedAt(path, point, prune)).toBe('SIGABRT')
    const db = await opened({ path, durability: 'relaxed' })
    expect((await db.has(kept)).filter(Boolean)).toEqual(Array.from({ length: left }, () => true))
    expect((await db.has(lost)).every(Boolean)).toBe(true)
    const stub = left === 100 ? 1 : 0
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 6000 + left + stub })
    const { cut, bytes } = await db.prune({ horizon: { depth: 100 } })
    expect(cut).toBe(left - 100)
    if (point !== 'prune.swept!1') expect(bytes).toBeGreaterThan(0)
    expect(await db.getMany(kept.slice(-100))).toEqual(kept.slice(-100).map((_, n) => 4900 + n))
    expect((await failureOf(db.get(kept[77] ?? ''))).code).toBe('HISTO_SHALLOW')
    expect(await db.verify()).toMatchObject({ ok: true, revisions: 6101 })
  }
)

test.each([
  ['erase.decided!1', true],
  ['erase.stored!1', false]
])(
  'after a kill at %s of an erasure, whether the data remains: %s',
  { timeout: 60_000 },
  async (point, there) => {
    const { path, kept } = await prepared()
    const ref = kept[9] ?? ''
    expect(await killedAt(path, point, `db.erase('${ref}')`)).toBe('SIGABRT')
    const db = await opened({ path, durability: 'relaxed' })
    if (there) expect(await db.get(ref)).toBe(9)
    else expect((await failureOf(db.get(ref))).code).toBe('HISTO_SHALLOW')
    expect(await db.verify()).toMatchObject({ ok: true })
  }
)

test.each([
  'compact.copying!1',
  'compact.copying!3',
  'compact.copied!1',
  'compact.renamed!1',
  'compact.opened!1'
])('after a kill at %s of a compaction, everything remains', { timeout: 60_000 }, async (point) => {
  const { path, kept, lost } = await prepared()
  expect(await killedAt(path, point, 'db.compact()')).toBe('SIGABRT')
  const db = await opened({ path, durability: 'relaxed' })
  expect(await db.verify()).toMatchObject({ ok: true, revisions: 11_000 })
  expect(db.head()).toBe(kept.at(-1))
  expect((await db.has(lost)).every(Boolean)).toBe(true)
  expect(existsSync(`${path}/compact.partial`)).toBe(false)
  await db.compact()
  expect(await db.get(kept[77] ?? '')).toBe(77)
})
