/**
 * A compact list of many refs in order: 32 bytes for each ref of 64 hex digits.
 */

import type { Ref } from '../base/types.js'

const size = 32
/** Refs of a block. */
const ofBlock = 8192
const isHash = /^[0-9a-f]{64}$/

/** A list that only grows. */
export class RefList {
  readonly #blocks: Buffer[] = []
  /** Refs of another form, by number. */
  readonly #others = new Map<number, Ref>()
  #length = 0

  get length(): number {
    return this.#length
  }

  push(ref: Ref): void {
    const at = this.#length % ofBlock
    if (at === 0) this.#blocks.push(Buffer.alloc(size * ofBlock))
    if (isHash.test(ref)) this.#blocks.at(-1)?.write(ref, at * size, size, 'hex')
    else this.#others.set(this.#length, ref)
    this.#length += 1
  }

  /** Those from `from` on, before `to`. */
  slice(from: number, to: number): Ref[] {
    const refs: Ref[] = []
    for (let at = from; at < Math.min(to, this.#length); at += 1) {
      const start = (at % ofBlock) * size
      const block = this.#blocks[Math.floor(at / ofBlock)]
      refs.push(this.#others.get(at) ?? block?.toString('hex', start, start + size) ?? '')
    }
    return refs
  }

  /** The number of a ref, from number `from` on; -1 if it is missing. Some 5 ms for a million. */
  indexOf(ref: Ref, from = 0): number {
    if (!isHash.test(ref)) return this.#indexOfOther(ref, from)
    const bytes = Buffer.from(ref, 'hex')
    for (let number = Math.floor(from / ofBlock); number < this.#blocks.length; number += 1) {
      const found = this.#indexIn(number, bytes, from)
      if (found >= 0) return found
    }
    return -1
  }

  #indexIn(number: number, bytes: Buffer, from: number): number {
    const block = this.#blocks[number]
    const first = number * ofBlock
    let start = Math.max(0, from - first) * size
    while (block !== undefined) {
      const found = block.indexOf(bytes, start)
      if (found < 0) return -1
      const at = first + found / size
      if (found % size === 0 && at < this.#length && !this.#others.has(at)) return at
      start = found + 1
    }
    return -1
  }

  #indexOfOther(ref: Ref, from: number): number {
    for (const [at, other] of this.#others) if (at >= from && other === ref) return at
    return -1
  }
}
