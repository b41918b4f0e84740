/**
 * Folders as arguments.
 */

import { described } from './arguments.js'

/** `value` as a folder's path. */
export function pathArgument(value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(`path must be a string, not ${described(value)}`)
  }
  if (value === '' || value.includes('\0')) {
    throw new TypeError('path must name a folder: not empty, without a null character')
  }
  return value
}
