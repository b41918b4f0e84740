/**
 * The option `branches`: which branches of a database an exchange carries.
 */

import { described, type Options } from './arguments.js'
import { nameArgument, namePartArgument } from './names.js'

/** All branches, those whose names begin with a string, those of an array, or those for which a function returns `true`. */
export type BranchSelection = true | string | readonly string[] | ((name: string) => boolean)

/** The same, checked. */
export interface Selection {
  /** The beginning of all their names. */
  readonly prefix: string
  /** Exactly these, if they are named. */
  readonly names: readonly string[] | undefined
  /** Whether all names that begin with the prefix are selected. */
  readonly isWhole: boolean
  readonly has: (name: string) => boolean
}

/**
 * The option `branches`; `undefined` where it is left out.
 *
 * @throws {TypeError} if it has another type
 */
export function selectionOption(options: Options): Selection | undefined {
  return 'branches' in options ? selectionOf(options['branches']) : undefined
}

/** @throws {TypeError} if `value` selects no branches */
export function selectionOf(value: unknown): Selection {
  if (value === true) return allUnder('')
  if (typeof value === 'string') return allUnder(namePartArgument(value, 'branches'))
  if (Array.isArray(value)) return named(value)
  if (typeof value === 'function') return chosen(value as (name: string) => unknown)
  throw new TypeError(
    `branches must be true, a prefix, an array of names or a function, not ${described(value)}`
  )
}

/** All branches whose names begin with `prefix`. */
function allUnder(prefix: string): Selection {
  const has = (name: string) => name.startsWith(prefix)
  return { prefix, names: undefined, isWhole: true, has }
}

function named(given: readonly unknown[]): Selection {
  const names = new Set(given.map((name) => nameArgument(name, 'each of branches')))
  return {
    prefix: commonStart([...names]),
    names: [...names],
    isWhole: false,
    has: (name) => names.has(name)
  }
}

function chosen(choose: (name: string) => unknown): Selection {
  const has = (name: string) => isChosen(choose(name))
  return { prefix: '', names: undefined, isWhole: false, has }
}

/**
 * What a function of a name, given as `branches`, answered.
 *
 * @throws {TypeError} if it is a promise, which would choose nothing and say nothing
 */
export function isChosen(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return answer === true
  throw new TypeError('a function given as branches must answer at once, not by a promise')
}

/** The longest common beginning of all names; never splits a character. */
function commonStart([first = '', ...others]: readonly string[]): string {
  const points = [...first]
  let length = points.length
  for (const other of others) {
    const its = [...other]
    while (points.slice(0, length).some((point, place) => point !== its[place])) length -= 1
  }
  return points.slice(0, length).join('')
}
