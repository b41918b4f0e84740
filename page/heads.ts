/**
 * The branches and replicas, and how far each is ahead of or behind a branch.
 */

import type { Apart, Head } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask } from './ask.js'
import { dataText, el, fill } from './dom.js'
import { apartWords, short } from './text.js'

/** Most heads of each kind that are listed, and most whose distance is requested. */
const [mostListed, mostMeasured] = [200, 40]

type Kind = 'branch' | 'remote'

/** The list of heads. */
export class Heads {
  readonly element: HTMLElement
  readonly #app: App
  readonly #branches: HTMLElement = el('ul')
  readonly #remotes: HTMLElement = el('ul')
  readonly #filter: HTMLInputElement
  readonly #distances = new Map<string, Promise<Apart>>()
  /** Distances are requested one after the other, since a browser has few connections to a server. */
  #last: Promise<unknown> = Promise.resolve()
  /** The ref of each button. */
  readonly #items = new WeakMap<HTMLElement, string>()
  #turn = 0

  constructor(app: App) {
    this.#app = app
    const label = 'Only names that begin with'
    this.#filter = el('input', {
      type: 'search',
      placeholder: 'begins with …',
      'aria-label': label,
      oninput: () => this.show()
    })
    this.element = el(
      'nav',
      { 'aria-label': 'Branches and replicas' },
      this.#filter,
      el('h2', {}, 'Branches'),
      this.#branches,
      el('h2', {}, 'Replicas'),
      this.#remotes
    )
  }

  /** Shows the current heads. */
  show(): void {
    this.#turn += 1
    const { heads, remotes, hasMore } = this.#app.state
    const count = heads.length + remotes.length
    this.#filter.hidden = !hasMore && count < 12
    const prefix = this.#filter.value
    this.#fill('branch', heads, prefix, hasMore)
    this.#fill('remote', remotes, prefix, hasMore)
  }

  /** Marks the heads at the selected revision. */
  mark(): void {
    for (const item of this.element.querySelectorAll('li button')) {
      if (item instanceof HTMLElement) this.#markOne(item, this.#items.get(item) ?? '')
    }
  }

  #fill(kind: Kind, heads: readonly Head[], prefix: string, hasMore: boolean): void {
    const kept = heads.filter(({ name }) => name.startsWith(prefix))
    this.#list(kind, kept, kept.length > mostListed || hasMore)
    if (prefix === '' || !hasMore) return
    const turn = this.#turn
    ask<readonly Head[]>('heads', { kind, prefix }).then(
      (found) => {
        if (turn === this.#turn) this.#list(kind, found, found.length >= mostListed)
      },
      (error: unknown) => this.#app.failed(error)
    )
  }

  #list(kind: Kind, heads: readonly Head[], hasMore: boolean): void {
    const place = kind === 'branch' ? this.#branches : this.#remotes
    const items = heads.slice(0, mostListed).map((head, at) => this.#item(kind, head, at))
    if (hasMore) items.push(el('li', { class: 'note' }, '… and more'))
    if (items.length === 0) items.push(el('li', { class: 'note' }, 'none'))
    fill(place, ...items)
  }

  #item(kind: Kind, head: Head, at: number): HTMLElement {
    const { name, ref } = head
    const distance = el('span', { class: 'distance' })
    const choose = () => this.#app.choose(ref)
    const attributes = { type: 'button', class: kind, onclick: choose, title: `${name}: ${ref}` }
    const digits = el('code', { class: 'ref' }, short(ref))
    const item = el('button', attributes, dataText(name, 'name'), digits, distance)
    this.#items.set(item, ref)
    this.#markOne(item, ref)
    if (at < mostMeasured) void this.#measure(kind, head, distance)
    return el('li', {}, item)
  }

  #askInTurn(question: { readonly one: string; readonly other: string }): Promise<Apart> {
    const turn = this.#turn
    const asked = this.#last.then(() => {
      if (turn !== this.#turn) throw new Error('the list is another one')
      return ask<Apart>('apart', question)
    })
    this.#last = asked.catch(() => undefined) // the caller gets the error
    return asked
  }

  #markOne(item: HTMLElement, ref: string): void {
    if (ref === this.#app.chosen) item.setAttribute('aria-current', 'true')
    else item.removeAttribute('aria-current')
  }

  /** The head to compare with: for a replica the branch of its name, for all others the page's branch. */
  #originOf(kind: Kind, name: string): Head | undefined {
    const { branch, heads } = this.#app.state
    const [, own = 'main'] = /^[^/]*\/(.*)$/s.exec(name) ?? []
    const twin = kind === 'remote' ? heads.find((head) => head.name === own) : undefined
    return twin ?? heads.find((head) => head.name === branch)
  }

  /** Shows how far a head is from another. */
  async #measure(kind: Kind, { name, ref }: Head, place: HTMLElement): Promise<void> {
    const own = this.#originOf(kind, name)
    if (own === undefined || (kind === 'branch' && own.name === name)) return
    const key = `${ref} ${own.ref}`
    const asked = this.#distances.get(key) ?? this.#askInTurn({ one: ref, other: own.ref })
    if (this.#distances.size > 1000) this.#distances.clear()
    this.#distances.set(key, asked)
    try {
      fill(place, apartWords(await asked, own.name))
    } catch {
      this.#distances.delete(key) // requested again with the next news
    }
  }
}
