/**
 * The time that the other end of a connection has left: a full credit at first; moving bytes earn time back, up to the
 * full credit. A client that moves 4 KiB a second is never late; one that pauses has at most the full credit.
 */

/** Bytes that earn a second. */
const slowest = 4096
/** Least bytes of a piece, whatever the credit. */
const leastPiece = 1024

/** The remaining time of one request's body, or one answer. */
export class Credit {
  readonly #most: number
  #left: number
  #since: number | undefined

  /** Remaining ms. */
  constructor(most: number) {
    this.#most = most
    this.#left = most
  }

  /** Most bytes to hand over at once: at the slowest pace they take half of the full credit. */
  get piece(): number {
    return Math.max(leastPiece, Math.floor((this.#most / 2000) * slowest))
  }

  /** Begins to wait for the other end; returns how many ms the wait may last. */
  wait(): number {
    this.#since = performance.now()
    return Math.max(0, this.#left)
  }

  /** Ends the wait: the other end has moved that many bytes. */
  moved(bytes: number): void {
    const waited = this.#since === undefined ? 0 : performance.now() - this.#since
    this.#since = undefined
    this.#left = Math.min(this.#most, this.#left - waited + (bytes / slowest) * 1000)
  }
}
