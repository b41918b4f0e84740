/**
 * Where undo and redo lead, found in the moves of a branch, newest first. Twin of `crates/core/src/write/travel.rs`.
 */

import type { LogEntry } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Travel } from '../engine.js'

/** A search under way. */
export class Journey {
  readonly #way: Travel['way']
  readonly #asked: number
  /** Where the next move, an older one, must have led. */
  #head: Ref | null | undefined
  /** Moves that are undone and still to come. */
  #undone = 0
  /** Moves to be found before the end; of a redo it is known once the first that is no undo or redo comes. */
  #left: number | undefined
  #ended = false
  /** How many moves there are to undo, or to redo. */
  found = 0
  /** Where it leads; `undefined` while that is not found. */
  target: Ref | null | undefined

  constructor(way: Travel['way'], steps: number, head: Ref | null) {
    this.#way = way
    this.#asked = steps
    this.#head = head
    if (way === 'undo') this.#left = steps
  }

  /** Takes the next move, an older one; returns whether more are wanted. */
  take({ from, to, action, steps = 1 }: LogEntry): boolean {
    if (this.#ended || to === undefined || to !== this.#head) {
      this.#ended = true
      return false
    }
    this.#head = from
    if (action === 'undo') this.#undone += steps
    else if (action === 'redo') this.#undone -= steps
    else this.#pass(from, to)
    return !this.#ended
  }

  #pass(from: Ref | null | undefined, to: Ref | null): void {
    if (this.#left === undefined) {
      // All that is undone lies before: the latest of it is the last to be made again.
      this.found = Math.max(this.#undone, 0)
      this.#undone = 0
      this.#left = this.found + 1 - this.#asked
      if (this.#left < 1) {
        this.#ended = true
        return
      }
    }
    if (this.#undone > 0) {
      this.#undone -= 1
      return
    }
    this.#left -= 1
    if (this.#way === 'undo') this.found += 1
    if (this.#left > 0) return
    this.target = this.#way === 'undo' ? from : to
    this.#ended = true
  }
}
