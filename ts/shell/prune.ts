/**
 * `prune`: deletes what nothing reaches.
 */

import type { PruneResult } from '../base/reports.js'
import { counted } from '../base/shown.js'
import { agree } from './ask.js'
import { readingHere, writing } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Says what will be deleted, asks, and deletes; with `--dry-run` lists what would be deleted, and deletes nothing. */
export async function run(shell: Shell): Promise<number> {
  if (shell.flag('dry-run')) return await tryOut(shell)
  const db = await writing(shell)
  const found = await db.prune({ dryRun: true })
  if (found.deleted > 0) {
    const what = `${counted(found.deleted, 'revision')} (${counted(found.bytes, 'byte')})`
    await agree(shell, `${what} will be deleted for good.`)
  }
  const progress = new Progress(shell, 'pruning')
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    progress.show(done, total)
  const pruned = await db.prune({ onProgress }).finally(() => progress.end())
  await tell(shell, pruned, false)
  return exit.done
}

async function tryOut(shell: Shell): Promise<number> {
  const db = await readingHere(shell)
  const refs: string[] = []
  const pruned = await db.prune({ dryRun: true, onFound: (ref) => refs.push(ref) })
  for (const ref of refs) await shell.tell({ ref }, ref)
  await tell(shell, pruned, true)
  return exit.done
}

async function tell(
  shell: Shell,
  { deleted, waiting, bytes }: PruneResult,
  dryRun: boolean
): Promise<void> {
  const gone = `${counted(deleted, 'revision')}, ${counted(bytes, 'byte')}, ${dryRun ? 'would be' : 'are'} deleted`
  const wait = `${counted(waiting, 'revision')} that nothing reaches ${waiting === 1 ? 'waits' : 'wait'} for the 30 days to end`
  await shell.tell({ deleted, waiting, bytes, dryRun }, gone, ...(waiting > 0 ? [wait] : []))
}
