/** The resources that databases leave behind in the process that had them open. */

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Counts of what is held. */
export interface Left {
  readonly files: number
  readonly threads: number
  /** Of `exit`, on the process. */
  readonly listeners: number
  /** Timers, sockets and what else keeps an event loop alive. */
  readonly handles: number
  readonly megabytes: number
}

/** Counts, once all garbage is collected; files and threads on Linux, else 0. */
export async function left(): Promise<Left> {
  for (let turn = 0; turn < 4; turn += 1) {
    await sleep(1)
    collectGarbage()
  }
  const isLinux = process.platform === 'linux'
  return {
    files: isLinux ? readdirSync('/proc/self/fd').length : 0,
    threads: isLinux ? readdirSync('/proc/self/task').length : 0,
    listeners: process.listenerCount('exit'),
    handles: process.getActiveResourcesInfo().length,
    megabytes: process.memoryUsage.rss() / 1e6
  }
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
