/**
 * Finds the target of an undo or redo in the moves of a branch, newest first. Twin of `crates/core/src/write/travel.rs`.
 */

import type { LogEntry } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Travel } from '../engine.js'

/** A search for the target. */
export class Journey {
  readonly #way: Travel['way']
  readonly #asked: number
  /** The head to which the next, older move must have led. */
  #head: Ref | null | undefined
  /** The number of undone moves that are still to come. */
  #undone = 0
  /** Moves still to be found; for a redo it is known at the first move that is not an undo or redo. */
  #left: number | undefined
  #ended = false
  /** How many moves can be undone or redone. */
  found = 0
  /** The target; `undefined` until it is found. */
  target: Ref | null | undefined

  constructor(way: Travel['way'], steps: number, head: Ref | null) {
    this.#way = way
    this.#asked = steps
    this.#head = head
    if (way === 'undo') this.#left = steps
  }

  /** Takes the next, older move; returns whether more are needed. */
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
      // All undone moves are older: the latest of them is redone last.
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
