/**
 * One row of the list: an element that shows one revision after the other as the list scrolls.
 */

import { localTime } from '../ts/base/shown.js'
import type { GraphRow } from '../ts/page/protocol.js'
import { dataText, el, fill } from './dom.js'
import type { Names } from './names.js'
import { nameOf, short } from './text.js'

/** The content of a row. */
interface RowShown {
  readonly index: number
  /** `undefined` until it was loaded. */
  readonly row: GraphRow | undefined
  readonly names: Names
  readonly count: number
  readonly isSelected: boolean
  /** Pixels: from the top, of its lanes, and its height. */
  readonly top: number
  readonly left: number
  readonly height: number
}

/** The element of a row. */
export class RowElement {
  readonly element: HTMLElement = el('div', { class: 'row', role: 'option' })
  index = -1
  #row: GraphRow | undefined
  #names: Names | undefined

  /** Shows a row; unchanged parts are not made again. */
  show({ index, row, names, count, isSelected, top, left, height }: RowShown): void {
    const { element } = this
    element.hidden = false
    element.style.transform = `translateY(${top}px)`
    element.style.height = `${height}px`
    element.style.paddingInlineStart = `${left}px`
    element.setAttribute('aria-selected', String(isSelected))
    if (index !== this.index) {
      element.id = `row-${index}`
      element.setAttribute('aria-posinset', String(index + 1))
    }
    element.setAttribute('aria-setsize', String(count))
    if (index === this.index && row === this.#row && names === this.#names) return
    this.index = index
    this.#row = row
    this.#names = names
    element.classList.toggle('waiting', row === undefined)
    fill(element, ...(row === undefined ? ['…'] : content(row, names)))
  }

  hide(): void {
    this.element.hidden = true
    this.index = -1
    this.element.removeAttribute('id')
  }
}

function content(row: GraphRow, names: Names): HTMLElement[] {
  const { ref, author, time, message, data, targets } = row
  const said = message ?? data ?? ''
  const text = el('span', { class: message === undefined ? 'said data' : 'said' }, dataText(said))
  const isMerge = targets.length > 1
  return [
    el(
      'span',
      { class: 'main' },
      names.labelsAtRow(ref),
      text,
      isMerge && hidden(`, a merge of ${targets.length}`)
    ),
    el(
      'span',
      { class: 'sub' },
      el('code', { class: 'ref' }, short(ref)),
      author !== undefined && dataText(nameOf(author), 'author'),
      time !== undefined && el('span', { class: 'time' }, localTime(time))
    )
  ]
}

/** Text for screen readers, in place of lines and dots. */
function hidden(text: string): HTMLElement {
  return el('span', { class: 'hidden' }, text)
}
