/**
 * A revision's `meta` on its way in: from a user's object to the JSON text that an engine takes.
 *
 * The bound of 64 KiB, and what only the engine can see of JSON, the engine checks.
 */

import { types } from 'node:util'
import { described, isRecord } from '../base/arguments.js'
import type { Meta } from '../base/types.js'
import { textOfJson } from './payload.js'

/** The option `meta` of a database: an object, or a function that is asked once a call. */
export type MetaSource = Meta | (() => Meta | undefined)

/**
 * The JSON text of `given`, laid over what `under` gives; `undefined` where it has no members.
 *
 * @throws {TypeError} if either is no plain set of members, or JSON has no form for it
 */
export function metaText(
  given: unknown,
  under: MetaSource | undefined,
  strict: boolean
): string | undefined {
  const own = metaObject(given, 'meta')
  const usual =
    typeof under === 'function' ? metaObject(under(), 'what meta of createDB returns') : under
  const meta = usual === undefined ? own : { ...usual, ...own }
  if (meta === undefined) return undefined
  const text = textOfJson(meta, strict)
  return text === '{}' ? undefined : text
}

/**
 * `value` as a meta, `undefined` as none.
 *
 * @throws {TypeError} if it is anything else than an object with members
 */
export function metaObject(value: unknown, what: string): Meta | undefined {
  if (value === undefined) return undefined
  if (isRecord(value) && !isOther(value)) return value
  throw new TypeError(`${what} must be an object, not ${described(value)}`)
}

/** Whether an object is no set of members: JSON makes something else of it, or nothing. */
function isOther(value: object): boolean {
  return (
    'toJSON' in value ||
    Symbol.iterator in value ||
    'then' in value ||
    ArrayBuffer.isView(value) ||
    types.isBoxedPrimitive(value)
  )
}
