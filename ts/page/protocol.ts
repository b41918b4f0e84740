/**
 * The types of requests and answers between the page and its server, imported by both sides.
 *
 * Every query is a GET of `api/<query>` below the page. None reads a whole history: answers have limits, and long work is
 * requested again from where it stopped.
 */

/** A ref. */
type Ref = string

/** A branch or a remote, and its head. */
export interface Head {
  readonly name: string
  readonly ref: Ref
}

/** `state`: the current heads. With `since` the answer comes once the stamp differs, or after `wait` seconds. */
export interface State {
  /** The database's name. */
  readonly database: string
  /** The branch of the database object, which comes first. */
  readonly branch: string
  /** Changes whenever anything in the state does. */
  readonly stamp: string
  /** Identifies the order of rows for these heads; `rows` and others need it. */
  readonly view: string
  /** The number of heads from which the graph begins. */
  readonly drawn: number
  readonly heads: readonly Head[]
  readonly remotes: readonly Head[]
  /** Whether there are more heads, or remotes, than these. */
  readonly hasMore: boolean
}

/** Members of a revision's meta, if it has them: claims of its writer. */
export interface Claims {
  readonly author?: string
  readonly time?: string
  /** The first line of the message. */
  readonly message?: string
}

/** A revision in a list. */
export interface Line extends Claims {
  readonly ref: Ref
  /** The beginning of its data, if it has no message. */
  readonly data?: string
}

/** A row of the graph. Lanes are numbered from the left; those beyond the 64th are left out. */
export interface GraphRow extends Line {
  readonly column: number
  /** Whether no lane leads to it from above. */
  readonly isTip: boolean
  /** The other lanes that pass it. */
  readonly lanes: readonly number[]
  /** For each line to an ancestor, its lane below. */
  readonly targets: readonly number[]
  /** The lane whose line bends into the column below this row. */
  readonly pulled?: number
}

/** How far the history of a view was read. */
export interface Walked {
  /** Rows that are known so far. */
  readonly walked: number
  /** Whether that is all. */
  readonly isDone: boolean
}

/** `rows`: some rows from `from` on; fewer than requested if reading them took too long. */
export interface Rows extends Walked {
  readonly from: number
  readonly rows: readonly GraphRow[]
}

/** `total`: the number of revisions in the database; `null` if not known. */
export interface Total {
  readonly revisions: number | null
}

/** `row`: the number of a revision's row; `null` if it is not known yet, or does not exist. */
export interface Place extends Walked {
  readonly row: number | null
}

/** Data as it is shown: cut if it is long, so that no answer is large. */
export type Value =
  | {
      readonly type: 'value'
      readonly value: string | number | boolean | null
      /** The full length of a string that is cut. */
      readonly length?: number
    }
  | {
      readonly type: 'object' | 'array'
      readonly size: number
      /** Number of the first of the members that follow. */
      readonly from: number
      /** The members that are included, by key or index; request others by `data`. */
      readonly members: readonly (readonly [key: string, value: Value])[]
    }
  | {
      readonly type: 'bytes'
      readonly size: number
      /** The first bytes as hex. */
      readonly hex: string
    }
  | { readonly type: 'nothing' }

/** `piece`: a piece of data that is too large to be shown as a tree. `file` is all of it, as a download. */
export interface Piece {
  /** The number of its first byte, of the first byte behind it (`null` at the end), and of all bytes. */
  readonly from: number
  readonly next: number | null
  readonly size: number
  readonly isBinary: boolean
  /** JSON text; hex of binary data. */
  readonly text: string
}

/** Why data is not shown. `large`: it is too large to be parsed for a page; ask for a `piece`. */
export type Reason = 'erased' | 'damaged' | 'large'

/** `revision`: one, with its data as far as that is short. */
export interface RevisionShown {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly author?: string
  readonly time?: string
  /** All of it, up to 64 KiB. */
  readonly message?: string
  /** What else the meta has. */
  readonly meta: Value
  readonly data: Value
  readonly state: 'there' | Reason
}

/** A difference at a place. */
export interface Difference {
  readonly op: 'add' | 'remove' | 'replace' | 'move'
  readonly path: string
  /** Of a move. */
  readonly from?: string
  readonly before?: Value
  readonly after?: Value
}

/** `difference`: what turns the data of `from` into that of `to`. */
export interface Differences {
  readonly differences: readonly Difference[]
  /** How many there are. */
  readonly total: number
  /** Why data cannot be compared, if so. */
  readonly reason?: 'binary' | Reason
}

/** A conflict. */
export interface Conflict {
  readonly path: string
  readonly kind: string
  readonly base: Value
  readonly ours: Value
  readonly theirs: Value
  /** The value in the merge. */
  readonly result?: Value
}

/** `merge`: how two revisions are related, and what both changed since they forked. */
export interface MergeShown {
  readonly bases: readonly Ref[]
  /** Revisions that only the first reaches, and only the second, up to `most`. */
  readonly ours: number
  readonly theirs: number
  readonly most: number
  readonly conflicts: readonly Conflict[]
  readonly total: number
  readonly reason?: 'binary' | Reason
}

/** `apart`: the number of revisions that only the one reaches, and only the other, up to `most`. */
export interface Apart {
  readonly ahead: number
  readonly behind: number
  readonly most: number
}

/** `versions`: the newest versions of a branch by first ancestors, newest first. */
export interface Versions {
  readonly versions: readonly Line[]
  readonly hasMore: boolean
}

/** A change of a value. */
export interface ValueChanged extends Line {
  readonly before: Value
  readonly after: Value
}

/** `changes`: who changed a value, newest first. */
export interface Changes {
  readonly changes: readonly ValueChanged[]
  /** Whether the history was read to its end. */
  readonly isDone: boolean
}

/** What a search found. */
export interface Found extends Line {
  readonly row: number
  readonly where: 'ref' | 'author' | 'message' | 'data'
  /** Where in the data. */
  readonly path?: string
  /** The text around it. */
  readonly excerpt: string
}

/** `search`: what was found in some rows. */
export interface SearchAnswer {
  /** Branches and remotes whose names begin with the text, and what it resolves to. Only with the first rows. */
  readonly names: readonly (Head & { readonly kind: 'branch' | 'remote' | 'revision' })[]
  readonly found: readonly Found[]
  /** The row to continue from; `null` if all were searched. */
  readonly next: number | null
}
