/**
 * Refuses values that are data only by mistake: promises, maps and sets, buffers, iterators, streams. JSON makes `{}` of
 * most of them, so a forgotten `await` or conversion would be noticed much later.
 *
 * Checks the data itself and the members or elements of the outermost object or array: some 10 ns
 * for each that is an object.
 */

import { types } from 'node:util'
import { pointerOf, shownPointer } from '../base/pointer.js'

/**
 * Refuses data that is such a value, or has one as a member; `what` names it in messages.
 *
 * @throws {TypeError} that names it and its place
 */
export function refuseForgotten(data: object, what = 'data'): void {
  const kind = forgottenKind(data)
  if (kind !== undefined) throw new TypeError(`${what} is ${kind}`)
  if (hasMethod(data, 'toJSON')) return
  if (Array.isArray(data)) {
    for (let at = 0; at < data.length; at += 1) look(data[at], at, what)
    return
  }
  for (const key in data) look((data as Record<string, unknown>)[key], key, what)
}

/** Checks one member; nearly all are plain objects or no objects. */
function look(member: unknown, key: string | number, what: string): void {
  if (member === null || (typeof member !== 'object' && typeof member !== 'function')) return
  const kind = forgottenKind(member)
  if (kind === undefined) return
  throw new TypeError(`${what} has ${kind} at ${shownPointer(pointerOf([String(key)]))}`)
}

/** Prototypes of objects that are data, whatever JSON makes of them. */
const harmless = new WeakSet<object>()

/** Names the kind of an object that cannot be data; `undefined` for all others. */
export function forgottenKind(value: object): string | undefined {
  if (typeof (value as { then?: unknown }).then === 'function') return 'a promise (await it first)'
  if (typeof value === 'function' || Array.isArray(value)) return undefined
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return plainKind(value)
  if (harmless.has(prototype)) return undefined
  const kind = hasMethod(value, 'toJSON') ? undefined : strangeKind(value)
  if (kind === undefined) harmless.add(prototype)
  return kind
}

/** The kind of a hand-made iterator or stream; all other plain objects are data. */
function plainKind(value: object): string | undefined {
  if (typeof (value as { next?: unknown }).next === 'function') return iteratorKind(value)
  const { read } = value as { read?: unknown }
  return typeof read === 'function' && hasMethod(value, 'abort') ? 'a stream' : undefined
}

function strangeKind(value: object): string | undefined {
  if (types.isMap(value)) return 'a Map'
  if (types.isSet(value)) return 'a Set'
  if (types.isWeakMap(value)) return 'a WeakMap'
  if (types.isWeakSet(value)) return 'a WeakSet'
  if (value instanceof WeakRef) return 'a WeakRef'
  if (types.isAnyArrayBuffer(value)) return 'an ArrayBuffer'
  if (isStream(value)) return 'a stream'
  return iteratorKind(value)
}

function iteratorKind(value: object): string | undefined {
  const isIterable = Symbol.iterator in value || Symbol.asyncIterator in value
  return isIterable && hasMethod(value, 'next') ? 'an iterator' : undefined
}

/** Whether it is a stream of Node.js or the web, or can be iterated only asynchronously. */
function isStream(value: object): boolean {
  if (hasMethod(value, 'next')) return false
  if (hasMethod(value, 'pipe') || Symbol.asyncIterator in value) return true
  if (hasMethod(value, 'read') && hasMethod(value, 'abort')) return true
  return value instanceof WritableStream || value instanceof TransformStream
}

function hasMethod(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function'
}
