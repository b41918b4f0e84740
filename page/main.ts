/**
 * The page: puts its parts together and keeps them up to date.
 */

import { shown } from '../ts/base/shown.js'
import type { Place, State, Total } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask, isAborted, Refusal, wordsOf } from './ask.js'
import { showComparison } from './compare.js'
import { Detail } from './detail.js'
import { button, el, fill } from './dom.js'
import { Graph } from './graph.js'
import { Heads } from './heads.js'
import { helpDialog, listenToKeys } from './help.js'
import { Names } from './names.js'
import { Search } from './search.js'
import { Versions } from './versions.js'

/** Seconds to wait for news, and most milliseconds before an unreachable server is tried again. */
const [newsWait, longestPause] = [25, 10_000]
/** Steps that are fewer milliseconds apart are quick. */
const quick = 120

class Page implements App {
  state!: State
  names: Names = new Names({ heads: [], remotes: [] })
  chosen: string | undefined
  /** Whether the page follows the head of the branch when it moves. */
  #follows = true
  #timer: number | undefined
  #shownAt = Number.NEGATIVE_INFINITY
  #locating = new AbortController()
  readonly #title: HTMLElement = el('h1')
  readonly #alert: HTMLElement = el('p', { class: 'alert', role: 'alert', hidden: true })
  readonly #moved: HTMLElement
  readonly #graph: Graph
  readonly #detail: Detail
  readonly #heads: Heads
  readonly #search: Search
  readonly #versions: Versions
  readonly #help: HTMLDialogElement = helpDialog()

  constructor() {
    this.#graph = new Graph({
      chosen: ({ ref }, index, isSecond) => {
        if (isSecond && this.chosen !== undefined) this.compare(this.chosen, ref)
        else this.choose(ref, index)
      },
      failed: (error) => void this.#rowsFailed(error)
    })
    this.#detail = new Detail(this)
    this.#heads = new Heads(this)
    this.#search = new Search(this)
    this.#versions = new Versions(this)
    const show = () => this.#showRows()
    this.#moved = button('The history has changed: show the newest', show, {
      class: 'moved',
      hidden: true
    })
    this.#build()
    this.#listen()
  }

  get view(): string {
    return this.#graph.view ?? this.state.view
  }

  /** Shows the current state, and then each change. */
  async run(): Promise<void> {
    this.#take(await ask<State>('state'))
    this.#showRows()
    const asked = refInAddress()
    if (asked !== '') this.choose(asked)
    else this.#followHead()
    ask<Total>('total').then(
      ({ revisions }) => {
        this.#graph.revisions = revisions
      },
      (error: unknown) => this.failed(error)
    )
    await this.#keepUp()
  }

  choose(ref: string, row?: number): void {
    this.#follows = false
    this.#show(ref, row)
    history.replaceState(null, '', `#${encodeURIComponent(ref)}`)
  }

  compare(from?: string, to?: string): void {
    this.#follows = false
    showComparison(this.#detail, this, from, to)
  }

  failed(error: unknown): void {
    fill(this.#alert, wordsOf(error))
    this.#alert.hidden = false
  }

  #build(): void {
    const help = button('?', () => this.#help.showModal(), { 'aria-label': 'Keys' })
    const compare = button('Compare', () => this.compare(this.chosen))
    const heads = el('details', { class: 'heads', open: innerWidth > 1000 })
    heads.append(el('summary', {}, 'Branches and replicas'), this.#heads.element)
    const revision = { class: 'revision', 'aria-label': 'The chosen revision' }
    document.body.append(
      el('header', { class: 'top' }, this.#title, this.#search.form, compare, help),
      this.#alert,
      this.#search.results,
      el(
        'main',
        {},
        heads,
        el(
          'section',
          { class: 'history', 'aria-label': 'History' },
          this.#moved,
          this.#graph.element
        ),
        el('section', revision, this.#versions.element, this.#detail.element)
      ),
      this.#help
    )
  }

  #listen(): void {
    const actions = {
      step: (rows: number) => {
        this.#graph.focus()
        this.#graph.step(rows)
      },
      toEnd: (isLast: boolean) => this.#graph.toEnd(isLast),
      search: () => this.#search.focus(),
      compare: () => this.compare(this.chosen),
      escape: () => this.#search.close()
    }
    listenToKeys(actions, this.#help)
    addEventListener('hashchange', () => {
      const ref = refInAddress()
      if (ref !== '' && ref !== this.chosen) this.choose(ref)
    })
  }

  /** Waits for news repeatedly. */
  async #keepUp(): Promise<void> {
    for (let pause = 500; ; ) {
      try {
        await inSight()
        this.#take(await ask<State>('state', { since: this.state.stamp, wait: newsWait }))
        this.#alert.hidden = true
        pause = 500
      } catch (error) {
        const isRefused = error instanceof Refusal && [401, 403].includes(error.status)
        if (isRefused) return this.failed(error)
        this.failed(new Error(`${wordsOf(error)}; trying again …`))
        await new Promise((resolve) => setTimeout(resolve, pause))
        pause = Math.min(2 * pause, longestPause)
      }
    }
  }

  #take(state: State): void {
    const before = this.state as State | undefined
    this.state = state
    if (before?.stamp === state.stamp) return
    this.names = new Names(state)
    const name = state.database === '' ? 'History' : state.database
    fill(this.#title, name)
    document.title = `${shown(name)}: history`
    this.#graph.names = this.names
    this.#heads.show()
    this.#versions.show()
    if (before === undefined || state.view === this.#graph.view) return
    if (this.#graph.isAtTop || this.#follows) this.#showRows()
    else this.#moved.hidden = false
    if (this.#follows) this.#followHead()
  }

  #showRows(): void {
    this.#moved.hidden = true
    this.#graph.open(this.state.view)
  }

  /** Shows the newest revision without changing the address. */
  #followHead(): void {
    const [head] = this.state.heads
    if (head !== undefined && head.ref !== this.chosen) this.#show(head.ref, undefined)
  }

  #show(ref: string, row: number | undefined): void {
    this.chosen = ref
    this.#graph.choose(ref, row)
    void this.#locate(ref)
    this.#heads.mark()
    this.#versions.mark(ref)
    this.#showDetail(ref)
  }

  /** Shows a revision; of quick steps only the last one. */
  #showDetail(ref: string): void {
    const now = performance.now()
    const isQuick = now - this.#shownAt < quick
    this.#shownAt = now
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#detail.show(ref), isQuick ? quick : 0)
  }

  /** Finds the row of a revision that is not visible; the server may have to read more of the history. */
  async #locate(ref: string): Promise<void> {
    this.#locating.abort()
    this.#locating = new AbortController()
    const { signal } = this.#locating
    const { view } = this.#graph
    try {
      while (!this.#graph.hasPlace(ref) && view === this.#graph.view) {
        const { row, isDone } = await ask<Place>('row', { view, ref }, signal)
        if (row !== null && view === this.#graph.view) this.#graph.choose(ref, row)
        if (row !== null || isDone) return
      }
    } catch (error) {
      if (!isAborted(error)) await this.#rowsFailed(error)
    }
  }

  /** Handles a failed request of rows: if the server has dropped the view, shows the newest rows. */
  async #rowsFailed(error: unknown): Promise<void> {
    if (!(error instanceof Refusal) || error.status !== 410) return this.failed(error)
    try {
      this.#take(await ask<State>('state'))
      this.#showRows()
    } catch (again) {
      this.failed(again)
    }
  }
}

/** The ref in the address; an empty text if there is none. */
function refInAddress(): string {
  try {
    return decodeURIComponent(location.hash.slice(1))
  } catch {
    return '' // the address has invalid escapes
  }
}

/** Resolves once the page is visible. A hidden page keeps no connection, since a browser has few to one server. */
async function inSight(): Promise<void> {
  while (document.hidden) {
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true })
    })
  }
}

new Page().run().catch((error: unknown) => {
  document.body.append(el('p', { class: 'alert', role: 'alert' }, wordsOf(error)))
})
