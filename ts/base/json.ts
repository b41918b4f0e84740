/**
 * Operations on data as JSON: their form and their options.
 */

/** One operation of a JSON Patch (RFC 6902); `path` and `from` are JSON Pointers (RFC 6901). */
export type Operation =
  | { readonly op: 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'move'; readonly from: string; readonly path: string }
  | { readonly op: 'copy'; readonly from: string; readonly path: string }
  | { readonly op: 'test'; readonly path: string; readonly value: unknown }

/**
 * How the elements of an array are identified: by a member's name, by names in order of preference (none: by
 * value), or by a function that returns either for the pointer of an array, `undefined` for the default.
 */
export type ArrayKey =
  | string
  | readonly string[]
  | ((pointer: string) => string | readonly string[] | undefined)

/** How the elements of arrays are identified. */
export interface ArrayKeyOptions {
  /**
   * The member that identifies elements, if every element has it, as a string or a number, and no two are the
   * same. Otherwise elements are identified by their value.
   *
   * @default ['id', 'key']
   */
  readonly arrayKey?: ArrayKey | undefined
}

/** Options of `diff`. */
export interface DiffOptions extends ArrayKeyOptions {
  /**
   * Whether a value that went elsewhere in its array, or to another key of its object, is one `move` instead of a
   * `remove` and an `add`.
   *
   * @default true
   */
  readonly moves?: boolean | undefined
}

/** Options of a merge of values. */
export interface MergeOptions extends ArrayKeyOptions {
  /**
   * Whether equal changes of both sides count as one change, or as a conflict (useful for counters).
   *
   * @default 'one'
   */
  readonly equalChanges?: 'one' | 'conflict' | undefined
}

/** The kind of a conflict, in git's words. */
export type ConflictKind = 'both modified' | 'both added' | 'deleted by us' | 'deleted by them'

/** A value that both sides changed differently. Values that do not exist are `undefined`. */
export interface MergeConflict {
  /** A JSON Pointer into the result, to where our value is or would be. */
  readonly path: string
  readonly kind: ConflictKind
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}

/** The result of a merge. */
export interface Merged<T> {
  /** The merged data, with our value at each conflict. */
  readonly data: T
  /** In the order of the result. */
  readonly conflicts: readonly MergeConflict[]
}

/** Options of `jsonMerge`. */
export interface JsonMergeOptions extends MergeOptions {
  /**
   * What to do if both sides made different changes: fail with `HISTO_CONFLICT`; take our value; take theirs; or take
   * what a function returns for the conflict, or a promise of it (`undefined`: no value).
   *
   * @default 'throw'
   */
  readonly onConflict?:
    | 'throw'
    | 'ours'
    | 'theirs'
    | ((conflict: MergeConflict) => unknown)
    | undefined
}
