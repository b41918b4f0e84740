/**
 * The keys, and a list of them.
 */

import { button, el } from './dom.js'

/** The actions of keys. */
interface KeyActions {
  readonly step: (rows: number) => void
  readonly toEnd: (isLast: boolean) => void
  readonly search: () => void
  readonly compare: () => void
  readonly escape: () => void
}

const keys = [
  ['j, ↓', 'the next revision'],
  ['k, ↑', 'the previous revision'],
  ['Page Up, Page Down', 'move by ten'],
  ['g, G', 'the newest, the oldest'],
  ['/', 'search'],
  ['c', 'compare the selected revision with another'],
  ['Shift and click', 'compare it with the clicked one'],
  ['Esc', 'close'],
  ['?', 'this list']
] as const

/** The list of keys, which `?` shows. */
export function helpDialog(): HTMLDialogElement {
  const rows = keys.map(([key, words]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, words)])
  const dialog = el('dialog', { 'aria-labelledby': 'help' })
  dialog.append(
    el('h2', { id: 'help' }, 'Keys'),
    el('dl', {}, ...rows.flat()),
    el(
      'p',
      { class: 'note' },
      'Authors, times and messages are claims of the writer of a revision. A ref is a hash of its data and history.'
    ),
    button('Close', () => dialog.close())
  )
  return dialog
}

/** Listens to keys, except those typed into a field. */
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
