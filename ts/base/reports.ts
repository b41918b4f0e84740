/**
 * Options and reports of the calls that look after a database: verifying it, backing it up, pruning it, rescuing what it
 * had.
 */

import type { SignalOptions } from './options.js'
import type { Ref } from './types.js'

/** Progress of `verify` or `backup`. */
export interface UpkeepProgress {
  /** Revisions; of the backup of a database on a path, bytes of its file. */
  readonly done: number
  /** The same in all; over stores of your own it grows as more is found. */
  readonly total: number
  /** Bytes so far: of the data of revisions, of a backup of a path those of the file. */
  readonly bytes: number
}

/** Options of `verify`. */
export interface VerifyOptions extends SignalOptions {
  /** Called about ten times a second, and at the end; what it throws ends the run. */
  readonly onProgress?: ((progress: UpkeepProgress) => void) | undefined
}

/** Options of `backup`. */
export interface BackupOptions extends VerifyOptions {
  /**
   * The name of the copy. A copy that is to be synchronized with the original needs one of its own.
   *
   * @default the name of the database
   */
  readonly name?: string | undefined
}

/** Options of `rescue`; `done` and `total` of its progress are pages of the file. */
export interface RescueOptions extends VerifyOptions {
  /**
   * Whether revisions are returned whose ancestors are not all returned before. `writeStream` refuses
   * a stream with such a revision, at its end.
   *
   * @default true
   */
  readonly dangling?: boolean | undefined
}

/** A head that leads nowhere. */
export interface LostHead {
  /** `heads/<branch>` or `remotes/<name>`. */
  readonly key: string
  /** The revision that it names and that is missing; `null` where the entry cannot be read. */
  readonly ref: Ref | null
}

/** The report of `verify`. */
export interface VerifyReport {
  /** Whether nothing is wrong: all lists are empty, and `file` is `null`. */
  readonly ok: boolean
  /** Revisions that were looked at. */
  readonly revisions: number
  /** Bytes of their data that were hashed. */
  readonly bytes: number
  /** Revisions whose stored bytes do not match their refs. */
  readonly damaged: readonly Ref[]
  /** Revisions that others name as ancestors, or heads name, and that are not there. */
  readonly missing: readonly Ref[]
  /** Revisions with a direct ancestor that is missing. */
  readonly dangling: readonly Ref[]
  /** Heads and remote heads that are damaged or name a revision that is missing. */
  readonly heads: readonly LostHead[]
  /** Damage of the file itself, beside revisions and heads; `null`: none. */
  readonly file: string | null
  /**
   * Revisions that came without their data, which was erased where they came from, and still lack it.
   * Absent where there are none. Nothing is wrong with them.
   */
  readonly tombstones?: number
}

/** How much there is of everything; `null` for what would have to be counted on a server. */
export interface DatabaseStats {
  /** Revisions, those whose data was erased included. */
  readonly revisions: number | null
  /** Branches that have a head. */
  readonly branches: number | null
  /** Remote heads. */
  readonly remotes: number | null
  /** Bytes of the data of all revisions: the UTF-8 of its canonical JSON, binary data as it is. */
  readonly dataBytes: number | null
  /** Bytes of what is stored for it: differences, compressed where that pays. */
  readonly storedBytes: number | null
  /** Bytes of the file; 0 in memory. */
  readonly fileBytes: number | null
  /** Bytes of memory that the index of the graph takes, and in memory what is stored too. */
  readonly memoryBytes: number | null
}

/** The copy that `backup` made. */
export interface BackupResult {
  /** The name of the copy. */
  readonly name: string
  /** Revisions that it has. */
  readonly revisions: number
  /** Bytes that were written: of the file, or of the data of revisions where they were written anew. */
  readonly bytes: number
}

/** The file's size before and after `compact`; 0 and 0 in memory. */
export interface CompactResult {
  /** Bytes of the file before. */
  readonly before: number
  /** Bytes of the file now. */
  readonly after: number
}

/** What `erase` erases beside the data. */
export interface EraseOptions {
  /**
   * Whether the meta goes too.
   *
   * @default false
   */
  readonly meta?: boolean | undefined
}

/** Says which revisions `prune` deletes. */
export interface PruneOptions extends SignalOptions {
  /** Refs that are kept with all that they reach, as heads and remote heads are. */
  readonly keep?: Ref | readonly Ref[] | undefined
  /**
   * Deletes nothing, and reports what would be deleted.
   *
   * @default false
   */
  readonly dryRun?: boolean
  /**
   * Called with the ref of each revision that is deleted or cut away, or with `dryRun` would be: once it is decided,
   * an ancestor after its descendants. What it throws ends the call; in an embedded database the revisions are gone
   * then, and the next `prune` gives their space back.
   */
  readonly onFound?: ((ref: Ref) => void) | undefined
  /**
   * How long ago, in ms, an earlier `prune` must have found that nothing reaches a revision before this
   * one deletes it. The first `prune` that finds it never does, whatever the grace: a put with
   * `moveHead: false` or a stream may be about to be named.
   *
   * @default 2592000000, 30 days
   */
  readonly grace?: number | undefined
  /** The end of the history that is kept; without one everything reached is kept. */
  readonly horizon?: Horizon | undefined
  /**
   * Whether a horizon cuts away also what a known remote has not got yet.
   *
   * @default false
   */
  readonly force?: boolean | undefined
  /** Called now and then. */
  readonly onProgress?: ((progress: PruneProgress) => void) | undefined
}

/**
 * Says which history is too old, as `--depth` or `--shallow-exclude` of `git clone` do. Heads, remote heads and
 * refs of `keep` stay themselves, wherever they stand.
 */
export type Horizon =
  | {
      /** Keeps this many revisions in depth from each head, remote head and ref of `keep`; 1 is itself. */
      readonly depth: number
      readonly before?: undefined
    }
  | {
      /** The ancestors of these go, direct and indirect; the refs themselves stay. */
      readonly before: Ref | readonly Ref[]
      readonly depth?: undefined
    }

/** Progress of a `prune`. */
export interface PruneProgress {
  readonly phase: 'search' | 'delete'
  /** Revisions whose space was given back, and how many there are to do. */
  readonly done: number
  readonly total: number
  /** Bytes of their data. */
  readonly bytes: number
}

/** Revisions and bytes that a `prune` deleted, or with `dryRun` would have. */
export interface PruneResult {
  /** Revisions that were deleted since nothing reached them. */
  readonly deleted: number
  /** With a `horizon`: revisions that were cut away since they were older. */
  readonly cut?: number
  /** Revisions that nothing reaches, and that stay until their grace is over. */
  readonly waiting: number
  /** Bytes of the data whose space was given back; also what an interrupted `prune` had left. */
  readonly bytes: number
}
