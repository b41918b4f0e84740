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
 * By what the elements of an array are told apart: a member's name, names in order of preference (none: by
 * value), or a function that gives either for the pointer of an array, `undefined` for the default.
 */
export type ArrayKey =
  | string
  | readonly string[]
  | ((pointer: string) => string | readonly string[] | undefined)

/** How the elements of arrays are told apart. */
export interface ArrayKeyOptions {
  /**
   * The member that tells elements apart, where every element has it, as a string or a number, and no two the
   * same. Else elements are told apart by their value.
   *
   * @default ['id', 'key']
   */
  readonly arrayKey?: ArrayKey | undefined
}

/** How `diff` tells differences. */
export interface DiffOptions extends ArrayKeyOptions {
  /**
   * Whether what went elsewhere in its array, or to another key of its object, is one `move`; else it is a
   * `remove` and an `add`.
   *
   * @default true
   */
  readonly moves?: boolean | undefined
}

/** How values are merged. */
export interface MergeOptions extends ArrayKeyOptions {
  /**
   * Whether a change that both sides made alike is one change, or a conflict: of counters both were meant.
   *
   * @default 'one'
   */
  readonly equalChanges?: 'one' | 'conflict' | undefined
}

/** What both sides did, in git's words. */
export type ConflictKind = 'both modified' | 'both added' | 'deleted by us' | 'deleted by them'

/** What both sides changed, and not alike. Values that are not there are `undefined`. */
export interface MergeConflict {
  /** A JSON Pointer into the result: where our value stands, or would stand. */
  readonly path: string
  readonly kind: ConflictKind
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}

/** What a merge made. */
export interface Merged<T> {
  /** With our value in the place of each conflict. */
  readonly data: T
  /** In the order of the result. */
  readonly conflicts: readonly MergeConflict[]
}

/** How `jsonMerge` merges. */
export interface JsonMergeOptions extends MergeOptions {
  /**
   * What stands where both sides made different changes: nothing, since the merge fails with `HISTO_CONFLICT`;
   * our value; theirs; or what a function returns for it (`undefined`: nothing there), or promises.
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
