/**
 * A slider through the versions of a branch.
 */

import { counted, grouped, localTime, shown } from '../ts/base/shown.js'
import type { Line, Versions as VersionsAnswer } from '../ts/page/protocol.js'
import type { App } from './app.js'
import { ask } from './ask.js'
import { button, el, fill } from './dom.js'

/** Milliseconds for which the slider must rest before a version is shown. */
const rest = 60
/** Most branches that can be chosen. */
const mostNames = 200

/** The slider, with the branch that it goes through. */
export class Versions {
  readonly element: HTMLElement
  readonly #app: App
  readonly #branch: HTMLSelectElement
  readonly #slider: HTMLInputElement
  readonly #words: HTMLElement = el('output', { class: 'note' })
  /** The branches that can be chosen. */
  #names: readonly string[] = []
  /** Oldest first. */
  #versions: readonly Line[] = []
  #hasMore = false
  /** Identifies the history of the versions. */
  #key = ''
  #timer: number | undefined

  constructor(app: App) {
    this.#app = app
    this.#branch = el('select', { 'aria-label': 'Branch', onchange: () => void this.#load() })
    const label = 'Version of the branch'
    const moved = () => this.#moved()
    const slider = { type: 'range', min: 0, max: 0, value: 0, 'aria-label': label, oninput: moved }
    this.#slider = el('input', slider)
    const earlier = button('‹', () => this.#step(-1), { 'aria-label': 'Earlier version' })
    const later = button('›', () => this.#step(1), { 'aria-label': 'Later version' })
    const parts = [this.#branch, earlier, this.#slider, later, this.#words]
    this.element = el(
      'div',
      { class: 'versions', role: 'group', 'aria-label': 'Versions' },
      ...parts
    )
  }

  /** Shows the current heads. */
  show(): void {
    const { heads } = this.#app.state
    const before = this.#names[this.#branch.selectedIndex]
    this.#names = heads.slice(0, mostNames).map(({ name }) => name)
    fill(this.#branch, ...this.#names.map((name) => el('option', {}, name)))
    this.#branch.selectedIndex = Math.max(0, this.#names.indexOf(before ?? ''))
    this.element.hidden = this.#names.length === 0
    void this.#load()
  }

  /** Puts the slider at a revision, if it is one of the versions. */
  mark(ref: string): void {
    const at = this.#versions.findIndex((version) => version.ref === ref)
    if (at >= 0) this.#slider.value = String(at)
    this.#tell(at)
  }

  async #load(): Promise<void> {
    const wanted = this.#names[this.#branch.selectedIndex]
    const head = this.#app.state.heads.find(({ name }) => name === wanted)
    const key = `${head?.name} ${head?.ref}`
    if (head === undefined || key === this.#key) return
    this.#key = key
    try {
      const { versions, hasMore } = await ask<VersionsAnswer>('versions', { of: head.ref })
      if (key !== this.#key) return
      this.#versions = versions.toReversed()
      this.#hasMore = hasMore
      this.#slider.max = String(Math.max(0, versions.length - 1))
      this.#slider.value = this.#slider.max
      this.mark(this.#app.chosen ?? '')
    } catch (error) {
      this.#key = ''
      this.#app.failed(error)
    }
  }

  #step(by: number): void {
    this.#slider.value = String(Number(this.#slider.value) + by)
    this.#moved()
  }

  #moved(): void {
    const at = Number(this.#slider.value)
    this.#tell(at)
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => {
      const version = this.#versions[at]
      if (version !== undefined) this.#app.choose(version.ref)
    }, rest)
  }

  #tell(at: number): void {
    const count = this.#versions.length
    const time = this.#versions[at]?.time
    const when = time === undefined ? '' : `, ${localTime(time)}`
    const newest = this.#hasMore ? `the newest ${grouped(count)}` : grouped(count)
    const words =
      at < 0
        ? `${this.#hasMore ? 'more than ' : ''}${counted(count, 'version')}`
        : `version ${grouped(at + 1)} of ${newest}${when}`
    fill(this.#words, words)
    this.#slider.setAttribute('aria-valuetext', shown(words))
  }
}
