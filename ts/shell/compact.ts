/**
 * `compact`: shrinks the file to its contents.
 */

import { counted } from '../base/shown.js'
import { writing } from './open.js'
import { exit, type Shell } from './shell.js'

/** Compacts and prints both sizes. */
export async function run(shell: Shell): Promise<number> {
  const db = await writing(shell)
  const { before, after } = await db.compact()
  await shell.tell(
    { before, after },
    `${counted(before, 'byte')} before, ${counted(after, 'byte')} now`
  )
  return exit.done
}
