/**
 * Notices what others commit to a path: another process, a worker, another database over it.
 *
 * LMDB tells nobody; what its readers see has a number that each commit changes, which costs little to look at.
 */

import { type NativeDatabase, native } from '../native.js'

/** Milliseconds between two looks. */
const interval = 100

/** Calls `notify` soon after a commit of anybody's, until the function that it returns is called. */
export function watchCommits(db: NativeDatabase, notify: () => void): () => void {
  let last = lastChange(db)
  const timer = setInterval(() => {
    const now = lastChange(db)
    if (now === last) return
    last = now
    notify()
  }, interval)
  timer.unref()
  return () => clearInterval(timer)
}

/** `undefined` where the database is not open yet, or cannot tell: then whoever reads it hears why. */
function lastChange(db: NativeDatabase): number | undefined {
  try {
    return native.lastChange(db)
  } catch {
    return undefined
  }
}
