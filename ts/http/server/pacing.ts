/**
 * The pace of one answer that streams: each batch is made when there is room for it, and when nobody else
 * makes one in the same turn of the event loop.
 */

import type { Pace } from '../../engine.js'
import type { Room } from './room.js'
import type { Hold } from './visit.js'

/** A batch without a payload of its own: what its revisions may have, and what they take. */
const [littlePayload, usual] = [1 << 16, 1 << 19]
/** Of a large payload, what is read and what is made of it. */
const copies = 2
/** Bytes that are on their way out of the batch. */
const piece = 1 << 18
/** Bytes that a walk's find takes for each revision, and a find that is not counted. */
const [bytesPerFound, littleFound] = [8, 1 << 16]

/** The pace of an answer. */
export class Pacing implements Pace {
  readonly #hold: Hold
  #batch: Awaited<ReturnType<Room['take']>> | undefined
  #isFirst = true

  constructor(hold: Hold) {
    this.#hold = hold
  }

  /** The first batch needs no room, so that what is little is answered at once. */
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

  /** The walk is over and found so many; they stay until the answer has ended. */
  async found(total: number): Promise<void> {
    const bytes = total * bytesPerFound
    if (bytes > littleFound) await this.#hold.claim('found', bytes)
    this.#hold.release('walks')
  }
}
