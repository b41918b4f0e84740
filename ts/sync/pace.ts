/**
 * The pace of an endless loop: it waits after a failure, longer each time, and continues at once after a success, but
 * slows down if turns keep bringing nothing.
 */

import { backoff, restAfter } from '../base/backoff.js'

/** Milliseconds between two polls of a source that reports no changes. */
export const interval = 1000

/** Short turns in a row that may bring nothing before they are slowed. */
const free = 2

/** The result of a turn whose run worked. */
interface Turn {
  /** Its duration in milliseconds. */
  readonly took: number
  /** Whether it brought anything new. */
  readonly isFruitful: boolean
  /** Whether waiting for the next change failed. */
  readonly isCut: boolean
}

/** Counts results, and returns how many milliseconds to wait before the next turn. */
export class Pace {
  #failures = 0
  #hasty = 0

  /** Notes a failed run. */
  failed(error: unknown): number {
    this.#failures += 1
    return restAfter(error, this.#failures)
  }

  /** Notes a run that worked, which resets the failures; slows changes that come early or in vain to `interval`. */
  worked({ took, isFruitful, isCut }: Turn): number {
    this.#failures = 0
    const isHasty = isCut || !isFruitful
    this.#hasty = took < interval && isHasty ? this.#hasty + 1 : 0
    if (!isCut && this.#hasty <= free) return 0
    return Math.min(interval, backoff(Math.max(1, this.#hasty - free)))
  }
}
