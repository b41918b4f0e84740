/**
 * `smartlog`: draws the heads, where they fork, and what is near them; leaves out the rest.
 */

import { counted } from '../base/shown.js'
import type { Ref } from '../base/types.js'
import { tipsOf } from '../rows/tips.js'
import { Drawing } from './drawing.js'
import { markOf } from './log.js'
import { lookAround } from './look-around.js'
import { edgesBetween } from './near.js'
import { reading } from './open.js'
import { piecesOf, shownRevision } from './revision-lines.js'
import { exit, type Shell } from './shell.js'

/** Most heads that are shown; more would not be an overview. */
const mostTips = 30

/** Prints the graph. */
export async function run(shell: Shell): Promise<number> {
  const db = await reading(shell)
  const { refs, names } = await tipsOf(db)
  const tips = refs.slice(0, mostTips)
  const { steps, chosen, beyond } = await lookAround(db, tips)
  const edges = edgesBetween(steps, chosen, beyond)
  const drawing = new Drawing(shell.out)
  for (const { ref, meta } of steps.filter(({ ref }) => chosen.has(ref))) {
    const at = names.get(ref)
    if (shell.json) await shell.out.json({ ref, ...at, edges: jsonEdges(edges.get(ref) ?? []) })
    else {
      const text = piecesOf(await shownRevision(db, { ref, meta }, at), false)
      const lines = drawing.lines(ref, edges.get(ref) ?? [], markOf(at), text)
      await shell.out.line(lines.join('\n'))
    }
  }
  if (steps.length === 0) await shell.err.line('histo: there is no revision yet')
  const others = refs.length - tips.length
  if (others > 0) await shell.err.line(`histo: ${counted(others, 'more head')}: histo branches`)
  return exit.done
}

function jsonEdges(edges: readonly { ref: Ref | undefined; isDirect: boolean }[]) {
  return edges.flatMap(({ ref, isDirect }) =>
    ref === undefined ? [] : [{ ref, direct: isDirect }]
  )
}
