/**
 * How long a server is asked to wait for a change: shorter where something in between cuts what rests,
 * and by and by longer again.
 */

/** Seconds that are asked for at the most; below the least it is asked without waiting. */
const [most, least] = [25, 1]

/** The share of the time after which it was cut that is asked for next. */
const margin = 0.75

/** Waits in a row that must last, before a longer one is tried; and how much longer that is. */
const [lasting, growth] = [16, 1.5]

/** A connection that fails sooner was not at rest: in milliseconds. */
const quick = 100

/** Of one connection. */
export class Waits {
  #seconds = most
  #lasted = 0

  /** Seconds to ask for; 0: to ask again now and then. */
  get seconds(): number {
    return this.#seconds < least ? 0 : this.#seconds
  }

  /** A wait of all that was asked for was answered. */
  lasted(): void {
    if (this.#seconds === most) return
    this.#lasted += 1
    if (this.#lasted < lasting) return
    this.#lasted = 0
    this.#seconds = Math.min(most, Math.max(least, this.#seconds * growth))
  }

  /** One failed after so many milliseconds. */
  wasCut(milliseconds: number): void {
    if (milliseconds < quick) return
    this.#lasted = 0
    this.#seconds = Math.min(this.#seconds, milliseconds / 1000) * margin
  }
}
