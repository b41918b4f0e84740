/**
 * `createDB`: checks the options and opens a database.
 */

import { countOption, described, isRecord, type Options, optionsArgument } from './arguments.js'
import { type DB, databaseOver } from './db.js'
import { openEmbedded } from './embedded.js'
import { mainBranch, nameArgument } from './names.js'

/** Where a database is and how it is called. */
export interface CreateOptions {
  /**
   * A folder of the database's own, made where it is missing: every write that was acknowledged
   * survives a crash. Left out, the database is in memory.
   */
  readonly path?: string | undefined
  /**
   * How synchronizers know the database; kept in it, so that it need be given once. Another one than
   * it has is a `TypeError` at opening. 1 to 255 bytes of UTF-8 without control characters.
   *
   * @default a random UUID
   */
  readonly name?: string | undefined
  /**
   * The branch whose head the database has.
   *
   * @default 'main'
   */
  readonly branch?: string | undefined
  /**
   * Of `path`: `'relaxed'` is faster and may undo the last commits on power loss, never break the
   * store. All that have a path open in a process must say the same.
   *
   * @default 'sync'
   */
  readonly durability?: 'sync' | 'relaxed' | undefined
  /**
   * Most bytes of a revision's data: of its canonical JSON in UTF-8, or as they are where it is
   * binary. More is `HISTO_TOO_LARGE`. Holds for writing, not for reading.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
}

const defaultRevisionBytes = 256 * 1024 * 1024

/**
 * Opens a database and returns at once: calls wait for it by themselves, `ready()` tells when it is
 * open, and what opening fails with every call is rejected with.
 *
 * @throws {TypeError} if an option is not what it must be
 */
export function createDB<T = unknown>(options?: CreateOptions): DB<T> {
  const given = optionsArgument(options)
  refuseStores(given)
  const { path, name, branch = mainBranch, durability = 'sync' } = given
  if (durability !== 'sync' && durability !== 'relaxed') {
    throw new TypeError("durability must be 'sync' or 'relaxed'")
  }
  const branchName = nameArgument(branch, 'branch')
  const engine = openEmbedded({
    ...(path === undefined ? {} : { path: pathArgument(path) }),
    ...(name === undefined ? {} : { name: nameArgument(name, 'name') }),
    durability,
    maxRevisionBytes: countOption(given, 'maxRevisionBytes', 1, defaultRevisionBytes)
  })
  return databaseOver<T>(engine, branchName)
}

function pathArgument(value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(`path must be a string, not ${described(value)}`)
  }
  if (value === '' || value.includes('\0')) {
    throw new TypeError('path must name a folder: not empty, without a null character')
  }
  return value
}

/** Says which of the two mistakes it is, or that stores of the user's are not taken. */
function refuseStores({ path, revisionStore, branchStore }: Options): void {
  const stores = [revisionStore, branchStore].filter((store) => store !== undefined)
  if (stores.length === 0) return
  if (path !== undefined) throw new TypeError('path cannot stand beside stores of your own')
  if (stores.length === 1 || !stores.every(isRecord)) {
    throw new TypeError('revisionStore and branchStore must both be given, as objects')
  }
  throw new TypeError('stores of your own are not supported in this version')
}
