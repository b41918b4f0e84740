/**
 * Scrolls through more rows than an element can be high.
 *
 * Browsers cap the height of an element at some 17 to 33 million pixels. Above `tallest` the scrolled element stays that
 * high, and stands for a part of the rows: small steps move by pixels, as elsewhere; a jump of the bar goes to the same
 * share of the whole.
 */

/** The largest height of an element in pixels. */
export const tallest = 8_000_000

/** The position of the window, in pixels of the whole. Uses no DOM: its owner reports movements of the bar. */
export class ScrollMap {
  #rowHeight: number
  #count = 0
  #viewport = 0
  /** Pixels of the whole above the element's first. */
  #offset = 0
  #bar = 0

  constructor(rowHeight: number) {
    this.#rowHeight = rowHeight
  }

  /** Pixels of all rows. */
  get whole(): number {
    return this.#count * this.#rowHeight
  }

  /** Pixels of the scrolled element. */
  get height(): number {
    return Math.min(this.whole, tallest)
  }

  /** The first pixel of the window. */
  get top(): number {
    return Math.max(0, Math.min(this.#bar + this.#offset, this.whole - this.#viewport))
  }

  /** The required position of the bar. */
  get bar(): number {
    return this.#bar
  }

  /** Sets the number and height of rows; the first row of the window stays, or the last one of all if it was in sight. */
  resize(count: number, rowHeight: number, viewport: number): void {
    const { top } = this
    const isAtEnd = top > 0 && count === this.#count && top >= this.whole - this.#viewport
    const row = isAtEnd ? count : top / this.#rowHeight
    this.#count = count
    this.#rowHeight = rowHeight
    this.#viewport = viewport
    this.go(row * rowHeight)
  }

  /** Called when the reader has moved the bar to `bar`. */
  moved(bar: number): void {
    const step = bar - this.#bar
    this.#bar = bar
    if (this.whole <= tallest) {
      this.#offset = 0
    } else if (Math.abs(step) > this.#viewport * 4 || this.#isAtEnd(bar)) {
      const share = bar / Math.max(1, this.height - this.#viewport)
      this.#offset = share * (this.whole - this.#viewport) - bar
    }
  }

  /** Goes to a pixel of the whole; the bar must be set afterwards. */
  go(top: number): void {
    const most = Math.max(0, this.whole - this.#viewport)
    const wanted = Math.max(0, Math.min(top, most))
    const share = most === 0 ? 0 : wanted / most
    this.#bar = this.whole <= tallest ? wanted : Math.round(share * (this.height - this.#viewport))
    this.#offset = wanted - this.#bar
  }

  /** Whether the bar is at an end, which is an end of the whole. */
  #isAtEnd(bar: number): boolean {
    return bar <= 0 || bar >= this.height - this.#viewport - 1
  }
}
