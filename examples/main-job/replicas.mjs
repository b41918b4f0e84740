/**
 * Two databases that work apart and come together again.
 *
 * The second takes everything over, both are edited offline, each hands its edits to the other, one
 * merges, and both end at the same head. Each step answers its row of the table.
 */

import assert from 'node:assert/strict'
import { createSynchronizer } from 'histo-revisions'
import { number, progress } from './progress.mjs'

/** The first synchronization: everything. */
export async function copyAll(first, second) {
  const step = `first synchronization, ${first.name} to ${second.name}`
  let bar
  const onProgress = ({ done, total }) => {
    bar ??= progress('synchronizing', total)
    bar.to(done)
  }
  const start = performance.now()
  const { head, revisions, bytes } = await createSynchronizer(first, second, { onProgress }).run()
  const ms = performance.now() - start
  bar ??= progress('synchronizing', revisions)
  bar.end(`${number(revisions)} revisions, ${number(bytes / 1024)} KiB`)
  assert.equal(head, first.head())
  assert.equal(await second.remoteHead(first.name), head)
  const { kind } = await second.merge(head, mustNotMerge)
  assert.equal(kind, 'fast-forward')
  assert.equal(second.head(), head)
  return { step, revisions, ms }
}

/** Edits without a connection. The puts are not awaited one by one: they form a chain. */
export async function edit(db, count) {
  const start = performance.now()
  const data = await db.get()
  const notes = data.notes ?? []
  const puts = Array.from({ length: count }, (_empty, index) => {
    notes.push(`${db.name}, note ${index + 1}`)
    return db.put({ ...data, notes: [...notes] })
  })
  const refs = await Promise.all(puts)
  assert.equal(db.head(), refs.at(-1))
  return {
    step: `${count} edits offline in ${db.name}`,
    revisions: count,
    ms: performance.now() - start
  }
}

/** Both ways, a merge on the second, and back. */
export async function comeTogether(first, second) {
  const base = await first.commonAncestor(await second.remoteHead(first.name))
  const start = performance.now()
  const there = await createSynchronizer(first, second).run()
  const back = await createSynchronizer(second, first).run()
  const merge = await second.merge(await second.remoteHead(first.name), resolve)
  assert.equal(merge.kind, 'merge')
  const result = await createSynchronizer(second, first).run()
  const { kind, ref } = await first.merge(await first.remoteHead(second.name), mustNotMerge)
  assert.equal(kind, 'fast-forward')
  assert.equal(ref, merge.ref)
  assert.equal(first.head(), second.head())
  await checkMerge(first, base)
  const revisions = there.revisions + back.revisions + result.revisions
  console.log(`both ways and a merge: ${revisions} revisions, both at ${ref.slice(0, 12)}`)
  return { step: 'both ways, merge, back', revisions, ms: performance.now() - start }
}

/** Keeps the notes of both sides, each once. */
function resolve({ base, ours, theirs }) {
  const known = base?.notes ?? []
  const own = (ours.notes ?? []).slice(known.length)
  const their = (theirs.notes ?? []).slice(known.length)
  return { ...ours, notes: [...known, ...own, ...their] }
}

async function checkMerge(db, base) {
  const { ancestors, data } = await db.revision()
  assert.equal(ancestors.length, 2)
  assert.deepEqual(await db.mergeBases(ancestors[0], ancestors[1]), [base])
  assert.equal(new Set(data.notes).size, data.notes.length)
  assert.equal((await db.refDifference(base, db.head())).length, data.notes.length + 1)
}

function mustNotMerge() {
  throw new Error('a fast-forward was expected')
}
