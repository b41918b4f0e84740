/**
 * `merge-base`: where two histories forked.
 */

import { reading } from './open.js'
import { exit, type Shell } from './shell.js'

/** Prints the merge bases, a line each. */
export async function run(shell: Shell): Promise<number> {
  const db = await reading(shell)
  const first = await db.resolve(shell.operand(0))
  const second = await db.resolve(shell.operand(1))
  const bases = await db.mergeBases(first, second)
  for (const ref of bases) await shell.tell({ ref }, ref)
  if (bases.length > 0) return exit.done
  await shell.note('the two have no common ancestor')
  return exit.no
}
