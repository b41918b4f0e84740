/** `merge`: up to date, fast-forward, or a revision that joins both, by compare-and-swap. */

import { expect, test } from 'vitest'
import type { MergeInput } from '../../ts/base/options.js'
import { failureOf, fork, openPlain, unknownRef } from '../support/open.js'

const neverAsked = () => {
  throw new Error('there is nothing to resolve')
}

test('a head that has the revision is up to date', async () => {
  const db = openPlain<string>()
  const { base, right } = await fork(db, 'base', 'left', 'right')
  expect(await db.merge(base, neverAsked)).toEqual({ kind: 'up-to-date', ref: right })
  expect(await db.merge(right, neverAsked)).toEqual({ kind: 'up-to-date', ref: right })
})

test('a head that the revision descends from is moved to it', async () => {
  const db = openPlain<string>()
  const { base, left } = await fork(db, 'base', 'left', 'right')
  await db.setHead(base)
  expect(await db.merge(left, neverAsked)).toEqual({ kind: 'fast-forward', ref: left })
  expect(db.head()).toBe(left)
})

test('without a head it is a fast-forward', async () => {
  const db = openPlain<string>()
  const { left } = await fork(db, 'base', 'left', 'right')
  const side = db.branch('side')
  expect(await side.merge(left, neverAsked)).toEqual({ kind: 'fast-forward', ref: left })
  expect(side.head()).toBe(left)
})

test('without a head an unknown revision is HISTO_NOT_FOUND', async () => {
  await expect(openPlain().merge(unknownRef, neverAsked)).rejects.toMatchObject({
    code: 'HISTO_NOT_FOUND'
  })
})

test('histories that forked are joined with the data of both and of their base', async () => {
  const db = openPlain<string>()
  const { left, right } = await fork(db, 'base', 'left', 'right')
  const inputs: MergeInput<string>[] = []
  const { kind, ref } = await db.merge(left, async (input) => {
    await Promise.resolve()
    inputs.push(input)
    return 'both'
  })
  expect(kind).toBe('merge')
  expect(inputs).toEqual([{ base: 'base', bases: ['base'], ours: 'right', theirs: 'left' }])
  expect(await db.revision()).toEqual({ ref, ancestors: [right, left], data: 'both' })
})

test('histories that share nothing have no base', async () => {
  const db = openPlain<string>()
  const theirs = await db.put('theirs', [])
  await db.put('ours', [])
  const inputs: MergeInput<string>[] = []
  await db.merge(theirs, (input) => {
    inputs.push(input)
    return 'both'
  })
  expect(inputs).toEqual([{ base: undefined, bases: [], ours: 'ours', theirs: 'theirs' }])
})

test('in a criss-cross resolve gets the data of both bases, in the order of mergeBases', async () => {
  const db = openPlain<string>()
  const { left, right } = await fork(db, 'base', 'left', 'right')
  const theirs = await db.put('theirs', [left, right])
  const ours = await db.put('ours', [right, left])
  const bases = await db.getMany(await db.mergeBases(ours, theirs))
  await db.merge(theirs, (input) => {
    expect(input).toEqual({ base: bases[0], bases, ours: 'ours', theirs: 'theirs' })
    return 'both'
  })
  expect(bases).toHaveLength(2)
})

test('if the head moves during resolve, the merge starts again', async () => {
  const db = openPlain<string>()
  const { left, right } = await fork(db, 'base', 'left', 'right')
  const seen: string[] = []
  const { ref } = await db.merge(left, async ({ ours }) => {
    seen.push(ours)
    if (seen.length === 1) await db.put('newer', [right])
    return `${ours}+left`
  })
  expect(seen).toEqual(['right', 'newer'])
  expect(await db.get(ref)).toBe('newer+left')
})

test('after somebody else’s merge of the same revision, nothing is left to do', async () => {
  const db = openPlain<string>()
  const { left } = await fork(db, 'base', 'left', 'right')
  const other: { ref?: string } = {}
  const result = await db.merge(left, async () => {
    other.ref = (await db.merge(left, () => 'theirs')).ref
    return 'ours'
  })
  expect(result).toEqual({ kind: 'up-to-date', ref: other.ref })
})

test('an exception of resolve is passed on and the head stays', async () => {
  const db = openPlain<string>()
  const { left, right } = await fork(db, 'base', 'left', 'right')
  const failure = new Error('undecided')
  expect(await failureOf(db.merge(left, () => Promise.reject(failure)))).toBe(failure)
  expect(db.head()).toBe(right)
})
