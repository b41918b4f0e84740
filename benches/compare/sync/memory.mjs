/**
 * How much anonymous memory a process takes for a while beyond what it keeps: not the pages of mapped
 * files, which the system takes back at any time. From /proc, so on Linux alone.
 */

import { readFileSync } from 'node:fs'

const interval = 5

/** Anonymous memory of this process, in bytes. */
export function anonymous() {
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(kilobytes) * 1024
}

/** Begins to look every 5 ms; `peak()` ends it and answers how far the highest look was above the last. */
export function watchMemory() {
  let highest = anonymous()
  const timer = setInterval(() => {
    highest = Math.max(highest, anonymous())
  }, interval)
  return {
    peak() {
      clearInterval(timer)
      globalThis.gc()
      const kept = anonymous()
      return Math.max(highest, kept) - kept
    }
  }
}
