/**
 * The room that a push takes: what came and is not committed, which may be all of a large revision.
 */

import { roomBytes } from './crowd.js'
import type { Hold } from './visit.js'

/** Room is taken for so many bytes at a time; the first so many need none. */
const step = 1 << 20
const free = 1 << 17
/** Bytes in memory for each: a buffer that grows is twice as large. */
const weight = 2

/** Counts one push's bytes. */
export class Intake {
  readonly #hold: Hold
  /** Bytes since the last commit, and how many of them have room. */
  #came = 0
  #roomy = free
  #isHuge = false

  constructor(hold: Hold) {
    this.#hold = hold
  }

  /** The chunks, each when there is room for it. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      this.#came += chunk.byteLength
      while (this.#came > this.#roomy) await this.#claim()
      yield chunk
    }
  }

  /** What came before is on its way into the database; what came last may not be. */
  committed(): void {
    this.#hold.release('pushes', 1)
    this.#came = Math.min(this.#came, step)
    this.#roomy = Math.min(this.#roomy, free + step)
  }

  /** Half of the room at the most, so that others get in; whoever needs more does so alone. */
  async #claim(): Promise<void> {
    const isMuch = this.#roomy * weight > roomBytes / 2
    if (isMuch && !this.#isHuge) {
      this.#isHuge = true
      await this.#hold.claim('huge', 1)
    }
    if (!isMuch) await this.#hold.claim('pushes', step * weight)
    this.#roomy += step
  }
}
