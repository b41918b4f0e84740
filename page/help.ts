/**
 * The keys, and a list of them.
 */

import { button, el } from './dom.js'

/** What keys do. */
export interface KeyActions {
  readonly step: (rows: number) => void
  readonly toEnd: (isLast: boolean) => void
  readonly search: () => void
  readonly compare: () => void
  readonly escape: () => void
}

const keys = [
  ['j, ↓', 'the next revision below'],
  ['k, ↑', 'the one above'],
  ['Page Up, Page Down', 'ten at once'],
  ['g, G', 'the newest, the oldest'],
  ['/', 'search'],
  ['c', 'compare the chosen revision with another'],
  ['Shift and a click', 'compare it with that one'],
  ['Esc', 'close'],
  ['?', 'this list']
] as const

/** The list of keys, which is shown by `?`. */
export function helpDialog(): HTMLDialogElement {
  const rows = keys.map(([key, words]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, words)])
  const dialog = el('dialog', { 'aria-labelledby': 'help' })
  dialog.append(
    el('h2', { id: 'help' }, 'Keys'),
    el('dl', {}, ...rows.flat()),
    el(
      'p',
      { class: 'note' },
      'Authors, times and messages are what whoever wrote a revision claims. A ref is a hash of its data and history.'
    ),
    button('Close', () => dialog.close())
  )
  return dialog
}

/** Listens to the keys, but for those that somebody types into a field. */
export function listenToKeys(actions: KeyActions, help: HTMLDialogElement): void {
  const run: Readonly<Record<string, () => void>> = {
    j: () => actions.step(1),
    k: () => actions.step(-1),
    g: () => actions.toEnd(false),
    G: () => actions.toEnd(true),
    c: actions.compare,
    '/': actions.search,
    '?': () => help.showModal(),
    Escape: actions.escape
  }
  const inList: typeof run = {
    ArrowDown: () => actions.step(1),
    ArrowUp: () => actions.step(-1),
    PageDown: () => actions.step(10),
    PageUp: () => actions.step(-10),
    Home: () => actions.toEnd(false),
    End: () => actions.toEnd(true)
  }
  addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event
    const element = target instanceof Element ? target : document.body
    if (ctrlKey || metaKey || altKey || help.open) return
    if (element.closest('input:not([type=range]), select, textarea') !== null) return
    const isInList = element === document.body || element.closest('.scroller') !== null
    const action = run[key] ?? (isInList ? inList[key] : undefined)
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
