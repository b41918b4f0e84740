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

/** Prints the numbers; those that would have to be counted on a server are only named, with `--json` `null`. */
export async function run(shell: Shell): Promise<number> {
  const db = await readingHere(shell)
  const stats = await db.stats()
  const [lines, unknown]: [string[], string[]] = [[], []]
  for (const [name, title] of Object.entries(titles)) {
    const count = stats[name as keyof typeof titles]
    if (count === null) unknown.push(title)
    else lines.push(`${padded(title, 18)} ${grouped(count)}`)
  }
  if (unknown.length > 0) lines.push(`not counted on a server: ${unknown.join(', ')}`)
  await shell.tell(stats, ...lines)
  return exit.done
}
