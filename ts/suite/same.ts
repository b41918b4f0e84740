/**
 * Deep equality of what came from anywhere: a test runner may give each test file globals of its own.
 */

import assert from 'node:assert/strict'

/** Fails unless both are the same data; prototypes of one realm or another do not count. */
export function same(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(structuredClone(actual), structuredClone(expected), message)
}
