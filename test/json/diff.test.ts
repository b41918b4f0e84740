/** Differences as patches, judged by two that apply them. */

import fc from 'fast-check'
import fastJsonPatch from 'fast-json-patch'
import { expect, test } from 'vitest'
import { applyPatch, type DiffOptions, diff } from '../../ts/json-entry.js'
import { similar, values } from './values.js'

function assertMakes(before: unknown, after: unknown, options?: DiffOptions): void {
  const patch = diff(before, after, options)
  expect(applyPatch(before, patch)).toEqual(after)
  const judged = fastJsonPatch.applyPatch(structuredClone(before), structuredClone(patch) as never)
  expect(judged.newDocument).toEqual(after)
}

const runs = { numRuns: 1_000 }

test('a patch makes the second of any two values, for us and for another judge', () => {
  fc.assert(
    fc.property(values, values, (before, after) => assertMakes(before, after)),
    runs
  )
})

test('a patch makes the second of two values that have much in common, whatever the options', () => {
  const options = fc.record<DiffOptions>({
    arrayKey: fc.constantFrom('id', 'x', [], ['x', 'id'], () => 'id', undefined),
    moves: fc.constantFrom(true, false, undefined)
  })
  fc.assert(
    fc.property(similar, similar, options, (before, after, how) => assertMakes(before, after, how)),
    { numRuns: 3_000 }
  )
})

test('no options are the default keys and moves', () => {
  const before = [{ key: 1 }, { key: 2 }, { key: 3 }]
  const after = [{ key: 2 }, { key: 3 }, { key: 1, x: 0 }]
  expect(diff(before, after)).toEqual([
    { op: 'move', from: '/0', path: '/2' },
    { op: 'add', path: '/2/x', value: 0 }
  ])
  expect(diff(before, after, { moves: false })).toEqual([
    { op: 'remove', path: '/0' },
    { op: 'add', path: '/2', value: { key: 1, x: 0 } }
  ])
})

test('the first preferred name that every element has identifies the elements', () => {
  const before = [
    { a: 1, b: 1, x: 0 },
    { b: 2, x: 0 }
  ]
  const after = [
    { b: 2, x: 1 },
    { a: 1, b: 1, x: 1 }
  ]
  const patch = diff(before, after, { arrayKey: ['a', 'b'] })
  expect(patch.map(({ op }) => op)).toEqual(['move', 'replace', 'replace'])
})

test('a function returns the keys of an array for its pointer; what it throws is rethrown', () => {
  const asked: string[] = []
  const arrayKey = (pointer: string) => {
    asked.push(pointer)
    return undefined
  }
  diff({ 'a/': [1, 2, 3], b: [1] }, { 'a/': [3, 4, 1], b: [1] }, { arrayKey })
  expect(asked).toEqual(['/a~1'])
  const failure = new Error('of the user')
  const failing = () => {
    throw failure
  }
  expect(() => diff([1, 2, 3], [3, 4, 1], { arrayKey: failing })).toThrow(failure)
  expect(() => diff([1, 2, 3], [3, 4, 1], { arrayKey: () => 7 as never })).toThrow(TypeError)
  expect(diff([1], [2], { arrayKey })).toHaveLength(1)
})

test('data is converted as put would write it', () => {
  expect(diff({ at: new Date(0) }, { at: new Date(1) })).toEqual([
    { op: 'replace', path: '/at', value: '1970-01-01T00:00:00.001Z' }
  ])
  expect(diff({ a: 1, b: undefined }, { a: 1 })).toEqual([])
})

test('data that JSON cannot represent is misuse', () => {
  for (const wrong of [undefined, 1n, () => 1, new Map(), new Uint8Array(2), '\ud800']) {
    expect(() => diff(wrong, 1)).toThrow(TypeError)
    expect(() => diff(1, wrong)).toThrow(TypeError)
  }
  expect(() => diff(1, 2, { arrayKey: 7 as never })).toThrow(TypeError)
  expect(() => diff(1, 2, { moves: 7 as never })).toThrow(TypeError)
})

test('keys with escapes come back as they are', () => {
  const patch = diff({}, { '\n"\\/~': { '"': 1, '\\': 2 } })
  expect(patch).toEqual([{ op: 'add', path: '/\n"\\~1~0', value: { '"': 1, '\\': 2 } }])
})

test('a document of a thousand rows has small patches', () => {
  const row = (id: number) => ({ id, name: `row ${id}`, text: 'x'.repeat(60), tags: ['a', 'b'] })
  const before = { rows: Array.from({ length: 1_000 }, (_, id) => row(id)) }
  const after = structuredClone(before)
  after.rows.splice(400, 0, row(5_000))
  expect(diff(before, after)).toEqual([{ op: 'add', path: '/rows/400', value: row(5_000) }])
  expect(diff(after, before)).toEqual([{ op: 'remove', path: '/rows/400' }])
  const moved = structuredClone(before)
  for (let at = 0; at < 10; at += 1) {
    moved.rows.splice(at * 37, 0, ...moved.rows.splice(at * 91 + 7, 1))
  }
  const patch = diff(before, moved)
  expect(patch.length).toBeLessThanOrEqual(10)
  expect(new Set(patch.map(({ op }) => op))).toEqual(new Set(['move']))
  expect(JSON.stringify(patch).length).toBeLessThanOrEqual(1_024)
})

test('a thousand levels are walked, on a small stack too', () => {
  const nested = (x: number) => {
    let value: unknown = x
    for (let depth = 0; depth < 999; depth += 1) value = { a: x, b: value }
    return value
  }
  expect(diff(nested(1), nested(2))).toHaveLength(1_000)
})
