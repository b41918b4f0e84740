/**
 * Three-way merges of data. The addon computes them from the texts that a `put` would write.
 */

import { isUint8Array } from 'node:util/types'
import type { Options } from '../base/arguments.js'
import { keysGiven } from '../base/array-keys.js'
import { calls } from '../base/calls.js'
import type { MergeConflict, Merged, MergeOptions } from '../base/json.js'
import type { MergeRules } from '../base/json-rules.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import { parseMarked } from '../base/parse.js'
import { payloadOf } from '../branch/payload.js'
import { fromNative, native } from '../native.js'
import { mergeBytes } from './bytes.js'

/**
 * Merges two values that were derived from one base. A change on one side is taken: in objects by member, in arrays by
 * element, identified as `diff` does, at any depth. Different changes of both sides are a conflict, returned as data, and
 * our value is in its place. `undefined` is a value that does not exist: without a base, both sides added everything.
 *
 * Cost: `JSON.stringify` of the three, a comparison of the texts, and reading what differs.
 *
 * @param base - the value that both were derived from
 * @param ours - our side, which is in the result at conflicts
 * @param theirs - the other side
 * @param options - `arrayKey`, `equalChanges`
 * @returns the data, and the conflicts in its order
 * @throws {TypeError} if JSON cannot represent one of them
 */
export function merge3<T = unknown>(
  base: unknown,
  ours: unknown,
  theirs: unknown,
  options?: MergeOptions
): Merged<T>
export function merge3<T>(
  base: unknown,
  ours: unknown,
  theirs: unknown,
  options?: MergeOptions,
  ...surplus: unknown[]
): Merged<T> {
  refuseSecondOptions('merge3', surplus)
  const rules = rulesOf(optionsOf(options, calls.merge3))
  if ([base, ours, theirs].some(isUint8Array))
    return mergeBytes({ base, ours, theirs }) as Merged<T>
  const [b, o, t] = [base, ours, theirs].map(textOf)
  const texts = rules.keys.during(({ names, ask }) =>
    fromNative(undefined, () => native.jsonMerge(b, o, t, rules.equalConflict, names, ask))
  )
  return mergedOf(texts.data, texts.conflicts) as Merged<T>
}

/** The options that say how values are merged. */
export function rulesOf(options: Options): MergeRules {
  const { equalChanges } = options as { equalChanges?: unknown }
  if (equalChanges !== undefined && equalChanges !== 'one' && equalChanges !== 'conflict') {
    throw new TypeError("equalChanges must be 'one' or 'conflict'")
  }
  return { keys: keysGiven(options), equalConflict: equalChanges === 'conflict' }
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : (payloadOf(value) as string)
}

/** A merge from its texts; values that do not exist are `undefined`. */
export function mergedOf(data: string | undefined, conflicts: string | undefined): Merged<unknown> {
  const told: MergeConflict[] = conflicts === undefined ? [] : parseMarked(conflicts)
  return {
    data: data === undefined ? undefined : parseMarked(data),
    conflicts: told.map(({ path, kind, base, ours, theirs }) => ({
      path,
      kind,
      base,
      ours,
      theirs
    }))
  }
}
