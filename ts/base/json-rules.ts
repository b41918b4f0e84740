/**
 * What an engine is told of differences and merges, and what it tells of them.
 */

import type { ArrayKeys } from './array-keys.js'
import type { Ref } from './types.js'

/** How differences are told. */
export interface DiffRules {
  readonly keys: ArrayKeys
  readonly moves: boolean
}

/** How values are merged. */
export interface MergeRules {
  readonly keys: ArrayKeys
  /** Whether it is a conflict that both sides changed a value in the same way. */
  readonly equalConflict: boolean
}

/** The revisions whose data is merged. */
export interface MergedRefs {
  readonly base: Ref | undefined
  readonly ours: Ref
  readonly theirs: Ref
}

/** A merge as texts: its result, and an array of the conflicts where there are some. */
export interface MergedTexts {
  readonly data?: string
  readonly conflicts?: string
}

/** Which of some revisions changed a value, by their index. */
export interface ChangedAt {
  readonly changed: readonly {
    readonly index: number
    readonly before: unknown
    readonly after: unknown
  }[]
  /** How many of them were looked at. */
  readonly looked: number
}
