/**
 * The value at a place of data.
 */

import { keysOf, memberOf, pointerArgument } from '../base/pointer.js'

/**
 * The value at a JSON Pointer (RFC 6901): `''` is the whole, `/rows/3/name` a member of an element. `undefined`
 * where nothing is there; `-`, the place after the last element, is nothing.
 *
 * @param data - any JSON
 * @param pointer - where to look
 * @throws {TypeError} if it is no pointer
 */
export function get(data: unknown, pointer: string): unknown {
  const keys = keysOf(pointerArgument(pointer, 'pointer')) ?? []
  let value = data
  for (const key of keys) value = memberOf(value, key)
  return value
}
