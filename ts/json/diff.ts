/**
 * Differences of data, as a JSON Patch. The addon computes them from the texts that a `put` would write.
 */

import { isUint8Array } from 'node:util/types'
import { booleanOption, type Options } from '../base/arguments.js'
import { keysGiven } from '../base/array-keys.js'
import { calls } from '../base/calls.js'
import type { DiffOptions, Operation } from '../base/json.js'
import type { DiffRules } from '../base/json-rules.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import { parseMarked } from '../base/parse.js'
import { payloadOf } from '../branch/payload.js'
import { fromNative, native } from '../native.js'

/**
 * Returns the operations of RFC 6902 (`add`, `remove`, `replace`, `move`) that turn `before` into `after`, few and small.
 * Members come in canonical order; an inserted element is one `add`, and one that went elsewhere is one `move`. Both values
 * are taken as `put` would write them: without `undefined`, and a `Date` as a string.
 *
 * Cost: `JSON.stringify` of both, a comparison of the texts, and reading what differs.
 *
 * @param before - any JSON
 * @param after - any JSON
 * @param options - `arrayKey`, `moves`
 * @throws {TypeError} if JSON cannot represent one of them, or it is binary data
 */
export function diff(before: unknown, after: unknown, options?: DiffOptions): Operation[]
export function diff(
  before: unknown,
  after: unknown,
  options?: DiffOptions,
  ...surplus: unknown[]
): Operation[] {
  refuseSecondOptions('diff', surplus)
  return differences(before, after, rulesOf(optionsOf(options, calls.diff)))
}

/** The options that say how to compute differences. */
export function rulesOf(options: Options): DiffRules {
  return { keys: keysGiven(options), moves: booleanOption(options, 'moves', true) }
}

/** The operations that turn `before` into `after`. */
export function differences(
  before: unknown,
  after: unknown,
  { keys, moves }: DiffRules
): Operation[] {
  const [left, right] = [jsonText(before), jsonText(after)]
  return keys.during(({ names, ask }) =>
    parseMarked(fromNative(undefined, () => native.jsonDiff(left, right, moves, names, ask)))
  )
}

function jsonText(data: unknown): string {
  if (isUint8Array(data)) throw new TypeError('binary data has no differences')
  return payloadOf(data) as string
}
