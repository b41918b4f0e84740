/**
 * The meta of revisions that are written at the shell.
 */

import type { Meta } from '../base/types.js'
import type { Shell } from './shell.js'

/** `message`, `author` and the time, if one of the options is given; otherwise `undefined`. */
export function metaOf(shell: Shell): Meta | undefined {
  const [message, author] = [shell.option('message'), shell.option('author')]
  if (message === undefined && author === undefined) return undefined
  return {
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { message }),
    time: new Date().toISOString()
  }
}
