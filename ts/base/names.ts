/**
 * The names that branches, remotes and databases can have.
 */

import { described } from './arguments.js'
import type { Ref } from './types.js'

/** The prefix of a branch or a remote in the key of its head. */
export type HeadSpace = 'heads/' | 'remotes/'

/** Names of branches or of remotes, in the order of their UTF-8 bytes. */
export interface NameRange {
  /** The beginning of each name. */
  readonly prefix: string
  /** Only names after this one. */
  readonly after: string | undefined
  /** How many at most; `Infinity` for all. */
  readonly limit: number
}

/** A branch or a remote with its head. */
export interface NamedRef {
  readonly name: string
  readonly ref: Ref
}

/** All names. */
export const allNames: NameRange = Object.freeze({
  prefix: '',
  after: undefined,
  limit: Number.POSITIVE_INFINITY
})

/** The branch whose database has the plain name. */
export const mainBranch = 'main'

const longestName = 255
const unprintable = /[\p{Control}\p{Surrogate}]/u

/**
 * `value` as a name: 1 to 255 bytes of well-formed UTF-8 without control characters.
 *
 * @throws {TypeError} if it is anything else; `what` says whose name it is
 */
export function nameArgument(value: unknown, what: string): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${what} must be a string, not ${described(value)}`)
  }
  const fault = faultOf(value)
  if (fault !== undefined) throw new TypeError(`${what} must ${fault}`)
  return value
}

/**
 * `value` as the name of a remote: as any name, or that of a branch of a remote database, `<name>/<branch>`, of up to
 * 511 bytes.
 *
 * @throws {TypeError} if it is anything else; `what` says whose name it is
 */
export function remoteNameArgument(value: unknown, what: string): string {
  if (typeof value !== 'string') return nameArgument(value, what)
  for (const part of remoteParts(value)) nameArgument(part, what)
  return value
}

/**
 * `name` as that of a new database. It has no `/`, which separates it from the branch in names of remotes.
 *
 * @throws {TypeError} if it has a `/`
 */
export function newNameArgument(name: string): string {
  if (!name.includes('/')) return name
  throw new TypeError(
    `name must have no '/', which parts a database's name from a branch: '${name}'`
  )
}

/** Whether `value` can be the name of a branch, remote or database. */
export function isName(value: string): boolean {
  return faultOf(value) === undefined
}

/** Whether `value` can be the name of a remote. */
export function isRemoteName(value: string): boolean {
  return remoteParts(value).every(isName)
}

/**
 * `value` as the beginning of names, or as a place among them: text that can be part of a name, of any length.
 *
 * @throws {TypeError} if it is anything else; `what` says which
 */
export function namePartArgument(value: unknown, what: string): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${what} must be a string, not ${described(value)}`)
  }
  if (!unprintable.test(value)) return value
  throw new TypeError(`${what} must be well-formed and without control characters`)
}

/** Compares names by their UTF-8 bytes. */
export function compareNames(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at += 1) {
    const difference = placeOf(one.charCodeAt(at)) - placeOf(other.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** The first text, by UTF-8 bytes, after all that begin with `prefix`; `null` if there is none. */
export function endOfPrefix(prefix: string): string | null {
  const points = [...prefix].map((point) => point.codePointAt(0) ?? 0)
  while (points.at(-1) === 0x10_ffff) points.pop()
  const last = points.pop()
  if (last === undefined) return null
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
}

/** The rank of a code unit in UTF-8 order: surrogates come after all others. */
function placeOf(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** The parts of a remote's name that are names themselves: the whole, or a database's and its branch's if it is longer. */
function remoteParts(name: string): string[] {
  const slash = name.indexOf('/')
  if (slash < 0 || Buffer.byteLength(name) <= longestName) return [name]
  return [name.slice(0, slash), name.slice(slash + 1)]
}

function faultOf(name: string): string | undefined {
  if (name === '' || Buffer.byteLength(name) > longestName) {
    return `have 1 to ${longestName} bytes in UTF-8`
  }
  return unprintable.test(name) ? 'be well-formed and without control characters' : undefined
}

/** The name of a branch's database: the plain name on `main`, otherwise `<name>/<branch>`. */
export function nameOfBranch(name: string, branch: string): string {
  return branch === mainBranch ? name : `${name}/${branch}`
}
