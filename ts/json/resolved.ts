/**
 * Settles conflicts: puts another value in the place of each.
 */

import { HistoError } from '../base/errors.js'
import type { MergeConflict } from '../base/json.js'
import { keysOf, memberOf } from '../base/pointer.js'

/**
 * Puts `values` in the places of the conflicts of `data`, and modifies `data`; `undefined` removes the value. Goes from
 * the last to the first, so that the places of earlier conflicts stay valid.
 */
export function resolved(
  data: unknown,
  conflicts: readonly MergeConflict[],
  values: readonly unknown[]
): unknown {
  const whole = { data }
  for (let at = conflicts.length - 1; at >= 0; at -= 1) {
    const conflict = conflicts[at]
    if (conflict !== undefined) settle(whole, conflict, values[at])
  }
  return whole.data
}

function settle(whole: object, { path, ours }: MergeConflict, value: unknown): void {
  const keys = ['data', ...(keysOf(path) ?? [])]
  const key = keys.pop() ?? ''
  let holder: unknown = whole
  for (const step of keys) holder = memberOf(holder, step)
  if (Array.isArray(holder)) {
    holder.splice(Number(key), ours === undefined ? 0 : 1, ...(value === undefined ? [] : [value]))
    return
  }
  if (typeof holder !== 'object' || holder === null) {
    throw new HistoError('HISTO_INTERNAL', `a conflict has no place '${path}'`)
  }
  if (value === undefined && holder !== whole) Reflect.deleteProperty(holder, key)
  else {
    const plain = { configurable: true, enumerable: true, writable: true }
    Object.defineProperty(holder, key, { ...plain, value })
  }
}
