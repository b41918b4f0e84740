/**
 * Whether two values are the same data.
 */

import { isUint8Array } from 'node:util/types'

/** Two values to compare. */
type Pair = readonly [one: unknown, other: unknown]

/**
 * Whether two values are equal as JSON, objects whatever the order of their members, or have the same bytes. Of any depth: what is
 * to be compared waits on a stack of its own.
 */
export function isEqual(one: unknown, other: unknown): boolean {
  const waiting: Pair[] = [[one, other]]
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const inside = membersOf(pair)
    if (inside === undefined) return false
    for (const each of inside) waiting.push(each)
  }
  return true
}

/** The members of two values that are left to compare; `undefined` where the values differ. */
function membersOf([one, other]: Pair): readonly Pair[] | undefined {
  if (one === other) return none
  if (typeof one !== 'object' || typeof other !== 'object') return undefined
  if (one === null || other === null || Array.isArray(one) !== Array.isArray(other)) {
    return undefined
  }
  if (isUint8Array(one) || isUint8Array(other)) {
    const isSame = isUint8Array(one) && isUint8Array(other) && Buffer.compare(one, other) === 0
    return isSame ? none : undefined
  }
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return undefined
  if (!keys.every((key) => Object.hasOwn(other, key))) return undefined
  return keys.map((key) => [Reflect.get(one, key), Reflect.get(other, key)])
}

const none: readonly Pair[] = []
