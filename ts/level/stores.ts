/**
 * `levelStores`: a revision store and a branch store in an `abstract-level`.
 */

import { booleanOption, described, isRecord } from '../base/arguments.js'
import { type Known, known, optionsOf, refuseSecondOptions } from '../base/known.js'
import type { BranchStore, RevisionStore } from '../store/interfaces.js'
import { LevelHeads } from './heads.js'
import type { LevelDatabase, LevelSublevel } from './level.js'
import { LevelRevisions } from './revisions.js'

/** The options that `levelStores` knows. */
export const levelCall: Known = known<LevelOptions>('levelStores', { sync: 'optional' })

/** Options of `levelStores`. */
export interface LevelOptions {
  /**
   * Whether each write waits for the disk, if the level has one: then acknowledged writes survive a power loss.
   * Without it, a crash of the machine may undo the last writes.
   *
   * @default true
   */
  readonly sync?: boolean | undefined
}

/** Stores for `createDB`. */
export interface LevelStores {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
}

/**
 * Stores in an `abstract-level`, for `createDB`: `createDB(levelStores(new ClassicLevel('./data')))`.
 * They use its sublevels `revisions` and `heads`; pass a sublevel of your own for other places, or for several
 * databases in one level. The ids are the built-in refs. Like the level itself, they are for one process at a
 * time; in that process any number of databases may share them. The level stays the caller's: close it after
 * `db.close()`.
 *
 * @param level a database of `abstract-level` 1 or newer
 * @throws {TypeError} if an argument is invalid
 */
export function levelStores(level: LevelDatabase, options?: LevelOptions): LevelStores
export function levelStores(
  level: LevelDatabase,
  options?: LevelOptions,
  ...surplus: unknown[]
): LevelStores {
  if (!isRecord(level) || typeof level['sublevel'] !== 'function') {
    throw new TypeError(`level must be an abstract-level, not ${described(level)}`)
  }
  refuseSecondOptions('levelStores', surplus)
  const sync = booleanOption(optionsOf(options, levelCall), 'sync', true)
  const part = (name: string): LevelSublevel =>
    (level as LevelDatabase).sublevel(name, { keyEncoding: 'utf8', valueEncoding: 'utf8' })
  return {
    revisionStore: new LevelRevisions(part('revisions'), sync),
    branchStore: new LevelHeads(level, part('heads'), sync)
  }
}
