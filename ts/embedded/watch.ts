/**
 * Notices commits of others to a path: another process, a worker, another database over it.
 *
 * LMDB sends no notifications, but its readers see a number that changes with each commit, and reading it is cheap.
 */

import { type NativeDatabase, native } from '../native.js'

/** Milliseconds between two polls. */
const interval = 100

/** Calls `notify` soon after anybody's commit, until the returned function is called. */
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

/** The number of the last commit; `undefined` if the database is not open yet, or cannot be read: then reads report why. */
function lastChange(db: NativeDatabase): number | undefined {
  try {
    return native.lastChange(db)
  } catch {
    return undefined
  }
}
