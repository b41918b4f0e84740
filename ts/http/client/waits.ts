/**
 * How long to ask a server to wait for a change: shorter if something in between cuts idle connections, then gradually
 * longer again.
 */

/** Most seconds to ask for; below the least, it is asked without waiting. */
const [most, least] = [25, 1]

/** The next wait as a share of the time after which one was cut. */
const margin = 0.75

/** Waits in a row that must last before a longer one is tried, and the factor of that. */
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

  /** Notes a wait that lasted as long as asked. */
  lasted(): void {
    if (this.#seconds === most) return
    this.#lasted += 1
    if (this.#lasted < lasting) return
    this.#lasted = 0
    this.#seconds = Math.min(most, Math.max(least, this.#seconds * growth))
  }

  /** Notes a wait that failed after so many milliseconds. */
  wasCut(milliseconds: number): void {
    if (milliseconds < quick) return
    this.#lasted = 0
    this.#seconds = Math.min(this.#seconds, milliseconds / 1000) * margin
  }
}
