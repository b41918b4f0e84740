/**
 * `stats`: prints counts and sizes.
 */

import { grouped } from '../base/shown.js'
import { readingHere } from './open.js'
import { exit, type Shell } from './shell.js'
import { padded } from './text.js'

const titles = {
  revisions: 'revisions',
  branches: 'branches',
  remotes: 'remotes',
  dataBytes: 'bytes of data',
  storedBytes: 'bytes stored',
  fileBytes: 'bytes of the file',
  memoryBytes: 'bytes of memory'
} as const

/** Prints the numbers; one that would have to be counted on a server is `unknown`, with `--json` `null`. */
export async function run(shell: Shell): Promise<number> {
  const db = await readingHere(shell)
  const stats = await db.stats()
  const lines = Object.entries(titles).map(([name, title]) => {
    const count = stats[name as keyof typeof titles]
    return `${padded(title, 18)} ${count === null ? 'unknown' : grouped(count)}`
  })
  await shell.tell(stats, ...lines)
  return exit.done
}
