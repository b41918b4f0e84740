/**
 * Whether two values are the same data.
 */

import { isUint8Array } from 'node:util/types'

/** Whether two values are equal as JSON (the order of members does not matter), or have the same bytes. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object') return false
  if (one === null || other === null || Array.isArray(one) !== Array.isArray(other)) return false
  if (isUint8Array(one) || isUint8Array(other)) {
    return isUint8Array(one) && isUint8Array(other) && Buffer.compare(one, other) === 0
  }
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every(
    (key) => Object.hasOwn(other, key) && isEqual(Reflect.get(one, key), Reflect.get(other, key))
  )
}
