/**
 * `merge`: joins a revision into the head.
 */

import type { HistoError } from '../base/errors.js'
import { shown, shownJson } from '../base/shown.js'
import { codeOf, shortRef } from './fail.js'
import { writing } from './open.js'
import { prettyScalar } from './pretty.js'
import { exit, type Shell } from './shell.js'
import { metaOf } from './written-meta.js'

/** Merges as JSON. If there are conflicts, lists them and changes nothing. */
export async function run(shell: Shell): Promise<number> {
  const db = await writing(shell)
  const theirs = await db.resolve(shell.operand(0))
  const meta = metaOf(shell)
  try {
    const { kind, ref } = await db.merge(theirs, 'json', meta === undefined ? {} : { meta })
    const branch = shown(db.branchName)
    const line =
      kind === 'up-to-date'
        ? `${branch} has it already`
        : `${branch} is ${ref.slice(0, shortRef)}, a ${kind}`
    await shell.tell({ kind, ref, branch: db.branchName }, line)
    return exit.done
  } catch (error) {
    if (codeOf(error) !== 'HISTO_CONFLICT') throw error
    await tellConflicts(shell, error as HistoError)
    return exit.no
  }
}

/** Prints each conflict: its place, and the value of each side. */
export async function tellConflicts(shell: Shell, { conflicts = [] }: HistoError): Promise<void> {
  if (shell.json) return await shell.out.json({ conflicts })
  for (const { path, kind, base, ours, theirs } of conflicts) {
    await shell.out.line(
      `${shell.out.paint('red', kind)} ${shown(path === '' ? '(all of it)' : path)}`
    )
    for (const [name, value] of Object.entries({ base, ours, theirs })) {
      const text =
        value === undefined ? shell.out.paint('dim', 'not there') : valueText(value, shell)
      await shell.out.line(`  ${name.padEnd(6)} ${text}`)
    }
  }
  await shell.err.line('histo: the merge has conflicts; nothing was changed')
}

function valueText(value: unknown, { out }: Shell): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return typeof value === 'object' ? shownJson(value) : prettyScalar(value, out)
}
