/**
 * Turns a user's `meta` into the JSON text that an engine takes.
 *
 * The engine checks the bound of 64 KiB, and what only it can see in JSON.
 */

import { types } from 'node:util'
import { described, isRecord } from '../base/arguments.js'
import type { Meta } from '../base/types.js'
import { textOfJson } from './payload.js'

/** The option `meta` of a database: an object, or a function that is called once for each call. */
export type MetaSource = Meta | (() => Meta | undefined)

/** The same source, but a function is asked at most once: for all revisions that one call makes. */
export function askedOnce(source: MetaSource | undefined): MetaSource | undefined {
  if (typeof source !== 'function') return source
  let answer: { readonly meta: Meta | undefined } | undefined
  return () => {
    answer ??= { meta: source() }
    return answer.meta
  }
}

/**
 * The JSON text of `given` and of those members of `under` that it does not override; `undefined` if there are none.
 *
 * @throws {TypeError} if either is not a plain object, or JSON cannot represent it
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
  const text = textOfJson(meta, strict, 'meta')
  return text === '{}' ? undefined : text
}

/**
 * `value` as a meta, `undefined` as none.
 *
 * @throws {TypeError} if it is anything but an object with members
 */
export function metaObject(value: unknown, what: string): Meta | undefined {
  if (value === undefined) return undefined
  if (isRecord(value) && !isOther(value)) return value
  throw new TypeError(`${what} must be an object, not ${described(value)}`)
}

/** Whether JSON would not write an object as its members, but as something else or not at all. */
function isOther(value: object): boolean {
  return (
    'toJSON' in value ||
    Symbol.iterator in value ||
    'then' in value ||
    ArrayBuffer.isView(value) ||
    types.isBoxedPrimitive(value)
  )
}
