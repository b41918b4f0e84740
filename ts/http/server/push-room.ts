/**
 * The room of a push: for bytes that came and are not yet committed, which may be all of a large revision.
 */

import { roomBytes } from './crowd.js'
import type { Hold } from './visit.js'

/** Bytes for which room is taken at a time; the first bytes need none. */
const step = 1 << 20
const free = 1 << 17
/** Bytes in memory for each byte: a growing buffer is twice as large. */
const weight = 2

/** Counts one push's bytes. */
export class PushRoom {
  readonly #hold: Hold
  /** Bytes since the last commit, and those of them that have room. */
  #came = 0
  #roomy = free
  #isHuge = false

  constructor(hold: Hold) {
    this.#hold = hold
  }

  /** Yields the chunks, each once it has room. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      this.#came += chunk.byteLength
      while (this.#came > this.#roomy) await this.#claim()
      yield chunk
    }
  }

  /** Frees the room of committed bytes; the last chunk may not be among them. */
  committed(): void {
    this.#hold.release('pushes', 1)
    this.#came = Math.min(this.#came, step)
    this.#roomy = Math.min(this.#roomy, free + step)
  }

  /** Takes at most half of the room, so that others fit in; larger pushes run one at a time. */
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
