/**
 * One piece of work in each turn of the event loop, of all that wait: what is little comes first, but what is
 * large is not held up for good.
 */

/** So many little ones pass a large one. */
const mostPassing = 4

/** Those who wait to work. */
export class Stagger {
  readonly #little: (() => void)[] = []
  readonly #large: (() => void)[] = []
  #passed = 0

  /** Resolves when it is somebody's turn; he works without waiting for anything, and is done. */
  turn(isLittle: boolean): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isEmpty) setImmediate(this.#next)
      const line = isLittle ? this.#little : this.#large
      line.push(resolve)
    })
  }

  get #isEmpty(): boolean {
    return this.#little.length === 0 && this.#large.length === 0
  }

  readonly #next = (): void => {
    const isLarge =
      this.#little.length === 0 || (this.#large.length > 0 && this.#passed >= mostPassing)
    this.#passed = isLarge ? 0 : this.#passed + 1
    const begin = (isLarge ? this.#large : this.#little).shift()
    begin?.()
    if (!this.#isEmpty) setImmediate(this.#next)
  }
}
