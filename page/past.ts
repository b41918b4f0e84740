/**
 * The history of a value: who changed it, newest first.
 */

import { localTime } from '../ts/base/shown.js'
import type { Changes } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask, isAborted, wordsOf } from './ask.js'
import { button, dataText, el, fill } from './dom.js'
import { nameOf, placeOf, short } from './text.js'
import { inline } from './tree.js'

/** Seconds of the first search, and of further ones. */
const [firstWait, longestWait] = [3, 30]

/** The history of the value at a pointer, in the history of a revision. */
export function pastOf(ref: string, pointer: string, app: App, signal: AbortSignal): HTMLElement {
  const body = el('div', { 'aria-live': 'polite' })
  const whole: HTMLElement = el(
    'section',
    { class: 'past-of', tabindex: -1 },
    el('h3', {}, 'History of ', el('code', {}, placeOf(pointer))),
    body
  )
  whole.firstElementChild?.append(
    ' ',
    button('close', () => whole.replaceChildren(), { class: 'quiet' })
  )
  const load = (wait: number) => {
    fill(body, el('p', { class: 'note' }, 'reading the history …'))
    ask<Changes>('changes', { ref, pointer, wait }, signal).then(
      (told) => fill(body, ...shown(told, app, () => load(longestWait))),
      (error: unknown) => {
        if (!isAborted(error)) fill(body, el('p', { role: 'alert' }, wordsOf(error)))
      }
    )
  }
  load(firstWait)
  return whole
}

function shown({ changes, isDone }: Changes, app: App, again: () => void): HTMLElement[] {
  const items = changes.map(({ ref, author, time, message, before, after }) =>
    el(
      'li',
      {},
      button(short(ref), () => app.choose(ref), { class: 'ref', title: ref }),
      ' ',
      author !== undefined && dataText(nameOf(author), 'author'),
      ' ',
      time !== undefined && el('span', { class: 'time' }, localTime(time)),
      ' ',
      message !== undefined && dataText(message),
      el('div', {}, el('del', {}, inline(before)), ' ', el('ins', {}, inline(after)))
    )
  )
  const list = el('ol', { class: 'changes-of' }, ...items)
  if (isDone) return changes.length === 0 ? [el('p', {}, 'Nothing changed it.')] : [list]
  const more = el('p', { class: 'note' }, 'There may be more, further back. ')
  more.append(button('Search further', again, { class: 'quiet' }))
  return [list, more]
}
