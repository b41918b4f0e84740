/**
 * The same walks in plain JavaScript: typed arrays, a binary heap, one array of flags for all. What a
 * program without this package would do; the twin of `crates/core/benches/walks/floor.rs`.
 */

import type { Shape } from './shapes.js'

const left = 1
const right = 2
const both = left | right
const stale = 4

/** Answers by numbers, highest first. */
export class Plain {
  readonly #starts: Uint32Array
  readonly #links: Uint32Array
  readonly #generations: Uint32Array
  /** All zero between two walks. */
  readonly #flags: Uint8Array
  readonly #heap: Heap
  #touched: number[] = []

  constructor({ size, starts, links }: Shape) {
    this.#starts = starts
    this.#links = links
    this.#flags = new Uint8Array(size)
    this.#heap = new Heap()
    this.#generations = new Uint32Array(size)
    for (let revision = 0; revision < size; revision += 1) {
      let highest = 0
      for (let at = starts[revision] as number; at < (starts[revision + 1] as number); at += 1) {
        highest = Math.max(highest, this.#generations[links[at] as number] as number)
      }
      this.#generations[revision] = highest + 1
    }
  }

  mergeBases(a: number, b: number): number[] {
    const bases: number[] = []
    const flags = this.#flags
    const fresh = { left: 0, right: 0 }
    this.#count(fresh, a, left)
    this.#count(fresh, b, right)
    while (fresh.left > 0 && fresh.right > 0) {
      const revision = this.#heap.pop()
      let own = flags[revision] as number
      if ((own & stale) === 0) {
        fresh.left -= own & left
        fresh.right -= (own & right) >> 1
      }
      if (own === both) {
        bases.push(revision)
        own |= stale
      }
      const end = this.#starts[revision + 1] as number
      for (let at = this.#starts[revision] as number; at < end; at += 1) {
        this.#count(fresh, this.#links[at] as number, own)
      }
    }
    this.#reset()
    return bases
  }

  /** What `b` reaches and `a` does not. */
  difference(a: number, b: number): number[] {
    const answer: number[] = []
    const flags = this.#flags
    this.#paint(b, left)
    this.#paint(a, right)
    let wanted = a === b ? 0 : 1
    while (wanted > 0) {
      const revision = this.#heap.pop()
      const own = flags[revision] as number
      if (own === left) {
        wanted -= 1
        answer.push(revision)
      }
      const end = this.#starts[revision + 1] as number
      for (let at = this.#starts[revision] as number; at < end; at += 1) {
        const before = this.#paint(this.#links[at] as number, own)
        if ((before | own) === left) wanted += 1
        if (before === left) wanted -= 1
      }
    }
    this.#reset()
    return answer
  }

  /** Whether `b` reaches `a`: depth first, first parents first, cut at the generation. */
  isAncestor(a: number, b: number): boolean {
    const waiting = [b]
    const generation = this.#generations[a] as number
    let found = false
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      found = next === a
      if (found) break
      if (next < a || (this.#generations[next] as number) <= generation) continue
      if (this.#flags[next] !== 0) continue
      this.#flags[next] = left
      this.#touched.push(next)
      const start = this.#starts[next] as number
      for (let at = (this.#starts[next + 1] as number) - 1; at >= start; at -= 1) {
        waiting.push(this.#links[at] as number)
      }
    }
    this.#reset()
    return found
  }

  /** Paints, and counts what is fresh on each side. */
  #count(fresh: { left: number; right: number }, revision: number, flags: number): void {
    const before = this.#paint(revision, flags)
    const after = before | flags
    if ((before & stale) === 0) {
      fresh.left -= before & left
      fresh.right -= (before & right) >> 1
    }
    if ((after & stale) === 0) {
      fresh.left += after & left
      fresh.right += (after & right) >> 1
    }
  }

  #paint(revision: number, flags: number): number {
    const before = this.#flags[revision] as number
    this.#flags[revision] = before | flags
    if (before === 0) {
      this.#heap.push(revision)
      this.#touched.push(revision)
    }
    return before
  }

  #reset(): void {
    this.#heap.clear()
    for (const revision of this.#touched) this.#flags[revision] = 0
    this.#touched = []
  }
}

/** A binary heap of numbers, the highest first. */
class Heap {
  #items = new Uint32Array(1024)
  #length = 0

  clear(): void {
    this.#length = 0
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Uint32Array(this.#length * 2)
      grown.set(this.#items)
      this.#items = grown
    }
    const items = this.#items
    let at = this.#length
    this.#length += 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if ((items[above] as number) >= item) break
      items[at] = items[above] as number
      at = above
    }
    items[at] = item
  }

  /** The highest; must not be empty. */
  pop(): number {
    const items = this.#items
    const highest = items[0] as number
    this.#length -= 1
    const length = this.#length
    const item = items[length] as number
    let at = 0
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && (items[below + 1] as number) > (items[below] as number)) below += 1
      if ((items[below] as number) <= item) break
      items[at] = items[below] as number
      at = below
    }
    items[at] = item
    return highest
  }
}
