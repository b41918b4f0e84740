/**
 * How long to ask a server to wait for a change: shorter if something in between cuts idle connections, then gradually
 * longer again.
 */

/** Most seconds to ask for; below the least, polls without waiting. */
const [most, least] = [25, 1]

/** The next wait as a share of the time after which one was cut. */
const margin = 0.75

/** Complete waits in a row before a longer one is tried, and the factor by which it is longer. */
const [lasting, growth] = [16, 1.5]

/** Milliseconds: a connection that fails sooner was not idle. */
const quick = 100

/** The waits of one connection. */
export class Waits {
  #seconds = most
  #lasted = 0

  /** Seconds to ask for; 0: poll. */
  get seconds(): number {
    return this.#seconds < least ? 0 : this.#seconds
  }

  /** Records a wait that lasted as long as requested. */
  lasted(): void {
    if (this.#seconds === most) return
    this.#lasted += 1
    if (this.#lasted < lasting) return
    this.#lasted = 0
    this.#seconds = Math.min(most, Math.max(least, this.#seconds * growth))
  }

  /** Records a wait that failed after that many milliseconds. */
  wasCut(milliseconds: number): void {
    if (milliseconds < quick) return
    this.#lasted = 0
    this.#seconds = Math.min(this.#seconds, milliseconds / 1000) * margin
  }
}
