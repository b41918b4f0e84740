/**
 * `diff`: the differences between two revisions.
 */

import { linesBetween } from './change-lines.js'
import { reading } from './open.js'
import { exit, type Shell } from './shell.js'

/** Prints the differences, a line for each place; with `--json` the operations of a JSON Patch. */
export async function run(shell: Shell): Promise<number> {
  const db = await reading(shell)
  const from = await db.resolve(shell.operand(0))
  const to = await db.resolve(shell.operand(1))
  if (shell.json) {
    for (const operation of await db.diff(from, to)) await shell.out.json(operation)
    return exit.done
  }
  const [before, after] = await db.getMany([from, to])
  for (const line of linesBetween(before, after, shell)) await shell.out.line(line)
  return exit.done
}
