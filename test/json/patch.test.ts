/** Patches applied, and pointers read. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { HistoError } from '../../ts/index.js'
import { applyPatch, get, type Operation } from '../../ts/json-entry.js'

interface SuiteCase {
  readonly comment?: string
  readonly doc: unknown
  readonly patch: Operation[]
  readonly expected?: unknown
  readonly error?: string
  readonly disabled?: boolean
}

const require = createRequire(import.meta.url)

function suite(name: string): [string, SuiteCase][] {
  const path = require.resolve(`json-patch-test-suite/${name}`)
  const cases = JSON.parse(readFileSync(path, 'utf8')) as SuiteCase[]
  return cases
    .filter(({ disabled }) => disabled !== true)
    .map((each, number) => [`${number} ${each.comment ?? each.error ?? ''}`, each])
}

const cases = [...suite('tests.json'), ...suite('spec_tests.json')]

test('the public suite of RFC 6902 has its cases', () => {
  expect(cases.length).toBeGreaterThan(90)
  expect(cases.filter(([, { error }]) => error !== undefined).length).toBeGreaterThan(20)
})

describe('the public suite of RFC 6902', () => {
  test.each(cases)('%s', (_name, { doc, patch, expected, error }) => {
    const before = structuredClone(doc)
    if (error === undefined) {
      const made = applyPatch(doc, patch)
      if (expected !== undefined) expect(made).toEqual(expected)
    } else {
      expect(() => applyPatch(doc, patch)).toThrow(HistoError)
    }
    expect(doc).toEqual(before)
  })
})

function failureOf(data: unknown, operations: unknown): HistoError {
  try {
    applyPatch(data, operations as Operation[])
  } catch (error) {
    if (error instanceof HistoError) return error
    throw error
  }
  throw new Error('it was applied')
}

test('an operation that does not apply is reported with index and path, and nothing is changed', () => {
  const data = { a: [1, 2] }
  const operations: Operation[] = [
    { op: 'add', path: '/a/-', value: 3 },
    { op: 'remove', path: '/a/7' }
  ]
  const error = failureOf(data, operations)
  expect(error).toMatchObject({ code: 'HISTO_PATCH', index: 1, path: '/a/7', retryable: false })
  expect(error.message).toContain("operation 1 (remove at '/a/7')")
  expect(data).toEqual({ a: [1, 2] })
})

test.each([
  ['a pointer without a slash', { op: 'remove', path: 'a' }],
  ['a tilde that escapes nothing', { op: 'remove', path: '/~2' }],
  ['no object', 7],
  ['no value', { op: 'add', path: '/a' }],
  ['an unknown operation', { op: 'merge', path: '/a' }],
  ['an index with a zero before it', { op: 'replace', path: '/list/01', value: 1 }],
  ['a member of a string', { op: 'add', path: '/text/length', value: 1 }],
  ['a member that a prototype has', { op: 'remove', path: '/toString' }],
  ['a value into itself', { op: 'move', from: '/list', path: '/list/0' }],
  ['the removal of everything', { op: 'remove', path: '' }]
])('%s is refused', (_what, operation) => {
  expect(failureOf({ list: [1, 2], text: 'x' }, [operation]).code).toBe('HISTO_PATCH')
})

test('operations that are not an array are refused', () => {
  expect(() => applyPatch({}, {} as never)).toThrow(TypeError)
})

test('changing the result afterwards does not change the patch', () => {
  const value = { deep: { x: 1 } }
  const operations: Operation[] = [
    { op: 'add', path: '/a', value },
    { op: 'copy', from: '/a', path: '/b' },
    { op: 'replace', path: '/b/deep/x', value: 2 },
    { op: 'add', path: '/a/deep/y', value: 3 }
  ]
  const made = applyPatch({}, operations)
  expect(made).toEqual({ a: { deep: { x: 1, y: 3 } }, b: { deep: { x: 2 } } })
  expect(value).toEqual({ deep: { x: 1 } })
})

test('a key that a prototype has is a member like any other', () => {
  const made = applyPatch<object>({}, [
    { op: 'add', path: '/__proto__', value: { polluted: 1 } },
    { op: 'add', path: '/__proto__/x', value: 2 }
  ])
  expect(JSON.stringify(made)).toBe('{"__proto__":{"polluted":1,"x":2}}')
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('ten thousand insertions into one array copy it once', () => {
  const operations: Operation[] = Array.from({ length: 10_000 }, (_, value) => ({
    op: 'add',
    path: '/rows/-',
    value
  }))
  const before = { rows: Array.from({ length: 10_000 }, () => 0) }
  const { rows } = applyPatch<{ rows: number[] }>(before, operations)
  expect(rows).toHaveLength(20_000)
  expect(before.rows).toHaveLength(10_000)
})

// Seen to fail with a RangeError where values are compared by recursion.
test('test compares values of any depth', () => {
  const deep = (value: unknown) => {
    let all = value
    for (let depth = 0; depth < 100_000; depth += 1) all = depth % 2 === 0 ? [all] : { all }
    return all
  }
  const operation = (value: unknown) => [{ op: 'test', path: '/x', value }] as const
  const data = { x: deep(1) }
  expect(applyPatch(data, operation(deep(1)))).toBe(data)
  expect(() => applyPatch(data, operation(deep(2)))).toThrow(HistoError)
})

test.each([
  ['', { 'a/b': [1, { '~': 2 }], '': 0 }],
  ['/a~1b/0', 1],
  ['/a~1b/1/~0', 2],
  ['/', 0],
  ['/a~1b/-', undefined],
  ['/a~1b/00', undefined],
  ['/a~1b/length', undefined],
  ['/toString', undefined],
  ['/a~1b/0/x', undefined]
])('the value at %j is %j', (pointer, value) => {
  expect(get({ 'a/b': [1, { '~': 2 }], '': 0 }, pointer)).toEqual(value)
})

test('an invalid pointer is refused', () => {
  for (const pointer of ['a', '/~', '/~2', undefined, 3]) {
    expect(() => get({}, pointer as string)).toThrow(TypeError)
  }
})
