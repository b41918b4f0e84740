/**
 * The graph: a list of rows, of which only the visible ones exist, and a canvas with their lanes.
 */

import { counted, grouped } from '../ts/base/shown.js'
import type { GraphRow } from '../ts/page/protocol.js'
import { el } from './dom.js'
import { type Drawn, LaneCanvas, lanesOf, widthOfLanes } from './lanes.js'
import { Names } from './names.js'
import { RowElement } from './row.js'
import { RowCache } from './rows.js'
import { ScrollMap } from './scroll.js'

/** Height of a row in pixels, and on a narrow page. */
const [wideRow, narrowRow] = [30, 48]
/** Lanes that always have room, and most lanes that have room on a narrow page. */
const [leastLanes, narrowLanes] = [2, 6]

/** The events of the graph. */
interface GraphEvents {
  readonly chosen: (row: GraphRow, index: number, isSecond: boolean) => void
  readonly failed: (error: unknown) => void
}

/** The list of rows and its canvas. */
export class Graph {
  readonly element: HTMLElement
  readonly status: HTMLElement = el('p', { class: 'status', 'aria-live': 'polite' })
  readonly #hint: HTMLElement = el(
    'p',
    { class: 'hint', hidden: true },
    'The first one appears here as soon as it is written.'
  )
  readonly #scroller: HTMLElement
  readonly #spacer: HTMLElement
  readonly #window: HTMLElement
  readonly #canvas = new LaneCanvas()
  readonly #pool: RowElement[] = []
  readonly #narrow = matchMedia('(max-width: 700px)')
  readonly #events: GraphEvents
  readonly #map = new ScrollMap(wideRow)
  #cache: RowCache | undefined
  #names = new Names({ heads: [], remotes: [] })
  #frame: number | undefined
  #lanes = leastLanes
  /** The selected ref, and its row if known. */
  #chosen: { readonly ref: string; readonly index: number | undefined } | undefined

  constructor(events: GraphEvents) {
    this.#events = events
    this.#window = el('div', { class: 'window' }, this.#canvas.element)
    this.#spacer = el('div', { class: 'spacer' }, this.#window)
    const label = 'Revisions, newest first. Move with j and k.'
    const attributes = { class: 'scroller', role: 'listbox', tabindex: 0, 'aria-label': label }
    this.#scroller = el('div', attributes, this.#spacer)
    this.element = el('div', { class: 'graph' }, this.#scroller, this.status, this.#hint)
    this.#scroller.addEventListener('scroll', () => {
      this.#map.moved(this.#scroller.scrollTop)
      this.draw()
    })
    this.#scroller.addEventListener('click', (event) => this.#clicked(event))
    new ResizeObserver(() => this.draw()).observe(this.#scroller)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw())
  }

  /** Whether the newest rows are visible. */
  get isAtTop(): boolean {
    return this.#map.top < 3 * this.#rowHeight
  }

  /** The view that is shown. */
  get view(): string | undefined {
    return this.#cache?.view
  }

  /** Shows the rows of another view, from the first on. */
  open(view: string): void {
    this.#cache?.close()
    const revisions = this.#cache?.isDone === true ? undefined : this.#revisions
    this.#cache = new RowCache(view, () => this.draw(), this.#events.failed)
    this.#cache.revisions = revisions
    if (this.#chosen !== undefined) this.#chosen = { ref: this.#chosen.ref, index: undefined }
    this.#map.go(0)
    this.#scroller.scrollTop = 0
    this.draw()
  }

  #revisions: number | undefined

  /** The number of revisions in the database. */
  set revisions(count: number | null) {
    this.#revisions = count ?? undefined
    if (this.#cache !== undefined) this.#cache.revisions = this.#revisions
    this.draw()
  }

  set names(names: Names) {
    this.#names = names
    this.draw()
  }

  /** Marks a revision, and scrolls to it if its row is known. */
  choose(ref: string, index: number | undefined): void {
    this.#chosen = { ref, index: index ?? this.#indexInSight(ref) }
    if (this.#chosen.index !== undefined) this.#reveal(this.#chosen.index)
    this.draw()
  }

  /** Whether a revision is selected and its row known. */
  hasPlace(ref: string): boolean {
    return this.#chosen?.ref === ref && this.#chosen.index !== undefined
  }

  /** Selects the row that is `rows` below the selected one. */
  step(rows: number): void {
    const index = this.#chosen?.index ?? this.#indexInSight(this.#chosen?.ref) ?? -1
    const next = Math.max(0, Math.min(index + rows, (this.#cache?.count ?? 1) - 1))
    this.#chooseRow(index < 0 ? 0 : next)
  }

  /** Goes to the first row, or the last. */
  toEnd(isLast: boolean): void {
    this.#map.go(isLast ? Number.POSITIVE_INFINITY : 0)
    this.#scroller.scrollTop = this.#map.bar
    this.draw()
  }

  focus(): void {
    this.#scroller.focus({ preventScroll: true })
  }

  /** Draws with the next frame. */
  draw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined
      this.#draw()
    })
  }

  get #rowHeight(): number {
    return this.#narrow.matches ? narrowRow : wideRow
  }

  #draw(): void {
    const cache = this.#cache
    if (cache === undefined) return
    const { clientHeight: height, clientWidth: width } = this.#scroller
    const rowHeight = this.#rowHeight
    this.#fit(cache.count, rowHeight, height)
    const { top } = this.#map
    const first = Math.floor(top / rowHeight)
    const last = Math.min(cache.count - 1, Math.ceil((top + height) / rowHeight))
    cache.want(Math.max(0, first - 1), last)
    const left = this.#makeRoom(cache, first, last)
    const drawn: Drawn[] = []
    for (let index = Math.max(0, first - 1); index <= last; index += 1) {
      const y = index * rowHeight - top
      const row = cache.get(index)
      const isSelected = row !== undefined && row.ref === this.#chosen?.ref
      if (isSelected && this.#chosen?.index !== index) {
        this.#chosen = { ref: row.ref, index }
      }
      if (row !== undefined) {
        const isHead = this.#names.at(row.ref).length > 0
        drawn.push({ row, y: y + rowHeight / 2, isHead, isSelected })
      }
      if (index < first) continue
      const names = this.#names
      const shown = { index, row, names, count: cache.count, isSelected, top: y, left }
      this.#elementFor(index, last - first + 1).show({ ...shown, height: rowHeight })
    }
    this.#hideOthers(first, last)
    this.#canvas.draw(drawn, { width: Math.min(left, width), height, rowHeight })
    this.#tellState(cache)
  }

  /** Fits the bar to the number of rows. */
  #fit(count: number, rowHeight: number, viewport: number): void {
    const before = this.#map.bar
    this.#map.resize(count, rowHeight, viewport)
    this.#spacer.style.height = `${Math.max(this.#map.height, viewport)}px`
    this.#window.style.height = `${viewport}px`
    if (Math.abs(this.#map.bar - before) > 1) this.#scroller.scrollTop = this.#map.bar
  }

  /** Pixels for the lanes of the visible rows, which grow at once and shrink if much is unused; and columns for claims. */
  #makeRoom(cache: RowCache, first: number, last: number): number {
    let lanes = leastLanes
    let [hasAuthors, hasTimes] = [false, false]
    for (let index = first; index <= last; index += 1) {
      const row = cache.get(index)
      if (row === undefined) continue
      lanes = Math.max(lanes, lanesOf(row))
      hasAuthors ||= row.author !== undefined
      hasTimes ||= row.time !== undefined
    }
    this.#window.classList.toggle('authors', hasAuthors)
    this.#window.classList.toggle('times', hasTimes)
    if (lanes > this.#lanes || lanes < this.#lanes - 2) this.#lanes = lanes
    return widthOfLanes(this.#narrow.matches ? Math.min(narrowLanes, this.#lanes) : this.#lanes)
  }

  /** The element of a row. Elements are used in turn, so that a row keeps its element while it is visible. */
  #elementFor(index: number, count: number): RowElement {
    while (this.#pool.length < count + 2) {
      const made = new RowElement()
      this.#pool.push(made)
      this.#window.append(made.element)
    }
    return this.#pool[index % this.#pool.length] as RowElement
  }

  #hideOthers(first: number, last: number): void {
    for (const element of this.#pool) {
      if (element.index < first || element.index > last) element.hide()
    }
    const { index } = this.#chosen ?? {}
    const isInSight = index !== undefined && index >= first && index <= last
    if (isInSight) this.#scroller.setAttribute('aria-activedescendant', `row-${index}`)
    else this.#scroller.removeAttribute('aria-activedescendant')
  }

  #tellState(cache: RowCache): void {
    const { count, walked, isDone } = cache
    const last = Math.ceil((this.#map.top + this.#scroller.clientHeight) / this.#rowHeight)
    const isReading = !isDone && last > walked && walked > 0
    const words = isReading
      ? `Reading the history: ${grouped(walked)} rows of some ${grouped(count)}`
      : isDone
        ? counted(count, 'revision')
        : `some ${counted(count, 'revision')}`
    if (this.status.textContent !== words) this.status.textContent = words
    const isEmpty = isDone && count === 0
    if (isEmpty) this.status.textContent = 'There is no revision yet.'
    this.element.classList.toggle('empty', isEmpty)
    this.#hint.hidden = !isEmpty
  }

  #indexInSight(ref: string | undefined): number | undefined {
    return this.#pool.find(({ index }) => index >= 0 && this.#cache?.get(index)?.ref === ref)?.index
  }

  #reveal(index: number): void {
    const { clientHeight } = this.#scroller
    const [top, height] = [index * this.#rowHeight, this.#rowHeight]
    const isBelow = top + height > this.#map.top + clientHeight
    if (top >= this.#map.top && !isBelow) return
    const isNear = Math.abs(top - this.#map.top) < 2 * clientHeight
    const near = isBelow ? top + height - clientHeight : top
    this.#map.go(isNear ? near : top - clientHeight / 2)
    this.#scroller.scrollTop = this.#map.bar
  }

  #clicked(event: MouseEvent): void {
    const element = (event.target as Element).closest('.row')
    const index = this.#pool.find((one) => one.element === element)?.index
    if (index !== undefined) this.#chooseRow(index, event.shiftKey)
  }

  #chooseRow(index: number, isSecond = false): void {
    const row = this.#cache?.get(index)
    this.#reveal(index)
    if (row === undefined) {
      this.draw()
      return
    }
    if (!isSecond) this.#chosen = { ref: row.ref, index }
    this.draw()
    this.#events.chosen(row, index, isSecond)
  }
}
