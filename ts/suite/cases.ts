/**
 * One test of the suite.
 */

import type { OptionalMethod } from './options.js'
import type { Subject } from './subject.js'

/** Settings of a test, beside its stores. */
export interface Limits {
  /** Characters of the largest text. */
  readonly largestText: number
}

/** A behaviour that stores must have. */
export interface Case {
  /** A sentence. */
  readonly name: string
  /** Runs only if the stores have this method. */
  readonly needs?: OptionalMethod
  readonly run: (stores: Subject, limits: Limits) => Promise<void>
}
