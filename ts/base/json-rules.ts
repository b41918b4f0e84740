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

declare const held: unique symbol

/** A canonical text that an engine holds, to be put once. */
export interface HeldText {
  readonly [held]: never
}

/** A merge as texts: its result and an array of the conflicts, or its result alone. */
export type MergedTexts =
  | { readonly held: HeldText }
  | { readonly data: string; readonly conflicts: string }
