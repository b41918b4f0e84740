/**
 * Checks the options of a call against its table (`calls.ts`).
 *
 * Refuses an option that the call does not know, since it is probably misspelled, and a guard that is passed as
 * `undefined`, since its value was probably lost on the way.
 */

import { described, isOptions, type Options, shortened } from './arguments.js'
import { nearest } from './nearest.js'

/**
 * Whether `undefined` counts as left out. It does not for a guard: `{ previousHead: headers['if-match'] }`
 * would write without one.
 */
type Kind = 'optional' | 'guard'

/** The options of a type, each with the kind that its type requires. */
export type Kinds<O> = {
  readonly [N in keyof O]-?: undefined extends Required<O>[N] ? 'optional' : 'guard'
}

/** The options of one call. */
export interface Known {
  /** The name of the call in messages. */
  readonly call: string
  readonly names: readonly string[]
  readonly guards: readonly string[]
  /** By name, without a prototype. */
  readonly kinds: Readonly<Record<string, Kind>>
}

const none: Options = Object.freeze({})

/** Makes the table of a call. The compiler checks it against the type of the options. */
export function known<O>(call: string, kinds: Kinds<O>): Known {
  const names = Object.keys(kinds)
  const ofNames: Record<string, Kind> = Object.assign(Object.create(null), kinds)
  const guards = names.filter((name) => ofNames[name] === 'guard')
  return { call, names, guards, kinds: ofNames }
}

/**
 * `value` as the options of a call, `undefined` as none; inherited ones become its own.
 *
 * @throws {TypeError} if it is not an object, has an option that the call does not know, or a guard that is
 *   `undefined`
 */
export function optionsOf(value: unknown, table: Known): Options {
  const { call, names, guards } = table
  if (value === undefined) return none
  if (!isOptions(value)) {
    throw new TypeError(`the options of ${call} must be an object, not ${described(value)}`)
  }
  refuseUnknown(value, table)
  for (const guard of guards) {
    if (value[guard] === undefined && guard in value) throw undefinedGuard(call, guard)
  }
  return Object.getPrototypeOf(value) === Object.prototype ? value : copied(value, names)
}

/** The given options, including inherited ones. */
function copied(value: Options, names: readonly string[]): Options {
  const given: Record<string, unknown> = {}
  for (const name of names) if (name in value) given[name] = value[name]
  return given
}

/** Refuses options passed to a call that has none and counts no arguments, so that no guard is ignored. */
export function refuseOptions(call: string, surplus: readonly unknown[]): void {
  const options = surplus.find(isOptions)
  if (options !== undefined) refuseUnknown(options, known<object>(call, {}))
}

/** Refuses a second object of options, which would be ignored. */
export function refuseSecondOptions(call: string, surplus: readonly unknown[]): void {
  const options = surplus.find(isOptions) ?? none
  for (const name in options) {
    throw new TypeError(`${call} takes one object of options; '${shortened(name)}' is in another`)
  }
}

/** Refuses options with one, own or inherited, that the call does not know. */
export function refuseUnknown(value: object, { call, names, kinds }: Known): void {
  for (const name in value) if (kinds[name] === undefined) throw unknownOption(call, name, names)
}

function unknownOption(call: string, name: string, names: readonly string[]): TypeError {
  const neighbour = nearest(name, names)
  const hint = neighbour === undefined ? listOf(names) : `the nearest is '${neighbour}'`
  return new TypeError(`${call} has no option '${shortened(name)}'; ${hint}`)
}

function listOf(names: readonly string[]): string {
  return names.length === 0
    ? 'it has none'
    : `it has ${names.map((name) => `'${name}'`).join(', ')}`
}

/** The error for a guard that is `undefined`. */
function undefinedGuard(call: string, guard: string): TypeError {
  const message = `${guard} of ${call} is undefined; to go without it, leave it out altogether`
  return new TypeError(message)
}
