/**
 * The value at a place of data.
 */

import { refuseOptions } from '../base/known.js'
import { keysOf, memberOf, pointerArgument } from '../base/pointer.js'

/**
 * Returns the value at a JSON Pointer (RFC 6901): `''` is the whole, `/rows/3/name` a member of an element. `undefined`
 * if there is none, as always for `-`, the place after the last element.
 *
 * @param data - any JSON
 * @param pointer - where to look
 * @throws {TypeError} if it is not a pointer
 */
export function get(data: unknown, pointer: string): unknown
export function get(data: unknown, pointer: string, ...surplus: unknown[]): unknown {
  refuseOptions('get', surplus)
  const keys = keysOf(pointerArgument(pointer, 'pointer')) ?? []
  let value = data
  for (const key of keys) value = memberOf(value, key)
  return value
}
