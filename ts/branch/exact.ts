/**
 * Makes JSON of data and checks each value with its place: for messages that name the place, and for
 * `strict`, which refuses values that would not come back unchanged.
 */

import { types } from 'node:util'
import { pointerOf, shownPointer } from '../base/pointer.js'
import { forgottenKind } from './forgotten.js'

/** Most levels of arrays and objects, the same as in the engine. */
const mostNested = 1000

/** The place of a value; the outermost has no `above`. */
interface Place {
  readonly above: Place | undefined
  readonly value: unknown
  readonly key: string
  readonly depth: number
}

/** A value as it is in its container, and as `toJSON` made it. */
interface Member {
  readonly holder: object
  readonly key: string
  readonly value: unknown
  readonly isOutermost: boolean
}

/**
 * The text that `JSON.stringify` makes of data; `judge` returns what is wrong with a value, if anything; `what` names the
 * data in messages.
 *
 * @throws {TypeError} that names the place of what is wrong, contains itself or is nested too deep
 */
export function exactText(
  data: unknown,
  judge: (member: Member) => string | undefined,
  what: string
): string | undefined {
  const places = new Map<unknown, Place>()
  let isOutermost = true
  function look(this: object, key: string, value: unknown): unknown {
    const above = places.get(this)
    const place = { above, key, value, depth: (above?.depth ?? 0) + 1 }
    const wrong = judge({ holder: this, key, value, isOutermost })
    if (wrong !== undefined) throw new TypeError(told(what, wrong, place, isOutermost))
    isOutermost = false
    if (typeof value !== 'object' || value === null) return value
    const isCircular = places.has(value) && isWithin(value, above)
    if (isCircular || place.depth > mostNested) {
      const fault = isCircular ? 'a circular reference' : 'more than 1000 levels'
      throw new TypeError(told(what, fault, place, false))
    }
    places.set(value, place)
    return value
  }
  return JSON.stringify(data, look)
}

/** Whether `value` is, or is around, the place. */
function isWithin(value: object, place: Place | undefined): boolean {
  for (let at = place; at !== undefined; at = at.above) if (at.value === value) return true
  return false
}

function told(what: string, wrong: string, place: Place, isOutermost: boolean): string {
  if (isOutermost) return `${what} is ${wrong}`
  const keys: string[] = []
  for (let at: Place | undefined = place; at?.above !== undefined; at = at.above) keys.push(at.key)
  return `${what} has ${wrong} at ${shownPointer(pointerOf(keys.toReversed()))}`
}

/** Values that JSON cannot represent. */
export function unwritable({ value }: Member): string | undefined {
  return typeof value === 'bigint' ? 'a BigInt' : undefined
}

/** Values that JSON would change or leave out. */
export function changed(member: Member): string | undefined {
  const { holder, key, value, isOutermost } = member
  const given: unknown = Reflect.get(holder, key)
  if (typeof value === 'bigint') return 'a BigInt'
  if (typeof given === 'number' && !Number.isFinite(given)) return String(given)
  if (given === undefined && !isOutermost) return key in holder ? 'undefined' : 'a hole'
  if (typeof given === 'function' && !isOutermost) return 'a function'
  if (typeof given === 'symbol' && !isOutermost) return 'a symbol'
  return typeof given === 'object' && given !== null ? changedObject(given, value) : undefined
}

function changedObject(given: object, value: unknown): string | undefined {
  const kind = forgottenKind(given)
  if (kind !== undefined) return kind
  if (types.isDate(given)) return 'a Date'
  if (types.isAnyArrayBuffer(given)) return 'an ArrayBuffer'
  if (ArrayBuffer.isView(given)) return Buffer.isBuffer(given) ? 'a Buffer' : 'a typed array'
  if (types.isMap(given) || types.isSet(given)) return types.isMap(given) ? 'a Map' : 'a Set'
  if (value !== given) return undefined // made by a toJSON
  if (!Array.isArray(given) && !isPlain(given)) {
    return `an instance of ${nameOf(given)} without toJSON`
  }
  const hasSymbols = Object.getOwnPropertySymbols(given).some((name) => isShown(given, name))
  return hasSymbols ? 'a member whose key is a symbol' : undefined
}

function isShown(object: object, name: symbol): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, name)
}

/** Whether an object is like one made by `{}`, in any realm, or has no prototype. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}

function nameOf(value: object): string {
  const name: unknown = (Reflect.get(value, 'constructor') as { name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? name : 'a class'
}
