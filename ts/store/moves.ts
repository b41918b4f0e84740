/** Which heads a database over stores moved lately: for whoever follows them, so that only these are looked at. */

import type { HeadMoves, MovedHead } from '../engine.js'

/** Moves that are remembered at least; at most twice as many. */
const most = 4096

/** The moves that one database made. */
export class MoveLog {
  /** How many came before those that are remembered. */
  #start = 0
  #list: MovedHead[] = []

  add(move: MovedHead): void {
    this.#list.push(move)
    if (this.#list.length < 2 * most) return
    this.#list = this.#list.slice(most)
    this.#start += most
  }

  /** A head may have moved that nobody knows of: by somebody else, or by a write of unknown outcome. */
  lost(): void {
    this.#start += this.#list.length + 1
    this.#list = []
  }

  since(mark = 0): HeadMoves {
    const moves = mark < this.#start ? undefined : this.#list.slice(mark - this.#start)
    return { mark: this.#start + this.#list.length, moves }
  }
}
