/**
 * `pull` and `push` of many branches: their options, and the report for each branch.
 */

import { counted, shown } from '../base/shown.js'
import type { BranchesResult, BranchOutcome } from '../base/sync-options.js'
import { messageOf, shortRef } from './fail.js'
import { exit, type Shell } from './shell.js'

/** The options of an exchange of many branches; `undefined` for one branch. */
export function manyOf(
  shell: Shell
): { readonly branches: string; readonly prune: boolean } | undefined {
  const branches = shell.option('branches')
  return branches === undefined ? undefined : { branches, prune: shell.flag('prune') }
}

/** Prints a line for each branch; exits with 1 if one failed or did not move. */
export async function tellMany(shell: Shell, result: BranchesResult): Promise<number> {
  const { branches, failed, revisions, bytes, deleted = [], tombstones } = result
  const failures = Object.entries(failed)
  const value = {
    revisions,
    bytes,
    ...(tombstones === undefined ? {} : { tombstones }),
    branches,
    failed: Object.fromEntries(failures.map(([name, error]) => [name, messageOf(error)])),
    deleted
  }
  const lines = Object.entries(branches).map(([name, outcome]) => lineOf(name, outcome))
  for (const [name, error] of failures) {
    lines.push(`failed        ${shown(name)}: ${messageOf(error)}`)
  }
  const sum = `${counted(revisions, 'revision')}, ${counted(bytes, 'byte')}`
  await shell.tell(value, ...lines, lines.length === 0 ? `${sum}; nothing to move` : sum)
  const isStuck = Object.values(branches).some(
    ({ ref, reason }) => ref !== null && reason !== undefined
  )
  return failures.length > 0 || isStuck ? exit.no : exit.done
}

const reasons = {
  never: 'the server lets no head be moved from outside',
  denied: 'the server does not let you move it',
  'no-setHead': 'it cannot be moved'
} as const

function lineOf(name: string, { kind, ref, reason }: BranchOutcome): string {
  const at = ref === null ? '' : ` ${ref.slice(0, shortRef)}`
  const words = ref === null ? 'it may not be deleted there' : reason && reasons[reason]
  const why = reason === undefined ? '' : `: ${words}`
  return `${kind.padEnd(13)} ${shown(name)}${at}${why}`
}
