/**
 * `prune`: deletes what nothing reaches.
 */

import { agree } from './ask.js'
import { writing } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'
import { counted } from './text.js'

/** Tells what would go, asks, and deletes. */
export async function run(shell: Shell): Promise<number> {
  const dryRun = shell.flag('dry-run')
  const db = await writing(shell)
  if (!dryRun) {
    const found = await db.prune({ dryRun: true })
    if (found.deleted > 0) {
      const what = `${counted(found.deleted, 'revision')} (${counted(found.bytes, 'byte')})`
      await agree(shell, `${what} will be deleted for good.`)
    }
  }
  const progress = new Progress(shell, 'pruning')
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    progress.show(done, total)
  const { deleted, waiting, bytes } = await db
    .prune(dryRun ? { dryRun, onProgress } : { onProgress })
    .finally(() => progress.end())
  const gone = `${counted(deleted, 'revision')}, ${counted(bytes, 'byte')}, ${dryRun ? 'would be' : 'are'} deleted`
  const wait = `${counted(waiting, 'revision')} that nothing reaches ${waiting === 1 ? 'waits' : 'wait'} for the 30 days to end`
  await shell.tell({ deleted, waiting, bytes, dryRun }, gone, ...(waiting > 0 ? [wait] : []))
  return exit.done
}
