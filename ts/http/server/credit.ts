/**
 * The time that the other end of a connection has: a full credit at first, and then what moving bytes earn back, up to
 * the full. A client that moves 4 KiB a second is never late; one that rests has no more than the full credit.
 */

/** Bytes that earn a second. */
const slowest = 4096

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

  /** Begins to wait for the other end; returns for how many ms that may last. */
  wait(): number {
    this.#since = performance.now()
    return Math.max(0, this.#left)
  }

  /** Ends the wait: the other end has moved so many bytes. */
  moved(bytes: number): void {
    const waited = this.#since === undefined ? 0 : performance.now() - this.#since
    this.#since = undefined
    this.#left = Math.min(this.#most, this.#left - waited + (bytes / slowest) * 1000)
  }
}
