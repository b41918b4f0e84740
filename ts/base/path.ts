/**
 * Folders as arguments. A path is made absolute at the call, since the working folder may change before
 * the path is used.
 */

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { described } from './arguments.js'

/** `value`, a string or a `file:` URL, as the absolute path of a folder. */
export function pathArgument(value: unknown): string {
  const given = isUrl(value) ? value.href : value
  if (typeof given !== 'string') {
    throw new TypeError(`path must be a string or a file: URL, not ${described(value)}`)
  }
  const path = isUrl(value) || /^file:\/\//i.test(given) ? pathOf(given) : given
  if (path === '' || path.includes('\0')) {
    throw new TypeError('path must name a folder: not empty, without a null character')
  }
  return resolve(path)
}

/** Whether `value` is a `URL` of any realm or library. */
function isUrl(value: unknown): value is { readonly href: string } {
  if (typeof value !== 'object' || value === null) return false
  const { href, protocol } = value as { href?: unknown; protocol?: unknown }
  return typeof href === 'string' && typeof protocol === 'string'
}

function pathOf(href: string): string {
  try {
    return fileURLToPath(href)
  } catch (error) {
    throw new TypeError(`path must be the URL of a local folder, not ${described(href)}`, {
      cause: error
    })
  }
}
