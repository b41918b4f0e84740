/**
 * `oplog`: the moves of the heads, newest first.
 */

import type { LogEntry } from '../base/options.js'
import { localTime, shown } from '../base/shown.js'
import { shortRef } from './fail.js'
import { readingHere } from './open.js'
import type { Output } from './output.js'
import { fitted, type Piece } from './revision-lines.js'
import { exit, type Shell } from './shell.js'

/** Prints a line for each move. */
export async function run(shell: Shell): Promise<number> {
  const limit = shell.count('limit') ?? Number.POSITIVE_INFINITY
  const branch = shell.option('branch')
  const db = await readingHere(shell)
  let count = 0
  for await (const entry of db.log({ limit, ...(branch === undefined ? {} : { branch }) })) {
    count += 1
    await shell.tell(entry, lineOf(entry, shell.out))
  }
  if (count === 0 && limit > 0) await shell.note('no head was moved yet')
  return exit.done
}

function lineOf(entry: LogEntry, out: Output): string {
  const { time, branch, action, remote, steps } = entry
  const many = steps === undefined ? '' : ` ${steps} moves`
  const pieces: Piece[] = [
    [shown(localTime(time)), 'dim'],
    [shown(branch), 'green'],
    [`${action}${many}`, 'cyan'],
    [`${named(entry.from)} → ${named(entry.to)}`, 'blue'],
    [remote === undefined ? '' : `by ${shown(remote)}`, 'magenta']
  ]
  return fitted(pieces, out.columns, out)
}

/** A ref, none, or one that was cut away. */
function named(ref: string | null | undefined): string {
  if (ref === undefined) return '(cut away)'
  return ref === null ? '(none)' : ref.slice(0, shortRef)
}
