/**
 * Deep equality across realms: a test runner may give each test file its own globals.
 */

import assert from 'node:assert/strict'

/** Fails unless both are the same data; prototypes of different realms count as equal. */
export function same(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(structuredClone(actual), structuredClone(expected), message)
}
