/**
 * Options and reports of the calls that maintain a database: verify, backup, prune, rescue.
 */

import type { SignalOptions } from './options.js'
import type { Ref } from './types.js'

/** Progress of `verify` or `backup`. */
export interface UpkeepProgress {
  /** Revisions; of the backup of a database on a path, bytes of its file. */
  readonly done: number
  /** The total of `done`; over stores of your own it grows as more is found. */
  readonly total: number
  /** Bytes so far: of the data of revisions; for the backup of a path, of the file. */
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
   * The name of the copy. A copy that will be synchronized with the original needs its own name.
   *
   * @default the name of the database
   */
  readonly name?: string | undefined
}

/** Options of `rescue`; `done` and `total` of its progress are pages of the file. */
export interface RescueOptions extends VerifyOptions {
  /**
   * Whether to return revisions whose ancestors were not all returned before. `writeStream` refuses
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
  /** The missing revision that it names; `null` if the entry cannot be read. */
  readonly ref: Ref | null
}

/** The report of `verify`. */
export interface VerifyReport {
  /** Whether nothing is wrong: all lists are empty, and `file` is `null`. */
  readonly ok: boolean
  /** Revisions that were checked. */
  readonly revisions: number
  /** Bytes of their data that were hashed. */
  readonly bytes: number
  /** Revisions whose stored bytes do not match their refs. */
  readonly damaged: readonly Ref[]
  /** Revisions that are named by heads, or as ancestors by others, but do not exist. */
  readonly missing: readonly Ref[]
  /** Revisions with a direct ancestor that is missing. */
  readonly dangling: readonly Ref[]
  /** Heads and remote heads that are damaged or name a revision that is missing. */
  readonly heads: readonly LostHead[]
  /** Damage of the file itself, apart from revisions and heads; `null`: none. */
  readonly file: string | null
  /**
   * Tombstones: revisions whose data was erased in the database they came from, and that still lack it.
   * Absent if there are none. They are not a fault.
   */
  readonly tombstones?: number
}

/** Counts and sizes of a database; `null` for what would have to be counted on a server. */
export interface DatabaseStats {
  /** Revisions, including those whose data was erased. */
  readonly revisions: number | null
  /** Branches that have a head. */
  readonly branches: number | null
  /** Remote heads. */
  readonly remotes: number | null
  /** Bytes of the data of all revisions: the UTF-8 of its canonical JSON, binary data as it is. */
  readonly dataBytes: number | null
  /** Bytes stored for that data: differences, compressed if that helps. */
  readonly storedBytes: number | null
  /** Bytes of the file; 0 in memory. */
  readonly fileBytes: number | null
  /** Bytes of memory of the index of the graph; for a database in memory also of the stored data. */
  readonly memoryBytes: number | null
}

/** The copy that `backup` made. */
export interface BackupResult {
  /** The name of the copy. */
  readonly name: string
  /** Revisions in the copy. */
  readonly revisions: number
  /** Bytes that were written: of the file, or of the data if revisions were written one by one. */
  readonly bytes: number
}

/** The file's size before and after `compact`; 0 and 0 in memory. */
export interface CompactResult {
  /** Bytes of the file before. */
  readonly before: number
  /** Bytes of the file now. */
  readonly after: number
}

/** Options of `erase`. */
export interface EraseOptions {
  /**
   * Whether to erase the meta too.
   *
   * @default false
   */
  readonly meta?: boolean | undefined
}

/** Options of `prune`. */
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
   * Called with the ref of each revision that is deleted or cut away, or with `dryRun` would be, after this was decided;
   * ancestors come after their descendants. An exception ends the call. In an embedded database the revisions are then
   * already gone, and the next `prune` frees their space.
   */
  readonly onFound?: ((ref: Ref) => void) | undefined
  /**
   * Milliseconds. A revision is deleted if an earlier `prune` found it unreached at least this long ago. The
   * first `prune` that finds it never deletes it, whatever the grace, since a head may soon name a revision that was
   * put with `moveHead: false` or came by a stream.
   *
   * @default 2592000000, 30 days
   */
  readonly grace?: number | undefined
  /** The end of the history to keep; without it everything reached is kept. */
  readonly horizon?: Horizon | undefined
  /**
   * Whether a horizon also cuts away revisions that a known remote lacks.
   *
   * @default false
   */
  readonly force?: boolean | undefined
  /** Called now and then. */
  readonly onProgress?: ((progress: PruneProgress) => void) | undefined
}

/**
 * Which history is too old, like `--depth` or `--shallow-exclude` of `git clone`. Heads, remote heads and
 * refs of `keep` always stay themselves.
 */
export type Horizon =
  | {
      /** Keeps this many levels from each head, remote head and ref of `keep`; 1 keeps only the revision itself. */
      readonly depth: number
      readonly before?: undefined
    }
  | {
      /** Cuts away the direct and indirect ancestors of these refs; the refs themselves stay. */
      readonly before: Ref | readonly Ref[]
      readonly depth?: undefined
    }

/** Progress of a `prune`. */
export interface PruneProgress {
  readonly phase: 'search' | 'delete'
  /** Revisions whose space was freed, and how many there are in all. */
  readonly done: number
  readonly total: number
  /** Bytes of their data. */
  readonly bytes: number
}

/** Revisions and bytes that a `prune` deleted, or with `dryRun` would have. */
export interface PruneResult {
  /** Revisions that were deleted because nothing reached them. */
  readonly deleted: number
  /** With a `horizon`: revisions that were cut away because they were older. */
  readonly cut?: number
  /** Revisions that nothing reaches, but whose grace has not passed. */
  readonly waiting: number
  /** Bytes of the data whose space was freed, including what an interrupted `prune` had left. */
  readonly bytes: number
}
