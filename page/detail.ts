/**
 * The selected revision: its claims, its changes, its data.
 */

import { localTime } from '../ts/base/shown.js'
import type { Differences, MergeShown, RevisionShown, Value } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask, isAborted, wordsOf } from './ask.js'
import { filesOf } from './commit.js'
import { conflictList, differenceList, mergeReasons } from './differences.js'
import { button, dataText, el, fill, textNodes } from './dom.js'
import { large } from './large.js'
import { pastOf } from './past.js'
import { short } from './text.js'
import { inline, tree } from './tree.js'

/** The panel of a revision. */
export class Detail {
  readonly element: HTMLElement = el('div', { class: 'detail' })
  readonly #app: App
  #controller = new AbortController()
  /** The place for the history of a value. */
  #past: HTMLElement = el('div')

  constructor(app: App) {
    this.#app = app
  }

  /** Shows a revision. */
  async show(ref: string): Promise<void> {
    const signal = this.#begin()
    try {
      const revision = await ask<RevisionShown>('revision', { ref }, signal)
      this.#past = el('div')
      fill(
        this.element,
        header(revision, this.#app),
        this.#past,
        ...this.#changes(revision, signal),
        this.#data(revision, signal)
      )
      this.element.scrollTop = 0
    } catch (error) {
      if (isAborted(error)) return
      const again = button('Try again', () => void this.show(ref))
      fill(this.element, el('p', { role: 'alert' }, wordsOf(error)), again)
    }
  }

  /** Shows something else instead. */
  replace(...children: readonly Node[]): AbortSignal {
    const signal = this.#begin()
    fill(this.element, ...children)
    this.element.scrollTop = 0
    return signal
  }

  #begin(): AbortSignal {
    this.#controller.abort()
    this.#controller = new AbortController()
    return this.#controller.signal
  }

  #changes(revision: RevisionShown, signal: AbortSignal): HTMLElement[] {
    const { ref, ancestors } = revision
    const files = filesOf(revision)
    if (files !== undefined) return [section('Files of this commit', files)]
    if (ancestors.length === 0) return [section('Changes', note('It has no ancestor.'))]
    const parts = ancestors.map((ancestor, at) => {
      const place = ancestors.length === 1 ? 'its ancestor' : `ancestor ${at + 1}`
      const title = el('h3', {}, `Changes since ${place} `, refButton(ancestor, this.#app))
      const body = el('div', {}, note('loading …'))
      const asked = ask<Differences>('difference', { from: ancestor, to: ref }, signal)
      this.#put(body, asked, (told) => differenceList(told, (place) => this.#showPast(ref, place)))
      return el('section', { class: 'changes' }, title, body)
    })
    const [ours, theirs] = ancestors
    if (ours === undefined || theirs === undefined) return parts
    return [this.#conflicts({ ours, theirs, result: ref }, signal), ...parts]
  }

  #conflicts(
    question: { readonly ours: string; readonly theirs: string; readonly result: string },
    signal: AbortSignal
  ): HTMLElement {
    const body = el('div', {}, note('loading …'))
    const asked = ask<MergeShown>('merge', question, signal)
    this.#put(body, asked, ({ conflicts, total, reason }) => {
      if (reason !== undefined) return note(`They are not known: ${mergeReasons[reason]}.`)
      if (total === 0) return note('None: both sides changed different places.')
      return conflictList(conflicts, total, (place) => this.#showPast(question.result, place))
    })
    return section('Conflicts of this merge', body)
  }

  #put<T>(body: HTMLElement, asked: Promise<T>, made: (answer: T) => HTMLElement): void {
    asked.then(
      (answer) => fill(body, made(answer)),
      (error: unknown) => {
        if (!isAborted(error)) fill(body, el('p', { role: 'alert' }, wordsOf(error)))
      }
    )
  }

  #data({ ref, data, state }: RevisionShown, signal: AbortSignal): HTMLElement {
    if (state === 'erased') return section('Data', note('The data was erased.'))
    if (state === 'damaged') return section('Data', note('The data is damaged.'))
    if (state === 'large') return section('Data', large(ref, signal))
    const more = (pointer: string, from: number) => ask<Value>('data', { ref, pointer, from })
    const history = (pointer: string) => this.#showPast(ref, pointer)
    return section('Data', tree(data, { more, history }))
  }

  #showPast(ref: string, pointer: string): void {
    const past = pastOf(ref, pointer, this.#app, this.#controller.signal)
    this.#past.replaceWith(past)
    this.#past = past
    past.scrollIntoView({ block: 'nearest' })
    past.focus()
  }
}

function header(revision: RevisionShown, app: App): HTMLElement {
  const { ref, ancestors, author, time, message = '', meta } = revision
  const [first = '', ...rest] = message.trim().split('\n')
  const title = first === '' ? `Revision ${short(ref)}` : first
  const more = el('p', { class: 'message' })
  more.append(...textNodes(rest.join('\n').trim(), true))
  const facts: [string, ...(Node | string)[]][] = [
    ['revision', el('code', { class: 'whole' }, ref)]
  ]
  const claim = () => el('span', { class: 'claim', title: claimTitle }, 'claimed, not verified')
  if (author !== undefined) facts.push(['author', dataText(author), ' ', claim()])
  if (time !== undefined) {
    facts.push(['time', el('time', { title: time }, localTime(time)), ' ', claim()])
  }
  const links = ancestors.flatMap((one) => [refButton(one, app), ' '])
  facts.push([ancestors.length === 1 ? 'ancestor' : 'ancestors', ...links])
  if (ancestors.length === 0) facts[facts.length - 1] = ['ancestors', 'none: a beginning']
  if (meta.type === 'object' && meta.size > 0) facts.push(['meta', inline(meta)])
  const rows = facts.map(([name, ...of]) => el('div', {}, el('dt', {}, name), el('dd', {}, ...of)))
  return el(
    'header',
    {},
    el('h2', {}, dataText(title)),
    el('p', { class: 'labels' }, ...app.names.labels(ref)),
    rest.length > 0 && more,
    el('dl', { class: 'facts' }, ...rows),
    button('Compare with …', () => app.compare(ref), { class: 'quiet' })
  )
}

const claimTitle = 'The writer of the revision claims this; it is not verified.'

/** A button that selects a ref. */
export function refButton(ref: string, app: App): HTMLElement {
  return button(short(ref), () => app.choose(ref), { class: 'ref', title: ref })
}

/** A section with its heading. */
export function section(title: string, ...children: readonly Node[]): HTMLElement {
  return el('section', {}, el('h3', {}, title), ...children)
}

/** A note. */
export function note(text: string): HTMLElement {
  return el('p', { class: 'note' }, text)
}
