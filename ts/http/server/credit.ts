/**
 * Time that somebody at the other end of a connection has: so much at first, and what he earns by bytes that
 * move, but never more than at first. Who moves 4 KiB a second is never late; who moved much once and then
 * rests has no more time than anybody else.
 */

/** Bytes a second. */
const slowest = 4096

/** The time that one request's body, or one answer, has left. */
export class Credit {
  readonly #most: number
  #left: number
  #since: number | undefined

  /** In ms. */
  constructor(most: number) {
    this.#most = most
    this.#left = most
  }

  /** Waits for the other end from now on; answers for how many ms that may last. */
  wait(): number {
    this.#since = performance.now()
    return Math.max(0, this.#left)
  }

  /** The other end has moved so many bytes, or is not waited for any longer. */
  moved(bytes: number): void {
    const waited = this.#since === undefined ? 0 : performance.now() - this.#since
    this.#since = undefined
    this.#left = Math.min(this.#most, this.#left - waited + (bytes / slowest) * 1000)
  }
}
