/**
 * Random numbers that are the same in every run.
 *
 * Source: mulberry32, Tommy Ettinger, public domain.
 */

/** A sequence of random numbers from a seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** One of the items; `undefined` if there is none. */
  of<R>(items: readonly R[]): R | undefined {
    return items[this.below(items.length)]
  }
}
