/**
 * `verify`: checks whether everything is stored as it was put.
 */

import type { VerifyReport } from '../base/reports.js'
import { counted, shown } from '../base/shown.js'
import { readingHere } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Prints the report. */
export async function run(shell: Shell): Promise<number> {
  const db = await readingHere(shell)
  const progress = new Progress(shell, 'verifying')
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    progress.show(done, total)
  const report = await db.verify({ onProgress }).finally(() => progress.end())
  await shell.tell(report, ...linesOf(report, shell))
  return report.ok ? exit.done : exit.no
}

function linesOf(report: VerifyReport, { out }: Shell): string[] {
  const { ok, revisions, bytes, damaged, missing, dangling, heads, file, tombstones } = report
  const lists = { damaged, missing, dangling }
  const wrong = Object.entries(lists).flatMap(([word, refs]) =>
    refs.map((ref) => `${out.paint('red', word)} ${ref}`)
  )
  for (const { key, ref } of heads) {
    wrong.push(`${out.paint('red', 'lost head')} ${shown(key)}${ref === null ? '' : ` ${ref}`}`)
  }
  if (file !== null) wrong.push(`${out.paint('red', 'the file')} ${shown(file)}`)
  const size = `${counted(revisions, 'revision')}, ${counted(bytes, 'byte')}`
  const lacking = tombstones === undefined ? '' : `, ${counted(tombstones, 'tombstone')}`
  const verdict = ok ? out.paint('green', 'all is well') : out.paint('red', 'something is wrong')
  return [...wrong, `${size}${lacking}: ${verdict}`]
}
