/** Slips of a caller: an error says which item was wrong, or names the call that was meant. */

import { MemoryLevel } from 'memory-level'
import { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { createDB, type HistoError } from '../../ts/index.js'
import { applyPatch } from '../../ts/json-entry.js'
import { failureOf, kinds } from '../support/data.js'

describe.each(kinds)('over %s', (_kind, open) => {
  test('the name of a branch in place of a ref is told that resolve finds it', async () => {
    const db = await open()
    const ref = await db.put(1)
    const told = async (call: Promise<unknown>) => ((await failureOf(call)) as HistoError).message
    const hint = '; if it is the name of a branch, resolve() finds its ref'
    expect(await told(db.get('main'))).toBe(`revision not found: main${hint}`)
    expect(await told(db.isAncestor(ref, 'main'))).toBe(`revision not found: main${hint}`)
    expect(await told(db.get('0'.repeat(64)))).toBe(`revision not found: ${'0'.repeat(64)}`)
  })

  test('an item of putMany that is refused is told by its number', async () => {
    const db = await open()
    const indexOf = async (item: unknown) => {
      const items = [{ data: 1 }, { data: 2 }, item] as { data: unknown }[]
      return (await failureOf(db.putMany(items))) as HistoError
    }
    const frozen = Object.freeze(new RangeError('frozen'))
    const throwing = {
      toJSON() {
        throw frozen
      }
    }
    for (const item of [
      null,
      {},
      { data: 1, ancestors: [''] },
      { data: 1, meta: 5 },
      { date: 1 }
    ]) {
      expect(await indexOf(item)).toMatchObject({ name: 'TypeError', index: 2 })
    }
    expect(await indexOf({ data: throwing })).toBe(frozen)
    expect(await db.head()).toBeNull()
  })

  test('options are refused where a call has none', async () => {
    const db = await open()
    const given = (call: unknown, ...args: unknown[]) =>
      (call as (...all: unknown[]) => unknown)(...args)
    expect(() => given(db.branch, 'draft', { readOnly: true })).toThrow(
      "branch has no option 'readOnly'"
    )
    expect(() => given(db.createStream, [], { signal: 1 })).toThrow(
      "createStream has no option 'signal'"
    )
    expect(['a', 'b'].map(db.branch).map((branch) => branch.branchName)).toEqual(['a', 'b'])
  })
})

test('a level or a pool in place of options names the call that makes stores of it', () => {
  const create = createDB as (options: unknown) => unknown
  const level =
    'createDB takes no level itself: give it what levelStores(level) of histo-revisions/level returns'
  expect(() => create(new MemoryLevel())).toThrow(new TypeError(level))
  expect(() => create(new Pool())).toThrow('postgresStores(pool) of histo-revisions/postgres')
})

test('applyPatch refuses options', () => {
  const given = applyPatch as (...args: unknown[]) => unknown
  expect(() => given(1, [], { dryRun: true })).toThrow("applyPatch has no option 'dryRun'")
})
