/**
 * Which names of branches, remotes and databases there can be.
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
  if (value === '' || Buffer.byteLength(value) > longestName) {
    throw new TypeError(`${what} must have 1 to ${longestName} bytes in UTF-8`)
  }
  if (unprintable.test(value)) {
    throw new TypeError(`${what} must be well-formed and without control characters`)
  }
  return value
}

/** How a branch's database is called: by the plain name on `main`, else `<name>/<branch>`. */
export function nameOfBranch(name: string, branch: string): string {
  return branch === mainBranch ? name : `${name}/${branch}`
}
