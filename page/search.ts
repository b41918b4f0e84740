/**
 * Search: reads the history from the newest revision on, and lists hits as they come.
 */

import { counted, grouped, localTime } from '../ts/base/shown.js'
import type { Found, SearchAnswer } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask, isAborted, wordsOf } from './ask.js'
import { button, dataText, el, fill } from './dom.js'
import { nameOf, placeOf, short } from './text.js'

/** Milliseconds after the last key, and most hits that are listed before the reader asks for more. */
const [pause, most] = [250, 100]

const places = [
  ['all', 'everywhere'],
  ['ref', 'refs and names'],
  ['author', 'authors'],
  ['message', 'messages'],
  ['data', 'data']
] as const

/** The search field and the hits. */
export class Search {
  readonly form: HTMLElement
  readonly results: HTMLElement
  readonly #app: App
  readonly #input: HTMLInputElement
  readonly #where: HTMLSelectElement
  readonly #status: HTMLElement = el('p', { class: 'note', role: 'status' })
  readonly #list: HTMLElement = el('ol')
  readonly #more: HTMLElement
  #timer: number | undefined
  #controller = new AbortController()
  #next: number | null = null
  #count = 0

  constructor(app: App) {
    this.#app = app
    this.#input = el('input', {
      type: 'search',
      id: 'search',
      placeholder: 'Search refs, authors, messages, data',
      'aria-label': 'Search the history',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => this.#later(),
      onkeydown: (event: KeyboardEvent) => this.#key(event)
    })
    const options = places.map(([value, words]) => el('option', { value }, words))
    const where = { 'aria-label': 'Where to search', onchange: () => this.#run() }
    this.#where = el('select', where, ...options)
    const submit = (event: Event) => {
      event.preventDefault()
      this.#run()
    }
    const attributes = { role: 'search', class: 'search', onsubmit: submit }
    this.form = el('form', attributes, this.#input, this.#where)
    this.#more = button('Search on', () => void this.#go(this.#count + most), { class: 'quiet' })
    const close = button('close', () => this.close(), { class: 'quiet close' })
    const label = 'Search results'
    this.results = el(
      'section',
      { class: 'results', hidden: true, 'aria-label': label },
      close,
      this.#status,
      this.#list,
      this.#more
    )
  }

  /** Puts the cursor into the field. */
  focus(): void {
    this.#input.focus()
    this.#input.select()
  }

  /** Ends the search and removes its list. */
  close(): void {
    this.#controller.abort()
    this.results.hidden = true
  }

  #later(): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#run(), pause)
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      this.close()
      this.#input.blur()
    } else if (event.key === 'ArrowDown') {
      event.preventDefault()
      this.#list.querySelector('button')?.focus()
    }
  }

  #run(): void {
    clearTimeout(this.#timer)
    this.#controller.abort()
    if (this.#input.value.trim() === '') {
      this.close()
      return
    }
    this.#controller = new AbortController()
    this.results.hidden = false
    fill(this.#list)
    this.#next = 0
    this.#count = 0
    void this.#go(most)
  }

  /** Continues until there are `upTo` hits, or to the end. */
  async #go(upTo: number): Promise<void> {
    const { signal } = this.#controller
    const question = { view: this.#app.view, q: this.#input.value, in: this.#where.value }
    this.#more.hidden = true
    try {
      while (this.#next !== null && this.#count < upTo) {
        this.#tell('searching')
        const from = this.#next
        const answer = await ask<SearchAnswer>('search', { ...question, from }, signal)
        this.#take(answer)
      }
      this.#tell(this.#next === null ? 'done' : 'stopped')
      this.#more.hidden = this.#next === null
    } catch (error) {
      if (!isAborted(error)) fill(this.#status, wordsOf(error))
    }
  }

  #take({ names, found, next }: SearchAnswer): void {
    for (const { name, ref, kind } of names) {
      this.#add(ref, undefined, el('span', { class: `label ${kind}` }, name), undefined, kind)
    }
    for (const one of found) {
      this.#add(one.ref, one.row, ...linesOf(one, this.#input.value.trim()))
    }
    this.#next = next
  }

  #add(
    ref: string,
    row: number | undefined,
    what: HTMLElement,
    place: HTMLElement | undefined,
    claimed: string
  ): void {
    this.#count += 1
    const choose = () => this.#app.choose(ref, row)
    const item = button(el('span', { class: 'what' }, what), choose)
    if (place !== undefined) item.append(place)
    const digits = el('code', { class: 'ref' }, short(ref))
    item.append(el('span', { class: 'sub' }, digits, dataText(claimed)))
    this.#list.append(el('li', {}, item))
  }

  #tell(state: 'searching' | 'done' | 'stopped'): void {
    const count = counted(this.#count, 'result')
    const rows = grouped(this.#next ?? 0)
    const words = {
      searching: `${count} in the newest ${rows} revisions; searching …`,
      done: this.#count === 0 ? 'Nothing was found.' : `${count}.`,
      stopped: `${count} in the newest ${rows} revisions.`
    }
    fill(this.#status, words[state])
  }
}

/** The lines of a hit: what the revision is about, where in it the text was found, and who wrote it. */
function linesOf(
  found: Found,
  text: string
): [what: HTMLElement, place: HTMLElement | undefined, claimed: string] {
  const { author = '', time, message, where, path, excerpt } = found
  const when = time === undefined ? '' : localTime(time)
  const claimed = [nameOf(author), when].filter(Boolean).join(' · ')
  const hit = marked(excerpt.replace(/\s+/g, ' '), text)
  if (where === 'message' || message === undefined) {
    const place =
      path === undefined ? undefined : el('span', { class: 'hit' }, dataText(placeOf(path)))
    return [hit, place, claimed]
  }
  const place = path === undefined ? where : placeOf(path)
  return [dataText(message), el('span', { class: 'hit' }, dataText(place), ': ', hit), claimed]
}

/** A text with the first place marked at which another one is in it. */
function marked(text: string, wanted: string): HTMLElement {
  const at = text.toLowerCase().indexOf(wanted.toLowerCase())
  if (at < 0) return dataText(text)
  const end = at + wanted.length
  const mark = el('mark', {}, text.slice(at, end))
  return el('bdi', {}, text.slice(0, at), mark, text.slice(end))
}
