/**
 * The rules for differences and merges that an engine gets, and the results that it returns.
 */

import type { ArrayKeys } from './array-keys.js'
import type { Ref } from './types.js'

/** How differences are computed. */
export interface DiffRules {
  readonly keys: ArrayKeys
  readonly moves: boolean
}

/** How values are merged. */
export interface MergeRules {
  readonly keys: ArrayKeys
  /** Whether equal changes of both sides are a conflict. */
  readonly equalConflict: boolean
}

/** The revisions whose data is merged. */
export interface MergedRefs {
  readonly base: Ref | undefined
  readonly ours: Ref
  readonly theirs: Ref
}

/** A merge as texts: its result, and an array of the conflicts, if any. */
export interface MergedTexts {
  readonly data?: string
  readonly conflicts?: string
}

/** The revisions of a list that changed a value, by their index. */
export interface ChangedAt {
  readonly changed: readonly {
    readonly index: number
    readonly before: unknown
    readonly after: unknown
  }[]
  /** How many of them were examined. */
  readonly looked: number
}
