/**
 * `log`: the history as a graph, newest first, drawn as it is read.
 */

import type { RevisionHeader } from '../base/options.js'
import { type Names, type Tips, tipsOf } from '../rows/tips.js'
import { walk } from '../rows/walk.js'
import { Drawing } from './drawing.js'
import { reading } from './open.js'
import { piecesOf, shownRevision } from './revision-lines.js'
import { exit, type Shell } from './shell.js'

/** Most heads from which a graph begins; a branch that is named is always drawn. */
const mostTips = 1000

/** Prints the graph. */
export async function run(shell: Shell): Promise<number> {
  const limit = shell.count('limit') ?? Number.POSITIVE_INFINITY
  const db = await reading(shell)
  const { refs, names } = await tipsOf(db)
  const [name] = shell.operands
  const most = Math.min(mostTips, db.mostTips ?? mostTips)
  const tips = name === undefined ? await bounded(shell, refs, most) : [await db.resolve(name)]
  const drawing = new Drawing(shell.out)
  let count = 0
  let last: string | undefined
  for await (const step of walk(db, tips)) {
    if (count === limit) {
      last = drawing.end()
      break
    }
    count += 1
    const at = names.get(step.ref)
    if (shell.json) await shell.out.json(jsonOf(step, at))
    else {
      const text = piecesOf(await shownRevision(db, step, at), shell.flag('oneline'))
      const edges = step.ancestors.map((ref) => ({ ref, isDirect: true }))
      const lines = drawing.lines(step.ref, edges, markOf(at), text)
      await shell.out.line(lines.join('\n'))
    }
  }
  last ??= drawing.end()
  if (last !== undefined && !shell.json) await shell.out.line(last)
  if (count === 0 && limit > 0) await shell.err.line('histo: there is no revision yet')
  return exit.done
}

/** The mark of a revision: filled for a head. */
export function markOf(names: Names | undefined): string {
  return names === undefined ? '○' : '●'
}

async function bounded(shell: Shell, refs: Tips['refs'], most: number): Promise<Tips['refs']> {
  if (refs.length <= most) return refs
  await shell.err.line(
    `histo: of ${refs.length} heads the first ${most} are drawn; name another by its branch`
  )
  return refs.slice(0, most)
}

function jsonOf(
  { ref, ancestors, meta }: RevisionHeader,
  { branches, remotes }: Names = { branches: [], remotes: [] }
): object {
  return { ref, ancestors, branches, remotes, ...(meta === undefined ? {} : { meta }) }
}
