/**
 * `jsonMerge`: a `resolve` that merges data as JSON, and what it does with conflicts.
 */

import { described, type Options } from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { HistoError } from '../base/errors.js'
import type { JsonMergeOptions, MergeConflict, Merged } from '../base/json.js'
import type { MergeRules } from '../base/json-rules.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import type { MergeInput } from '../base/options.js'
import { merge3, rulesOf } from './merge.js'
import { resolved } from './resolved.js'

/** What to do if both sides made different changes. */
type OnConflict = 'throw' | 'ours' | 'theirs' | ((conflict: MergeConflict) => unknown)

/** The settings of a merge of JSON, which `merge` runs over stored texts if it can. */
export interface JsonMerge {
  readonly options: Options
  readonly rules: MergeRules
  readonly onConflict: OnConflict
}

/** The functions that `jsonMerge` returned, with their settings. */
const known = new WeakMap<object, JsonMerge>()

/**
 * Makes a `resolve` for `merge`, `pull` and `push` that merges as `merge3` does; several bases are merged into a virtual
 * one. `'json'` means `jsonMerge()`.
 *
 * If there are conflicts and `onConflict` is `'throw'`, the function fails with `HISTO_CONFLICT`, whose `conflicts` are
 * those of `merge3`, and nothing is written.
 *
 * @param options - those of `merge3`, and `onConflict`
 * @throws {TypeError} if an option is invalid
 */
export function jsonMerge(options?: JsonMergeOptions): <T>(input: MergeInput<T>) => Promise<T>
export function jsonMerge(
  options?: JsonMergeOptions,
  ...surplus: unknown[]
): <T>(input: MergeInput<T>) => Promise<T> {
  refuseSecondOptions('jsonMerge', surplus)
  const given = optionsOf(options, calls.jsonMerge)
  const merge: JsonMerge = {
    options: given,
    rules: rulesOf(given),
    onConflict: onConflictOf(given)
  }
  const { onConflict: _ours, ...how } = given
  const resolve = async <T>(input: MergeInput<T>): Promise<T> => {
    const { bases, ours, theirs } = input
    const base = bases.length > 1 ? await input.virtualBase(how) : input.base
    return settled(merge, merge3<T>(base, ours, theirs, how))
  }
  known.set(resolve, merge)
  return resolve
}

/** The settings of a function of `jsonMerge`; `undefined` for any other function. */
export function jsonMergeOf(resolve: object): JsonMerge | undefined {
  return known.get(resolve)
}

/**
 * The data of a merge with its conflicts settled.
 *
 * @throws {HistoError} `HISTO_CONFLICT`
 */
export async function settled<T>({ onConflict }: JsonMerge, merged: Merged<T>): Promise<T> {
  const { data, conflicts } = merged
  if (conflicts.length === 0 || onConflict === 'ours') return data
  if (onConflict === 'throw') throw conflictFailure(conflicts)
  const values: unknown[] = []
  for (const conflict of conflicts) {
    values.push(onConflict === 'theirs' ? conflict.theirs : await onConflict(conflict))
  }
  return resolved(data, conflicts, values) as T
}

function conflictFailure(conflicts: readonly MergeConflict[]): HistoError {
  const [first] = conflicts
  const count = conflicts.length === 1 ? 'a conflict' : `${conflicts.length} conflicts, the first`
  const message = `${count} at '${first?.path.slice(0, 200)}': ${first?.kind}`
  return new HistoError('HISTO_CONFLICT', message, { conflicts })
}

function onConflictOf(options: Options): OnConflict {
  const { onConflict = 'throw' } = options as { onConflict?: unknown }
  if (typeof onConflict === 'function') return onConflict as OnConflict
  if (onConflict === 'throw' || onConflict === 'ours' || onConflict === 'theirs') return onConflict
  throw new TypeError(
    `onConflict must be 'throw', 'ours', 'theirs' or a function, not ${
      typeof onConflict === 'string' ? `'${onConflict}'` : described(onConflict)
    }`
  )
}

/** A `resolve`: a function, or `'json'` for `jsonMerge()`. */
export function resolveArgument<F extends object>(value: unknown): F {
  if (value === 'json') return jsonMerge() as unknown as F
  if (typeof value === 'function') return value as unknown as F
  const what = typeof value === 'string' ? `'${value}'` : described(value)
  throw new TypeError(`resolve must be a function or 'json', not ${what}`)
}

/** The option `resolve`; `undefined` as left out. */
export function resolveOption<F extends object>(options: Options): F | undefined {
  const { resolve } = options as { resolve?: unknown }
  return resolve === undefined ? undefined : resolveArgument<F>(resolve)
}
