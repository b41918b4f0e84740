/**
 * `backup`: a copy of the database in a folder.
 */

import { existsSync, rmSync } from 'node:fs'
import { pathArgument } from '../base/path.js'
import { counted, shown } from '../base/shown.js'
import { ifInterrupted } from './interrupted.js'
import { readingHere } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Makes the copy and says how large it is. */
export async function run(shell: Shell): Promise<number> {
  const path = pathArgument(shell.operand(0))
  const db = await readingHere(shell)
  const progress = new Progress(shell, 'copying')
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    progress.show(done, total)
  const withdraw = existsSync(path) ? undefined : ifInterrupted(() => remove(path))
  const result = await db.backup(path, { onProgress }).finally(() => {
    withdraw?.()
    progress.end()
  })
  const { revisions, bytes } = result
  const line = `${counted(revisions, 'revision')}, ${counted(bytes, 'byte')}, are in ${shown(path)}`
  await shell.tell({ ...result, path }, line)
  return exit.done
}

/** Removes the folder of a copy that is not whole. In one that was there before, the next backup removes what is left. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
