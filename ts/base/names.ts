/**
 * The names that branches, remotes and databases can have.
 */

import { described } from './arguments.js'

/** The branch whose database carries the plain name. */
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

/** Whether `value` can be the name of a branch, remote or database. */
export function isName(value: string): boolean {
  return faultOf(value) === undefined
}

function faultOf(name: string): string | undefined {
  if (name === '' || Buffer.byteLength(name) > longestName) {
    return `have 1 to ${longestName} bytes in UTF-8`
  }
  return unprintable.test(name) ? 'be well-formed and without control characters' : undefined
}

/** The name of a branch's database: the plain one on `main`, else `<name>/<branch>`. */
export function nameOfBranch(name: string, branch: string): string {
  return branch === mainBranch ? name : `${name}/${branch}`
}
