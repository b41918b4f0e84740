/** The memory of a process: its own, and pages of files, which the system takes back when it needs them. */

import { readFileSync } from 'node:fs'

/** Bytes `{ own, mapped }`; only their sum if the system does not distinguish them. */
export function memoryNow() {
  globalThis.gc?.()
  try {
    const told = readFileSync('/proc/self/status', 'utf8')
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(told)[1]) * 1024
    return { own: bytes('RssAnon'), mapped: bytes('RssFile') + bytes('RssShmem') }
  } catch {
    return { own: process.memoryUsage().rss, mapped: Number.NaN } // not Linux
  }
}
