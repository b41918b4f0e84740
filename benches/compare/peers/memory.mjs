/** The memory of a process: its own, and pages of files, which the system takes back when it needs them. */

import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** Bytes `{ own, mapped }`; only their sum if the system does not distinguish them. */
export async function memoryNow() {
  // V8 gives back what it has collected a little later, on other threads.
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc?.()
    await setTimeout(100)
  }
  try {
    const told = readFileSync('/proc/self/status', 'utf8')
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(told)[1]) * 1024
    return { own: bytes('RssAnon'), mapped: bytes('RssFile') + bytes('RssShmem') }
  } catch {
    return { own: process.memoryUsage().rss, mapped: Number.NaN } // not Linux
  }
}
