/**
 * Data that is too large for a tree: its text in pieces, and all of it as a file.
 */

import { counted } from '../ts/base/shown.js'
import type { Piece } from '../ts/page/protocol.js'
import { ask, isAborted, wordsOf } from './ask.js'
import { button, el, fill, textNodes } from './dom.js'

/** The beginning of the data of a revision; a click shows more. */
export function large(ref: string, signal: AbortSignal): HTMLElement {
  const about = el('p', { class: 'note' }, 'loading …')
  const text = el('pre', { class: 'piece', tabindex: 0, 'aria-label': 'Beginning of the data' })
  const rest = el('p', {})
  const load = (from: number) => {
    fill(rest, el('span', { class: 'note' }, 'loading …'))
    ask<Piece>('piece', { ref, from }, signal).then(
      (piece) => {
        text.append(...shownPiece(piece))
        fill(about, ...words(piece, ref))
        const { next } = piece
        fill(rest, next !== null && button('Show more', () => load(next), { class: 'more' }))
      },
      (error: unknown) => {
        if (isAborted(error)) return
        const again = button('Try again', () => load(from), { class: 'quiet' })
        fill(rest, el('span', { role: 'alert' }, wordsOf(error)), ' ', again)
      }
    )
  }
  load(0)
  return el('div', {}, about, text, rest)
}

function words({ next, size, isBinary }: Piece, ref: string): (string | Node)[] {
  const kind = isBinary ? 'Binary data' : 'JSON'
  const shown = next === null ? 'all are shown' : `the first ${counted(next, 'byte')} are shown`
  const address = `api/file?${new URLSearchParams({ ref })}`
  const link = el('a', { href: address, download: true }, 'Download all')
  return [`${kind} of ${counted(size, 'byte')}; ${shown}. `, link]
}

function shownPiece({ from, isBinary, text }: Piece): (string | Node)[] {
  if (!isBinary) return textNodes(text, true)
  const lines = (text.match(/.{1,32}/g) ?? []).map((line) => (line.match(/../g) ?? []).join(' '))
  return [`${from === 0 ? '' : '\n'}${lines.join('\n')}`]
}
