/**
 * Differences and conflicts as lists, one entry for each place.
 */

import { counted } from '../ts/base/shown.js'
import type { Conflict, Difference, Differences } from '../ts/page/protocol.js'
import { button, el } from './dom.js'
import { placeOf } from './text.js'
import { inline } from './tree.js'

const signs = { add: '+', remove: '−', replace: '~', move: '→' } as const
const words = { add: 'new', remove: 'gone', replace: 'changed', move: 'moved' } as const
const reasons = {
  binary: 'The data is binary: it differs as a whole.',
  erased: 'The data of one of them was erased.',
  damaged: 'The data of one of them is damaged.',
  large: 'The data of one of them is too large for this page: histo diff tells the differences.'
} as const

/** Why conflicts are not told. */
export const mergeReasons = {
  binary: 'the data is binary',
  erased: 'the data is erased',
  damaged: 'the data is damaged',
  large: 'the data is too large for this page'
} as const

/** Shows the history of the value at a pointer. */
type ShowHistory = ((pointer: string) => void) | undefined

/** The differences between two revisions. */
export function differenceList(told: Differences, history: ShowHistory): HTMLElement {
  const { differences, total, reason } = told
  if (reason !== undefined) return el('p', { class: 'note' }, reasons[reason])
  if (total === 0) return el('p', { class: 'note' }, 'The data is the same.')
  const items = differences.map((one) => difference(one, history))
  const left = total - differences.length
  const more = left > 0 && el('p', { class: 'note' }, `and ${counted(left, 'more difference')}`)
  return el('div', {}, el('ul', { class: 'differences' }, ...items), more)
}

function difference(one: Difference, history: ShowHistory): HTMLElement {
  const { op, path, from, before, after } = one
  return el(
    'li',
    { class: op },
    el('span', { class: 'sign', title: words[op] }, signs[op]),
    el('span', { class: 'hidden' }, `${words[op]}: `),
    place(path, history),
    from !== undefined && el('span', { class: 'from' }, 'from ', placeOf(from)),
    before !== undefined && el('del', {}, inline(before)),
    before !== undefined && after !== undefined && ' ',
    after !== undefined && el('ins', {}, inline(after))
  )
}

/** A pointer; a click shows the history of the value there. */
function place(path: string, history: ShowHistory): HTMLElement {
  if (history === undefined) return el('code', { class: 'place' }, placeOf(path))
  const title = 'Who changed this value'
  return button(placeOf(path), () => history(path), { class: 'place', title })
}

/** Conflicts of a merge, and how each was settled. */
export function conflictList(
  conflicts: readonly Conflict[],
  total: number,
  history: ShowHistory
): HTMLElement {
  const items = conflicts.map(({ path, kind, base, ours, theirs, result }) => {
    const row = (name: string, value: Parameters<typeof inline>[0]) =>
      el('div', { class: 'side' }, el('dt', {}, name), el('dd', {}, inline(value)))
    const sides = [row('base', base), row('ours', ours), row('theirs', theirs)]
    if (result !== undefined) sides.push(row('settled as', result))
    return el('li', {}, place(path, history), ` ${kind}`, el('dl', {}, ...sides))
  })
  const left = total - conflicts.length
  const more = left > 0 && el('p', { class: 'note' }, `and ${counted(left, 'more conflict')}`)
  return el('div', {}, el('ul', { class: 'conflicts' }, ...items), more)
}
