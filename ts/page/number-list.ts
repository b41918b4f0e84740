/**
 * A compact list of many numbers in order: 4 bytes for each.
 */

/** Numbers of a block. */
const ofBlock = 65_536

/** A list that only grows, of numbers below 2^32. */
export class NumberList {
  readonly #blocks: Uint32Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(number: number): void {
    const at = this.#length % ofBlock
    if (at === 0) this.#blocks.push(new Uint32Array(ofBlock))
    const block = this.#blocks.at(-1)
    if (block !== undefined) block[at] = number
    this.#length += 1
  }

  /** Those from `from` on, before `to`. */
  slice(from: number, to: number): number[] {
    const numbers: number[] = []
    for (let at = from; at < Math.min(to, this.#length); at += 1) {
      numbers.push(this.#blocks[Math.floor(at / ofBlock)]?.[at % ofBlock] ?? 0)
    }
    return numbers
  }

  /** The place of a number; -1 if it is missing. Some 10 ms for ten million. */
  indexOf(number: number): number {
    for (const [at, block] of this.#blocks.entries()) {
      const found = block.indexOf(number)
      const place = at * ofBlock + found
      if (found >= 0 && place < this.#length) return place
    }
    return -1
  }
}
