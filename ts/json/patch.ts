/**
 * JSON Patch (RFC 6902): applies operations to data without modifying it.
 *
 * Copies the containers on the path to a change once, and shares the rest.
 */

import { described, isRecord } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import type { Operation } from '../base/json.js'
import { refuseOptions } from '../base/known.js'
import { indexOf, keysOf, memberOf, shownPointer } from '../base/pointer.js'
import { isEqual } from './equal.js'

/**
 * Returns the data that a JSON Patch (RFC 6902) makes of `data`. Applies all six kinds of operations, in order, all or
 * nothing; `data` is never modified. The result shares unchanged parts with `data`, and values with the operations.
 *
 * @param data - any JSON
 * @param operations - a patch, as `diff` and others write it
 * @throws {TypeError} if `operations` is not an array
 * @throws {HistoError} `HISTO_PATCH` if an operation is invalid, does not fit, or is a `test` that fails; it has the
 *   operation's `index`, and its pointer as `path`
 */
export function applyPatch<T = unknown>(data: unknown, operations: readonly Operation[]): T
export function applyPatch<T>(
  data: unknown,
  operations: readonly Operation[],
  ...surplus: unknown[]
): T {
  refuseOptions('applyPatch', surplus)
  if (!Array.isArray(operations)) {
    throw new TypeError(`operations must be an array, not ${described(operations)}`)
  }
  const patched = new Patched(data)
  for (const [index, operation] of operations.entries()) {
    try {
      patched.apply(operation)
    } catch (error) {
      throw error instanceof Misfit ? failure(error.message, index, operation) : error
    }
  }
  return patched.data as T
}

/** An operation that cannot be applied; the message says why. */
class Misfit extends Error {}

function failure(why: string, index: number, operation: unknown): HistoError {
  const { op, path } = isRecord(operation) ? operation : { op: undefined, path: undefined }
  const name = typeof op === 'string' ? op : 'none'
  const place = typeof path === 'string' ? path : undefined
  const shown = place === undefined ? '' : ` at ${shownPointer(place)}`
  return new HistoError('HISTO_PATCH', `operation ${index} (${name}${shown}): ${why}`, {
    path: place,
    index
  })
}

/** A container and a key in it. */
interface Place {
  readonly holder: unknown
  readonly key: string
}

/** Data that is being changed. */
class Patched {
  data: unknown
  /** The copies made here that are in one place only, so that they may be modified. */
  #own = new Set<unknown>()

  constructor(data: unknown) {
    this.data = data
  }

  apply(operation: Operation): void {
    if (!isRecord(operation))
      throw new Misfit(`an operation is an object, not ${described(operation)}`)
    const path = keysIn(operation, 'path')
    switch (operation.op) {
      case 'add':
        this.#add(path, valueIn(operation))
        break
      case 'remove':
        this.#remove(path)
        break
      case 'replace':
        this.#replace(path, valueIn(operation))
        break
      case 'move':
        this.#move(keysIn(operation, 'from'), path)
        break
      case 'copy':
        this.#copy(keysIn(operation, 'from'), path)
        break
      case 'test':
        this.#test(path, valueIn(operation))
        break
      default:
        throw new Misfit('there is no such operation')
    }
  }

  #test(path: readonly string[], value: unknown): void {
    if (!isEqual(this.#at(path), value)) throw new Misfit('the value there is another')
  }

  #move(from: readonly string[], path: readonly string[]): void {
    if (from.length < path.length && from.every((key, at) => key === path[at])) {
      throw new Misfit('a value cannot be moved into itself')
    }
    const value = this.#at(from)
    if (from.length === 0) return // moved onto itself
    this.#remove(from)
    this.#add(path, value)
  }

  #copy(from: readonly string[], path: readonly string[]): void {
    const value = this.#at(from)
    this.#own = new Set() // it is in two places now
    this.#add(path, value)
  }

  #replace(path: readonly string[], value: unknown): void {
    this.#at(path)
    if (path.length === 0) {
      this.data = value
      return
    }
    const { holder, key } = this.#holderOf(path)
    setMember(holder, key, value)
  }

  #add(path: readonly string[], value: unknown): void {
    if (path.length === 0) {
      this.data = value
      return
    }
    const { holder, key } = this.#holderOf(path)
    if (!Array.isArray(holder)) {
      setMember(holder, key, value)
      return
    }
    const index = key === '-' ? holder.length : indexOf(key, holder.length + 1)
    if (index === undefined) throw new Misfit(`the array has no place '${key}'`)
    holder.splice(index, 0, value)
  }

  #remove(path: readonly string[]): void {
    this.#at(path)
    if (path.length === 0) throw new Misfit('the whole data cannot be removed')
    const { holder, key } = this.#holderOf(path)
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete (holder as Record<string, unknown>)[key]
  }

  /** The value at a place, which must exist. */
  #at(path: readonly string[]): unknown {
    let value = this.data
    for (const key of path) {
      value = memberOf(value, key)
      if (value === undefined) throw new Misfit(`there is no '${key}' on the way`)
    }
    return value
  }

  /** The container of a place, as a copy that may be modified, and the key in it. */
  #holderOf(path: readonly string[]): Place {
    let holder = this.#owned(this.data)
    this.data = holder
    for (const key of path.slice(0, -1)) {
      const value = memberOf(holder, key)
      if (value === undefined) throw new Misfit(`there is no '${key}' on the way`)
      const owned = this.#owned(value)
      if (owned !== value) setMember(holder, key, owned)
      holder = owned
    }
    return { holder, key: path.at(-1) ?? '' }
  }

  /** `value` if it is our copy, otherwise a new copy. */
  #owned(value: unknown): unknown {
    if (this.#own.has(value)) return value
    if (typeof value !== 'object' || value === null) {
      throw new Misfit('what stands above is neither an object nor an array')
    }
    const copy = Array.isArray(value) ? [...value] : { ...value }
    this.#own.add(copy)
    return copy
  }
}

/** Sets an own member, even if the prototype has a setter for the key. */
function setMember(holder: unknown, key: string, value: unknown): void {
  const plain = { configurable: true, enumerable: true, writable: true }
  Object.defineProperty(holder, key, { ...plain, value })
}

function keysIn(operation: object, name: 'path' | 'from'): string[] {
  const pointer: unknown = Reflect.get(operation, name)
  if (typeof pointer !== 'string') throw new Misfit(`${name} must be a string`)
  const keys = keysOf(pointer)
  if (keys === undefined) throw new Misfit(`${name} ${shownPointer(pointer)} is no JSON Pointer`)
  return keys
}

function valueIn(operation: object): unknown {
  const value: unknown = Reflect.get(operation, 'value')
  if (value === undefined) throw new Misfit('value is missing')
  return value
}
