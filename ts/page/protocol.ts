/**
 * What the page asks its server for, and what it is answered: types alone, which both sides import.
 *
 * Every question is a GET of `api/<question>` below the page. None reads a whole history: answers have limits, and what
 * takes long is asked for again from where it stopped.
 */

/** A ref. */
export type Ref = string

/** A branch or a remote, and its head. */
export interface Head {
  readonly name: string
  readonly ref: Ref
}

/** `state`: the heads as they are. With `since` it is answered once the stamp is another one, or after `wait` seconds. */
export interface State {
  /** The database's name. */
  readonly database: string
  /** The branch of the database object, which comes first. */
  readonly branch: string
  /** Changes whenever something here does. */
  readonly stamp: string
  /** The order of rows that these heads make; `rows` and others want it. */
  readonly view: string
  /** How many heads the graph begins from. */
  readonly drawn: number
  readonly heads: readonly Head[]
  readonly remotes: readonly Head[]
  /** Whether there are more heads, or remotes, than these. */
  readonly hasMore: boolean
}

/** What a revision says of itself, where it says so: claims of whoever wrote it. */
export interface Claims {
  readonly author?: string
  readonly time?: string
  /** The first line of the message. */
  readonly message?: string
}

/** A revision in a list. */
export interface Line extends Claims {
  readonly ref: Ref
  /** The beginning of its data, where it has no message. */
  readonly data?: string
}

/** A row of the graph. Lanes are numbered from the left; those beyond the 64th are not told. */
export interface GraphRow extends Line {
  readonly column: number
  /** Whether no lane leads to it from above. */
  readonly isTip: boolean
  /** The other lanes that pass it. */
  readonly lanes: readonly number[]
  /** The lane below of each line to an ancestor. */
  readonly targets: readonly number[]
  /** The lane whose line bends into the column below this row. */
  readonly pulled?: number
}

/** How far the history is known that a view is of. */
export interface Walked {
  /** Rows that are known so far. */
  readonly walked: number
  /** Whether that is all. */
  readonly isDone: boolean
}

/** `rows`: some rows from `from` on; fewer than there are where reading them took too long. */
export interface Rows extends Walked {
  readonly from: number
  readonly rows: readonly GraphRow[]
}

/** `total`: how many revisions the database has; `null` where that is not known. */
export interface Total {
  readonly revisions: number | null
}

/** `row`: the number of a revision's row; `null` where it is not known yet, or is none. */
export interface Place extends Walked {
  readonly row: number | null
}

/** Data as it is shown: cut where it is long, so that no answer is large. */
export type Value =
  | {
      readonly type: 'value'
      readonly value: string | number | boolean | null
      /** The letters of a string that is cut. */
      readonly length?: number
    }
  | {
      readonly type: 'object' | 'array'
      readonly size: number
      /** Number of the first of the members that follow. */
      readonly from: number
      /** Those that are told, by key or index; ask `data` for others. */
      readonly members: readonly (readonly [key: string, value: Value])[]
    }
  | {
      readonly type: 'bytes'
      readonly size: number
      /** The first bytes as hex. */
      readonly hex: string
    }
  | { readonly type: 'nothing' }

/** Why data is not shown. `large`: it is too large to be parsed for a page. */
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

/** `difference`: what makes the data of `to` of that of `from`. */
export interface Differences {
  readonly differences: readonly Difference[]
  /** How many there are. */
  readonly total: number
  /** Whether some of the data is not to be compared: why. */
  readonly reason?: 'binary' | Reason
}

/** A conflict. */
export interface Conflict {
  readonly path: string
  readonly kind: string
  readonly base: Value
  readonly ours: Value
  readonly theirs: Value
  /** What the merge has there. */
  readonly result?: Value
}

/** `merge`: how two revisions hang together, and what both changed since they parted. */
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

/** `apart`: revisions that only the one has, and only the other, up to `most`. */
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

/** `search`: what there is in some rows. */
export interface SearchAnswer {
  /** Branches and remotes whose names begin so, and what the text resolves to. Told with the first rows alone. */
  readonly names: readonly (Head & { readonly kind: 'branch' | 'remote' | 'revision' })[]
  readonly found: readonly Found[]
  /** The row to go on from; `null` where all were looked at. */
  readonly next: number | null
}
