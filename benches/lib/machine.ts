/** What the figures were measured on, in one line. */

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { top } from './folder.js'

/** CPU, cores, platform, Node and file system. */
export function machine(): string {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const parts = [cpu, `${availableParallelism()} cores`, `${process.platform} ${process.arch}`]
  return [...parts, `Node ${process.versions.node}`, fileSystem()].join(', ')
}

function fileSystem(): string {
  try {
    const answer = execFileSync('df', ['--output=fstype', top], { encoding: 'utf8' })
    return answer.trim().split('\n').at(-1) ?? ''
  } catch {
    return 'unknown file system' // not Linux
  }
}
