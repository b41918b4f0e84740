/**
 * Data as a tree: members are made when they are opened, and requested if they were left out.
 */

import { counted, grouped } from '../ts/base/shown.js'
import type { Value } from '../ts/page/protocol.js'
import { button, dataText, el, fill } from './dom.js'

/** Levels that are open at first, and most members of one that is. */
const [openLevels, openMembers] = [3, 40]

/** The actions of a tree. */
interface TreeActions {
  /** Loads more members of the value at a pointer. */
  readonly more: (pointer: string, from: number) => Promise<Value>
  /** Shows the history of the value at a pointer. */
  readonly history?: (pointer: string) => void
}

/** A value with everything below it. */
export function tree(value: Value, actions: TreeActions): HTMLElement {
  return el('div', { class: 'tree' }, node(undefined, value, '', 0, actions))
}

/** Most characters of a string in a line with others. */
const mostInline = 300

/** A value in one line. */
export function inline(value: Value | undefined): HTMLElement {
  if (value === undefined) return el('span', { class: 'value' })
  if (value.type === 'object' || value.type === 'array') {
    const [open, close] = value.type === 'object' ? ['{', '}'] : ['[', ']']
    const parts = value.members
      .slice(0, 6)
      .flatMap(([key, member], at): (string | HTMLElement)[] => {
        const name = value.type === 'object' ? [dataText(JSON.stringify(key), 'key'), ': '] : []
        return [at === 0 ? '' : ', ', ...name, inline(member)]
      })
    const more = value.size > Math.min(6, value.members.length) ? ', …' : ''
    const isEmpty = value.members.length === 0 && value.size > 0
    return el('span', { class: 'value' }, open, ...parts, isEmpty ? '…' : more, close)
  }
  return scalar(value, mostInline)
}

function scalar(value: Value, most: number = Number.POSITIVE_INFINITY): HTMLElement {
  if (value.type === 'nothing') return el('span', { class: 'value nothing' }, 'nothing')
  if (value.type === 'bytes') return el('span', { class: 'value' }, counted(value.size, 'byte'))
  if (value.type !== 'value') return el('span')
  const { value: plain } = value
  const isCut = typeof plain === 'string' && plain.length > most
  const text = JSON.stringify(isCut ? plain.slice(0, most) : plain)
  const length = value.length ?? (isCut ? plain.length : undefined)
  const kind = plain === null ? 'null' : typeof plain
  const cut = length === undefined ? '' : ` … of ${counted(length, 'character')}`
  return el('span', { class: 'value' }, dataText(text, kind), cut !== '' && el('i', {}, cut))
}

function node(
  key: string | undefined,
  value: Value,
  pointer: string,
  depth: number,
  actions: TreeActions
): HTMLElement {
  const name = key === undefined ? [] : [dataText(key, 'key'), ': ']
  const past = pastButton(pointer, actions)
  if (value.type === 'bytes') return bytes(value)
  if (value.type !== 'object' && value.type !== 'array') {
    return el('div', { class: 'leaf' }, ...name, scalar(value), past)
  }
  const count = counted(value.size, ...wordsOf(value.type))
  const isOpen = depth < openLevels && value.size <= openMembers
  const inside = el('div', { class: 'members' })
  const summary = el('summary', {}, ...name, el('span', { class: 'size' }, count))
  const details = el('details', { open: isOpen }, summary, inside)
  let isMade = false
  const make = () => {
    if (isMade || !details.open) return
    isMade = true
    members(inside, value, pointer, depth, actions)
  }
  details.addEventListener('toggle', make)
  make()
  return el('div', { class: 'node' }, details, past)
}

function pastButton(pointer: string, { history }: TreeActions): HTMLElement | undefined {
  if (history === undefined) return undefined
  const label = `History of the value at ${pointer === '' ? 'the top' : pointer}`
  return button('history', () => history(pointer), { class: 'past', 'aria-label': label })
}

function wordsOf(type: 'object' | 'array'): [string, string] {
  return type === 'object' ? ['member', 'members'] : ['element', 'elements']
}

function members(
  inside: HTMLElement,
  value: Extract<Value, { type: 'object' | 'array' }>,
  pointer: string,
  depth: number,
  actions: TreeActions
): void {
  for (const [key, member] of value.members) {
    const below = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    inside.append(node(key, member, below, depth + 1, actions))
  }
  const next = value.from + value.members.length
  if (next >= value.size) return
  const load = () => {
    fill(more, 'loading …')
    actions.more(pointer, next).then(
      (answer) => {
        more.remove()
        if (answer.type === value.type) members(inside, answer, pointer, depth, actions)
      },
      () => fill(more, 'could not be loaded; try again')
    )
  }
  const more = button(`${grouped(value.size - next)} more`, load, { class: 'more' })
  inside.append(more)
  if (value.members.length === 0 && value.from === 0) load()
}

function bytes({ size, hex }: Extract<Value, { type: 'bytes' }>): HTMLElement {
  const lines = (hex.match(/.{1,32}/g) ?? []).map((line) => (line.match(/../g) ?? []).join(' '))
  const more = hex.length / 2 < size ? ['…'] : []
  const dump = el('pre', { class: 'bytes' })
  dump.textContent = [...lines, ...more].join('\n')
  return el('div', {}, el('p', {}, `Binary data, ${counted(size, 'byte')}`), dump)
}
