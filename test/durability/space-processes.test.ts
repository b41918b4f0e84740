/**
 * Revisions that another process deletes are deleted here too, whichever call comes first.
 *
 * Checked to fail: where deletions of others are not taken in (`take_in_deletions` in
 * `crates/core/src/engine/dead.rs`) what is gone is still found; where `tombstones` leaves out what the index has not yet
 * a push brings nothing.
 */

import { expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { inProcess } from '../http/servers.js'
import { folder, run } from './children.js'

async function giveBack(path: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await run('give-back', path, ...args)
  expect([code, stderr]).toEqual([0, ''])
}

/** Calls with a ref that another process has deleted, and their outcomes. */
const questions: [string, (db: DB, ref: string, head: string) => Promise<unknown>, unknown][] = [
  ['get', (db, ref) => db.get(ref), 'HISTO_NOT_FOUND'],
  ['getMany', (db, ref) => db.getMany([ref]), 'HISTO_NOT_FOUND'],
  ['revision', (db, ref) => db.revision(ref), 'HISTO_NOT_FOUND'],
  ['has', (db, ref) => db.has([ref, unknownRef]), [false, false]],
  ['ancestors', (db, ref) => db.ancestors(ref), 'HISTO_NOT_FOUND'],
  ['refDifference', (db, ref) => db.refDifference(null, ref), 'HISTO_NOT_FOUND'],
  ['mergeBases', (db, ref, head) => db.mergeBases(ref, head), 'HISTO_NOT_FOUND'],
  ['isAncestor', (db, ref, head) => db.isAncestor(ref, head), 'HISTO_NOT_FOUND'],
  ['history', (db, ref) => db.history(ref).next(), 'HISTO_NOT_FOUND'],
  ['setHead', (db, ref) => db.setHead(ref), 'HISTO_NOT_FOUND'],
  ['setRemoteHead', (db, ref) => db.setRemoteHead('r', ref), 'HISTO_NOT_FOUND'],
  ['put', (db, ref) => db.put('child', [ref]), 'HISTO_MISSING_ANCESTOR'],
  ['createStream', (db, ref) => db.createStream([ref]).read(), 'HISTO_NOT_FOUND'],
  ['merge', (db, ref) => db.merge(ref, () => 'joined'), 'HISTO_NOT_FOUND'],
  [
    'writeStream',
    (db, ref) => db.writeStream([{ ancestors: [ref], data: 1 }]),
    'HISTO_MISSING_ANCESTOR'
  ]
]

test('each call notices that another process has pruned what it asks for', async () => {
  const path = folder()
  await using db = await createDB({ path }).ready()
  const head = await db.put('head')
  const refs: string[] = []
  for (const [call] of questions) refs.push(await db.put(call, [head], { moveHead: false }))
  for (const [place, [call, ask, expected]] of questions.entries()) {
    const ref = refs[place] ?? ''
    const others = refs.slice(place + 1)
    await giveBack(path, 'prune', ...others)
    const outcome = await ask(db, ref, head).catch((error) => error.code)
    expect([call, outcome]).toEqual([call, expected])
    expect(await db.has(others)).toEqual(others.map(() => true))
    await db.setHead(head)
  }
})

test('an erasure of another process is noticed, and a put here undoes it there', async () => {
  const path = folder()
  await using db = await createDB({ path }).ready()
  const [first = '', second = ''] = await db.putMany([{ data: 'first' }, { data: 'second' }])
  await giveBack(path, 'erase', first)
  expect(await failureOf(db.get(first))).toMatchObject({ code: 'HISTO_SHALLOW', ref: first })
  expect(await db.isAncestor(first, second)).toBe(true)
  expect(await db.put('first', [], { moveHead: false })).toBe(first)
  expect(await db.get(first)).toBe('first')
  await giveBack(path, 'erase', second)
  expect(await db.get(first)).toBe('first')
  expect((await failureOf(db.get(second))).code).toBe('HISTO_SHALLOW')
})

test('two processes that prune and write by turns agree in the end', async () => {
  const path = folder()
  await using db = await createDB({ path, durability: 'relaxed' }).ready()
  const kept: string[] = []
  for (let round = 0; round < 4; round += 1) {
    kept.push(await db.put(`kept ${round}`))
    const drafts = Array.from({ length: 1500 }, (_, n) =>
      db.put(`${round} ${n}`, [], { moveHead: false })
    )
    const lost = await Promise.all(drafts)
    await giveBack(path, 'prune')
    expect((await db.has(lost)).some(Boolean)).toBe(false)
    expect(await db.refDifference(null, kept.at(-1) ?? '')).toEqual(kept.toReversed())
  }
  await giveBack(path, 'prune')
  expect(await db.getMany(kept)).toEqual(kept.map((_, round) => `kept ${round}`))
})

/** The outcome of calls with a ref that another process has cut away: always the same. */
const needs: [string, (db: DB, ref: string, head: string) => Promise<unknown>][] = [
  ['get', (db, ref) => db.get(ref)],
  ['revision', (db, ref) => db.revision(ref)],
  ['ancestors', (db, ref) => db.ancestors(ref)],
  ['refDifference', (db, ref, head) => db.refDifference(ref, head)],
  ['refDifference of all', (db, _ref, head) => db.refDifference(null, head)],
  ['mergeBases', (db, ref, head) => db.mergeBases(ref, head)],
  ['isAncestor', (db, ref, head) => db.isAncestor(ref, head)],
  ['history', (db, ref) => db.history(ref).next()],
  ['setHead', (db, ref) => db.setHead(ref)],
  ['setRemoteHead', (db, ref) => db.setRemoteHead('r', ref)],
  ['put', (db, ref) => db.put('child', [ref])],
  ['createStream', (db, ref) => db.createStream([ref]).read()],
  ['merge', (db, ref) => db.merge(ref, () => 'joined')],
  ['writeStream', (db, ref) => db.writeStream([{ ancestors: [ref], data: 1 }])]
]

test('each call notices that another process has cut away what it asks for', async () => {
  const path = folder()
  await using db = await createDB({ path }).ready()
  for (const [call, ask] of needs) {
    const refs = await db.putMany(Array.from({ length: 9 }, (_, n) => ({ data: { call, n } })))
    const [far = '', near = '', head = ''] = [refs[2], refs[7], refs[8]]
    const { code, stderr } = await run('cut', path, '2')
    expect([code, stderr]).toEqual([0, ''])
    expect([call, (await failureOf(ask(db, far, head))).code]).toEqual([call, 'HISTO_SHALLOW'])
    expect(await db.isAncestor(near, head)).toBe(true)
    expect(await db.has(refs)).toEqual(refs.map((_, n) => n >= 7))
    expect(db.head()).toBe(head)
  }
})

test('tombstones that another process takes in are asked for here, and what it fills in is there', async () => {
  const path = folder()
  await using db = await createDB({ path, name: 'db' }).ready()
  await db.put('of before')
  const take = async (what: string) => {
    const { code, stderr } = await run('take-tombstones', path, '9000', what)
    expect([code, stderr]).toEqual([0, ''])
  }
  await take('tombstones')
  const source = createDB({ name: 'source' })
  const items = Array.from({ length: 9000 }, (_, n) => ({ data: { n } }))
  const refs = await source.putMany(items)
  const pushed = await createSynchronizer(source, inProcess(db)).run()
  expect(pushed.revisions).toBe(9000)
  expect(await db.has(refs)).not.toContain(false)
  const other = folder()
  await using late = await createDB({ path: other, name: 'late' }).ready()
  const eraser = createDB({ name: 'eraser' })
  await eraser.putMany(items)
  for (const ref of refs) await eraser.erase(ref)
  await createSynchronizer(eraser, late).run()
  expect((await run('take-tombstones', other, '9000', 'data')).code).toBe(0)
  expect(await late.has(refs)).not.toContain(false)
  expect(await late.verify()).not.toHaveProperty('tombstones')
}, 120_000)
