/**
 * Does one piece of work in each turn of the event loop: small ones first, without starving large ones.
 */

/** Small pieces that may overtake a large one. */
const mostPassing = 4

/** The waiting pieces of work. */
export class Stagger {
  readonly #little: (() => void)[] = []
  readonly #large: (() => void)[] = []
  #passed = 0

  /** Resolves when the caller has its turn, which lasts as long as it does not wait. */
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
