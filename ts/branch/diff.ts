/**
 * `diff` of a database: the differences between the data of two revisions.
 */

import { isUint8Array } from 'node:util/types'
import { type Options, refArgument } from '../base/arguments.js'
import type { Operation } from '../base/json.js'
import type { DiffRules } from '../base/json-rules.js'
import type { Ref } from '../base/types.js'
import type { Engine } from '../engine.js'
import { differences, rulesOf } from '../json/diff.js'
import type { Handle } from './handle.js'

/** The operations that turn the data of `from` (`null`: nothing) into that of `to`. */
export function diffOf(
  handle: Handle,
  from: unknown,
  to: unknown,
  options: Options
): Promise<Operation[]> {
  const before = from === null ? null : refArgument(from, 'from')
  const after = refArgument(to, 'to')
  const rules = rulesOf(options)
  return handle.ask(
    (engine) => engine.differences?.(before, after, rules) ?? compared(engine, before, after, rules)
  )
}

/** Reads both, and compares the values. */
async function compared(
  engine: Engine,
  from: Ref | null,
  to: Ref,
  rules: DiffRules
): Promise<Operation[]> {
  const refs = from === null ? [to] : [from, to]
  const data = await engine.getMany(refs, undefined)
  const binary = refs.find((_ref, at) => isUint8Array(data[at]))
  if (binary !== undefined) {
    throw new TypeError(`revision ${binary} is binary data, which has no differences`)
  }
  if (from === null) return [{ op: 'add', path: '', value: data[0] }]
  return differences(data[0], data[1], rules)
}
