/**
 * The pace of what goes on forever: after what failed it waits, longer each time; after what worked it
 * goes on at once, but not again and again where nothing comes of it.
 */

import { backoff, restAfter } from '../base/backoff.js'

/** Milliseconds between two looks at what does not tell when it changes. */
export const interval = 1000

/** Turns in a row that may end early and bring nothing, before they are slowed. */
const free = 2

/** How one turn went, where its run worked. */
export interface Turn {
  /** Milliseconds from its begin to its end. */
  readonly took: number
  /** Whether anything new came of it. */
  readonly isFruitful: boolean
  /** Whether waiting for the next change failed. */
  readonly isCut: boolean
}

/** Counts how it goes, and says how many milliseconds to wait before the next turn. */
export class Pace {
  #failures = 0
  #hasty = 0

  /** The run failed. */
  failed(error: unknown): number {
    this.#failures += 1
    return restAfter(error, this.#failures)
  }

  /** The run worked, so that no failure before it counts; what is told too early or in vain is slowed to `interval`. */
  worked({ took, isFruitful, isCut }: Turn): number {
    this.#failures = 0
    const isHasty = isCut || !isFruitful
    this.#hasty = took < interval && isHasty ? this.#hasty + 1 : 0
    if (!isCut && this.#hasty <= free) return 0
    return Math.min(interval, backoff(Math.max(1, this.#hasty - free)))
  }
}
