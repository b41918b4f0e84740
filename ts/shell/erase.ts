/**
 * `erase`: erases the data of a revision for good.
 */

import { agree } from './ask.js'
import { writing } from './open.js'
import { exit, type Shell } from './shell.js'

/** Says which revision it is, asks, and erases. */
export async function run(shell: Shell): Promise<number> {
  const db = await writing(shell)
  const ref = await db.resolve(shell.operand(0))
  await agree(shell, `The data of ${ref} will be erased for good.`)
  await db.erase(ref)
  await shell.tell(
    { ref },
    `${ref} is erased; 'histo compact' takes the last of it out of the file`
  )
  return exit.done
}
