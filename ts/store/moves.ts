/** The heads that a database over stores moved recently, so that a watcher reads only these. */

import type { HeadMoves, MovedHead } from '../engine.js'

/** Fewest moves that are kept; at most twice as many are. */
const most = 4096

/** Moves made by one database. */
export class MoveLog {
  /** Number of moves before the kept ones. */
  #start = 0
  #list: MovedHead[] = []

  add(move: MovedHead): void {
    this.#list.push(move)
    if (this.#list.length < 2 * most) return
    this.#list = this.#list.slice(most)
    this.#start += most
  }

  /** Called when a head may have moved unseen: by another process, or by a write of unknown outcome. */
  lost(): void {
    this.#start += this.#list.length + 1
    this.#list = []
  }

  since(mark = 0): HeadMoves {
    const moves = mark < this.#start ? undefined : this.#list.slice(mark - this.#start)
    return { mark: this.#start + this.#list.length, moves }
  }
}
