/**
 * JSON Pointers (RFC 6901): makes and reads them.
 */

import { described, shortened } from './arguments.js'

/** The pointer of the member at the end of `keys`. */
export function pointerOf(keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A pointer in quotes, cut to 200 characters. */
export function shownPointer(pointer: string): string {
  return `'${shortened(pointer)}'`
}

/** The keys of a pointer, outermost first; `undefined` if it is not a pointer. */
export function keysOf(pointer: string): string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  const keys = pointer.slice(1).split('/')
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `value` as a pointer. */
export function pointerArgument(value: unknown, what: string): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${what} must be a JSON Pointer, a string, not ${described(value)}`)
  }
  if (keysOf(value) !== undefined) return value
  throw new TypeError(
    `${what} ${shownPointer(value)} is no JSON Pointer: '' or begun by '/', with '~' only as '~0' and '~1'`
  )
}

/** The index that a key means in an array of `length` elements; `undefined` if it is not an index. */
export function indexOf(key: string, length: number): number | undefined {
  if (!/^(?:0|[1-9][0-9]*)$/.test(key)) return undefined
  const index = Number(key)
  return index < length ? index : undefined
}

/** The member or element `key` of a value, `undefined` if it has none; only its own members count. */
export function memberOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) {
    const index = indexOf(key, value.length)
    return index === undefined ? undefined : value[index]
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return undefined
  if (!Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}
