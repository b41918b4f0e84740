/**
 * `show`: prints a revision, its meta, and what it changed.
 */

import type { RevisionHeader } from '../base/options.js'
import { shown } from '../base/shown.js'
import type { Ref, Revision } from '../base/types.js'
import { changeLines } from './change-lines.js'
import { codeOf } from './fail.js'
import { namedOrHead, reading } from './open.js'
import type { Reader } from './reader.js'
import { exit, type Shell } from './shell.js'

/** Prints the revision. */
export async function run(shell: Shell): Promise<number> {
  const db = await reading(shell)
  const ref = await namedOrHead(db, shell.operands[0])
  const revision = await db
    .revision(ref)
    .catch((error: unknown) => withoutData(db, ref, error, shell))
  if (shell.json) {
    await shell.out.json(jsonOf(revision))
    return exit.done
  }
  for (const line of headerLines(revision, shell)) await shell.out.line(line)
  await shell.out.line('')
  const [before = null] = revision.ancestors
  for await (const line of changeLines(db, before, revision, shell)) await shell.out.line(line)
  return exit.done
}

/** Shows what is left of a revision whose data is gone, and then fails. */
async function withoutData(db: Reader, ref: Ref, error: unknown, shell: Shell): Promise<never> {
  if (codeOf(error) !== 'HISTO_SHALLOW' || shell.json) throw error
  for await (const header of db.history(ref, { limit: 1, data: false })) {
    for (const line of headerLines(header, shell)) await shell.out.line(line)
  }
  throw error
}

/** A revision as a value of JSON; bytes in base64. */
export function jsonOf({ ref, ancestors, data, meta }: Revision<unknown>): object {
  const bytes = data instanceof Uint8Array ? Buffer.from(data).toString('base64') : undefined
  return {
    ref,
    ancestors,
    ...(meta === undefined ? {} : { meta }),
    ...(bytes === undefined ? { data } : { bytes })
  }
}

function headerLines({ ref, ancestors, meta = {} }: RevisionHeader, { out }: Shell): string[] {
  const { author, time, message, ...others } = meta
  const field = (name: string, value: string) => `${out.paint('dim', name.padEnd(9))} ${value}`
  const lines = [field('revision', out.paint('blue', ref))]
  for (const ancestor of ancestors) lines.push(field('ancestor', ancestor))
  for (const [name, value] of Object.entries({ author, time, ...others })) {
    if (value === undefined) continue
    lines.push(field(shown(name), shown(typeof value === 'string' ? value : JSON.stringify(value))))
  }
  if (typeof message !== 'string') return lines
  return [
    ...lines,
    '',
    ...message
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${shown(line)}`))
  ]
}
