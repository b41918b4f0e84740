/**
 * Checks the arguments of members: refs, ancestors, options. A wrong one is a TypeError that names the
 * argument and what it was.
 *
 * Arrays are copied, since a call may outlast the caller's use of them.
 */

import type { Ref } from './types.js'

/** Options whose members are not checked yet. */
export type Options = Readonly<Record<string, unknown>>

/** A value named for an error message: its type, or `null`, `an array`, `a promise` not awaited. */
export function described(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Promise) return 'a promise (await it first)'
  return typeof value === 'object' ? 'an object' : typeof value
}

const longest = 200

/** Cuts a user's text for an error message to its first 200 characters. */
export function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** `value` as a ref: any string, since a string that is not a ref is simply not found. */
export function refArgument(value: unknown, what: string): Ref {
  if (typeof value === 'string') return value
  throw new TypeError(`${what} must be a ref, a string, not ${described(value)}`)
}

/** `value` as an array of refs, copied. */
export function refList(value: unknown, what: string): Ref[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`${what} must be an array of refs, not ${described(value)}`)
  }
  const refs: Ref[] = []
  for (const ref of value as unknown[]) {
    refs.push(typeof ref === 'string' ? ref : refArgument(ref, `each of ${what}`))
  }
  return refs
}

/** `value` as a ref or an array of them. */
export function refsArgument(value: unknown, what: string): Ref[] {
  return Array.isArray(value) ? refList(value, what) : [refArgument(value, what)]
}

/** `value` as ancestors: an array of distinct, non-empty refs; `undefined` as left out. */
export function ancestorsArgument(value: unknown): Ref[] | undefined {
  if (value === undefined) return undefined
  const ancestors = refList(value, 'ancestors')
  if (ancestors.includes('')) throw new TypeError('ancestors must not be empty strings')
  if (hasDuplicates(ancestors)) throw new TypeError('ancestors must be distinct')
  return ancestors
}

/** `value` as a previous head: a ref, `null` for none, `undefined` as left out. */
export function previousHeadArgument(value: unknown): Ref | null | undefined {
  if (value === undefined || value === null) return value
  return refArgument(value, 'previousHead')
}

/** The second argument of a call as `previousHead`. A passed `undefined` is refused, since it would guard nothing. */
export function givenPreviousHead(args: readonly unknown[]): Ref | null | undefined {
  if (args.length < 2 || args[1] !== undefined) return previousHeadArgument(args[1])
  throw new TypeError('previousHead is undefined; to go without it, leave it out altogether')
}

/** Whether `value` is an object whose members can be read. */
export function isRecord(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether `value` can be options: a set of ancestors, or a promise of them, cannot. */
export function isOptions(value: unknown): value is Options {
  return isRecord(value) && !(Symbol.iterator in value) && !('then' in value)
}

/** The option `name` as a function; `undefined` as left out. */
export function functionOption<F>(options: Options, name: string): F | undefined {
  const value = options[name]
  if (value === undefined || typeof value === 'function') return value as F | undefined
  throw new TypeError(`${name} must be a function, not ${described(value)}`)
}

/** The option `name` as a boolean, `fallback` where it is left out. */
export function booleanOption(options: Options, name: string, fallback: boolean): boolean {
  const value = options[name]
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  throw new TypeError(`${name} must be a boolean, not ${described(value)}`)
}

/** The option `name` as one of two words; the first one is the default. */
export function choiceOption<C extends string>(
  options: Options,
  name: string,
  [usual, other]: readonly [C, C]
): C {
  const { [name]: value = usual } = options
  if (value === usual || value === other) return value as C
  throw new TypeError(`${name} must be '${usual}' or '${other}'`)
}

/** The option `name` as a whole number of at least `least`; `Infinity` only where it is the fallback. */
export function countOption(
  options: Options,
  name: string,
  least: number,
  fallback: number
): number {
  const value = options[name]
  if (value === undefined || value === fallback) return fallback
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw new TypeError(`${name} must be a whole number of at least ${least}`)
}

/** The option `signal`; anything that behaves as an `AbortSignal` is one. */
export function signalOption(options: Options): AbortSignal | undefined {
  const { signal } = options as { signal?: unknown }
  if (signal === undefined) return undefined
  if (isSignal(signal)) return signal
  throw new TypeError(`signal must be an AbortSignal, not ${described(signal)}`)
}

function isSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  )
}

function hasDuplicates(refs: readonly Ref[]): boolean {
  if (refs.length < 2) return false
  return new Set(refs).size !== refs.length
}
