/**
 * `undo` and `redo`: move the head of a branch back to where it was, and forward again.
 */

import { shown } from '../base/shown.js'
import { shortRef } from './fail.js'
import { headOf, writing } from './open.js'
import { exit, type Shell } from './shell.js'

/** Goes back. */
export async function runUndo(shell: Shell): Promise<number> {
  return await travel(shell, 'undo')
}

/** Goes forward. */
export async function runRedo(shell: Shell): Promise<number> {
  return await travel(shell, 'redo')
}

async function travel(shell: Shell, way: 'undo' | 'redo'): Promise<number> {
  const steps = shell.count('steps', { least: 1 }) ?? 1
  const db = await writing(shell)
  const previous = await headOf(db)
  const ref = await db[way]({ steps, previousHead: previous })
  const [is, was] = [ref, previous].map((at) => at?.slice(0, shortRef) ?? 'without a head')
  const line = `${shown(db.branchName)} is ${is} (was ${was})`
  await shell.tell({ branch: db.branchName, ref, previous }, line)
  return exit.done
}
