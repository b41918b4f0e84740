/**
 * Compares two revisions: their differences, how they are related, and which conflicts a merge would have.
 */

import type { Differences, MergeShown, SearchAnswer } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask, isAborted, wordsOf } from './ask.js'
import { type Detail, note, refButton, section } from './detail.js'
import { conflictList, differenceList, mergeReasons } from './differences.js'
import { el, fill } from './dom.js'
import { apartWords, short } from './text.js'

/** Shows the comparison in the panel; asks for missing revisions. */
export function showComparison(detail: Detail, app: App, from?: string, to?: string): void {
  const result = el('div', { 'aria-live': 'polite' })
  const before = field('From', 'from', from && shortName(from, app))
  const after = field('To', 'to', to && shortName(to, app))
  const form = el(
    'form',
    { class: 'compare' },
    before,
    after,
    el('button', { type: 'submit' }, 'Compare'),
    el('datalist', { id: 'names' }, ...app.state.heads.slice(0, 200).map(optionOf))
  )
  const signal = detail.replace(el('h2', {}, 'Compare two revisions'), form, result)
  const run = () => {
    const names = [before, after].map((label) => label.querySelector('input')?.value.trim() ?? '')
    if (names.every((name) => name !== '')) void compare(result, app, names, signal)
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    run()
  })
  const empty = [before, after].find((label) => label.querySelector('input')?.value === '')
  if (empty === undefined) run()
  else {
    fill(
      result,
      note('A branch, a ref or its first digits, main~3; or a click with Shift in the graph.')
    )
    empty.querySelector('input')?.focus()
  }
}

function optionOf({ name }: { readonly name: string }): HTMLElement {
  return el('option', { value: name })
}

function field(label: string, name: string, value = ''): HTMLElement {
  const attributes = { name, value, list: 'names', autocomplete: 'off', spellcheck: 'false' }
  return el('label', {}, label, el('input', attributes))
}

async function compare(
  result: HTMLElement,
  app: App,
  names: readonly string[],
  signal: AbortSignal
): Promise<void> {
  fill(result, note('comparing …'))
  try {
    const [from, to] = await Promise.all(names.map((name) => refOf(name, app, signal)))
    if (from === undefined || to === undefined) return
    const [told, merge] = await Promise.all([
      ask<Differences>('difference', { from, to }, signal),
      ask<MergeShown>('merge', { ours: from, theirs: to }, signal)
    ])
    const title = el('h3', {}, 'From ', refButton(from, app), ' to ', refButton(to, app))
    const changes = el('section', { class: 'changes' }, title, differenceList(told, undefined))
    fill(result, changes, together(merge, app), conflictsOf(merge))
  } catch (error) {
    if (!isAborted(error)) fill(result, el('p', { role: 'alert' }, wordsOf(error)))
  }
}

async function refOf(name: string, app: App, signal: AbortSignal): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(name)) return name
  const head = app.state.heads.find((one) => one.name === name)
  if (head !== undefined) return head.ref
  const question = { view: app.state.view, q: name, in: 'ref' }
  const { names } = await ask<SearchAnswer>('search', question, signal)
  const found = names.find(({ kind }) => kind === 'revision')
  if (found === undefined) throw new Error(`nothing, or more than one revision, is named ${name}`)
  return found.ref
}

function together({ bases, ours, theirs, most }: MergeShown, app: App): HTMLElement {
  const distance = { ahead: theirs, behind: ours, most }
  const words = el('p', {}, `The second is ${apartWords(distance, 'the first')}.`)
  const [base] = bases
  if (base === undefined) return section('Histories', words, note('They share no history.'))
  const many = bases.length > 1 ? `, and ${bases.length - 1} more` : ''
  const fork = el('p', {}, 'Both come from ', refButton(base, app), many, '.')
  return section('Histories', words, fork)
}

function conflictsOf({ conflicts, total, reason, ours, theirs }: MergeShown): HTMLElement {
  if (reason !== undefined) {
    return section('If they are merged', note(`They are not known: ${mergeReasons[reason]}.`))
  }
  if (ours === 0 || theirs === 0)
    return section('If they are merged', note('One contains the other.'))
  if (total === 0) return section('If they are merged', note('No conflicts.'))
  return section('If they are merged: conflicts', conflictList(conflicts, total, undefined))
}

/** The short name of a revision. */
function shortName(ref: string, app: App): string {
  const branch = app.names.at(ref).find(({ kind }) => kind === 'branch')
  return branch?.name ?? short(ref)
}
