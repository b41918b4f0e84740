/**
 * The pace of one streamed answer: each batch is made once there is room for it, and in a separate turn of the event
 * loop.
 */

import type { Pace } from '../../engine.js'
import type { Room } from './room.js'
import type { Hold } from './visit.js'

/** A batch of small revisions: most bytes of its payloads, and the memory that it takes. */
const [littlePayload, usual] = [1 << 16, 1 << 19]
/** Memory for each byte of a large payload: read and encoded. */
const copies = 2
/** Bytes of a batch that are being sent. */
const piece = 1 << 18
/** Bytes that a walk takes for each found revision, and bytes below which they are not counted. */
const [bytesPerFound, littleFound] = [8, 1 << 16]

/** The pace of an answer. */
export class Pacing implements Pace {
  readonly #hold: Hold
  #batch: Awaited<ReturnType<Room['take']>> | undefined
  #isFirst = true

  constructor(hold: Hold) {
    this.#hold = hold
  }

  /** Waits for room and a turn. The first batch needs no room, so that short answers do not wait for any. */
  async next(wants: number | undefined): Promise<number> {
    const isLittle = this.#isFirst && wants === undefined
    this.#isFirst = false
    this.#hold.release('answers')
    this.#batch = undefined
    if (!isLittle) {
      const units = wants === undefined ? usual : copies * wants + usual
      this.#batch = await this.#hold.claim('answers', units)
    }
    await this.#hold.turn(isLittle)
    return wants ?? littlePayload
  }

  made(bytes: number): void {
    this.#batch?.resize(bytes + piece)
  }

  /** Takes room for the refs that the walk found; they stay until the answer has ended. */
  async found(total: number): Promise<void> {
    const bytes = total * bytesPerFound
    if (bytes > littleFound) await this.#hold.claim('found', bytes)
    this.#hold.release('walks')
  }
}
