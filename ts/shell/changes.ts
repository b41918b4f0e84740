/**
 * `changes`: the revisions that changed a value.
 */

import { keysOf, pointerArgument } from '../base/pointer.js'
import { shown as shownText } from '../base/shown.js'
import { tipsOf } from '../rows/tips.js'
import { linesBetween } from './change-lines.js'
import { Misuse } from './fail.js'
import { namedOrHead, readingHere } from './open.js'
import { quoted } from './quoted.js'
import { fitted, piecesOf, shownRevision } from './revision-lines.js'
import { exit, type Shell } from './shell.js'

/** Prints each with the value before and after, newest first. */
export async function run(shell: Shell): Promise<number> {
  const pointer = pointerOf(shell.operand(0))
  const limit = shell.count('limit') ?? Number.POSITIVE_INFINITY
  const db = await readingHere(shell)
  const { names } = await tipsOf(db)
  const start = await namedOrHead(db, shell.operands[1])
  let count = 0
  for await (const { ref, meta, before, after } of db.changes(pointer, start, { limit })) {
    count += 1
    if (shell.json) {
      await shell.out.json({ ref, ...(meta === undefined ? {} : { meta }), before, after })
      continue
    }
    const shown = await shownRevision(db, { ref, meta }, names.get(ref))
    const [head = [], text = []] = piecesOf(shown, false)
    const { columns } = shell.out
    await shell.out.line(
      fitted(shown.meta === undefined ? head : [...head, ...text], columns, shell.out)
    )
    for (const line of linesBetween(before, after, shell, pointer, '  ')) {
      await shell.out.line(line)
    }
  }
  if (count === 0 && limit > 0) await shell.note(`no revision changed ${shownText(pointer)}`)
  return exit.done
}

function pointerOf(text: string): string {
  try {
    return pointerArgument(text, 'the pointer')
  } catch (cause) {
    const isBegun = text.startsWith('/') || keysOf(`/${text}`) === undefined
    const { message } = cause as Error
    if (isBegun) throw new Misuse(`${message}; for example /items/0/title`, { cause })
    const command = `histo changes ${quoted(`/${text}`)}`
    throw new Misuse(`a JSON Pointer begins with '/': ${command}`, { cause })
  }
}
