/**
 * Scrolls through more rows than an element can be high.
 *
 * Browsers cap the height of an element at some 17 to 33 million pixels. Above `tallest` the scrolled element stays that
 * high, and stands for a part of the rows: small steps move by pixels, as elsewhere; a jump of the bar goes to the same
 * share of the whole.
 */

/** Pixels that an element is at most high. */
export const tallest = 8_000_000

/** Where the window is, in pixels of the whole. No DOM: it is told what the bar does. */
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

  /** Where the bar has to be. */
  get bar(): number {
    return this.#bar
  }

  /** Takes another number or height of rows; the first row of the window stays. */
  resize(count: number, rowHeight: number, viewport: number): void {
    const row = this.top / this.#rowHeight
    this.#count = count
    this.#rowHeight = rowHeight
    this.#viewport = viewport
    this.go(row * rowHeight)
  }

  /** The bar was moved to `bar` by whoever reads. */
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

  /** Goes to a pixel of the whole; the bar has to be set after. */
  go(top: number): void {
    const most = Math.max(0, this.whole - this.#viewport)
    const wanted = Math.max(0, Math.min(top, most))
    const share = most === 0 ? 0 : wanted / most
    this.#bar = this.whole <= tallest ? wanted : Math.round(share * (this.height - this.#viewport))
    this.#offset = wanted - this.#bar
  }

  /** The ends of the bar are the ends of the whole. */
  #isAtEnd(bar: number): boolean {
    return bar <= 0 || bar >= this.height - this.#viewport - 1
  }
}
