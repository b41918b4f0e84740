/**
 * `createDB`: checks the options and opens a database.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  booleanOption,
  choiceOption,
  countOption,
  functionOption,
  isRecord,
  type Options
} from './base/arguments.js'
import type { Jsonable } from './base/jsonify.js'
import { type Known, known, optionsOf } from './base/known.js'
import { mainBranch, nameArgument, newNameArgument } from './base/names.js'
import { pathArgument } from './base/path.js'
import type { Meta } from './base/types.js'
import { type MetaSource, metaObject } from './branch/meta.js'
import { type DB, databaseOver } from './db.js'
import { openEmbedded } from './embedded/engine.js'
import type { Engine } from './engine.js'
import { StoreEngine } from './store/engine.js'
import type { BranchStore, RevisionStore } from './store/interfaces.js'

/** The options that `createDB` knows. */
export const createCall: Known = known<CreateOptions>('createDB', {
  path: 'guard',
  readOnly: 'guard',
  name: 'optional',
  branch: 'optional',
  durability: 'optional',
  deltas: 'optional',
  maxRevisionBytes: 'optional',
  revisionStore: 'optional',
  branchStore: 'optional',
  isMissing: 'optional',
  timeout: 'optional',
  cacheRevisions: 'optional',
  probe: 'optional',
  strict: 'optional',
  meta: 'optional',
  log: 'optional'
})

/** What `log` of `createDB` knows. */
export const logCall: Known = known<{ days?: number | undefined }>('the log of createDB', {
  days: 'optional'
})

/** Where a database is and how it is called. */
export interface CreateOptions {
  /**
   * A folder of the database's own, made where it is missing: every write that was acknowledged
   * survives a crash. A string or a `file:` URL, made absolute by this call. Left out, the database is in
   * memory.
   */
  readonly path?: string | URL
  /**
   * Of `path`: opens a database that is there without changing a byte of its `data.mdb`. It can be read, asked,
   * verified, backed up and synchronized from; what writes is `HISTO_DENIED`. It follows what other processes write.
   * Where the process may not write to `lock.mdb`, as on a read-only medium, nothing keeps writers from what is read:
   * it opens only while no process has the database open for writing, and a read is `HISTO_LOCKED`, retryable, where
   * somebody wrote meanwhile. Beside a database of this process that writes to the path it shares all with that.
   *
   * @default false
   */
  readonly readOnly?: boolean
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
   * Whether a revision of 1 KiB to 16 MiB on a `path`, and of 4 KiB to 16 MiB in memory, is stored as what changed from an
   * ancestor of it; on a path it is compressed where that pays. With `false` what is written is stored whole; what is
   * there already stays as it is. Who opens a path first in a process decides. What is read is the same.
   *
   * @default true
   */
  readonly deltas?: boolean | undefined
  /**
   * Most bytes of a revision's data: of its canonical JSON in UTF-8, or as they are where it is
   * binary. More is `HISTO_TOO_LARGE`. Holds for writing, not for reading.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
  /** A store of your own for the texts of revisions, beside `branchStore` and without a `path`. */
  readonly revisionStore?: RevisionStore | undefined
  /** A store of your own for heads, remote heads and the name, beside `revisionStore`. */
  readonly branchStore?: BranchStore | undefined
  /**
   * Of stores of your own: whether an error says that a key is missing, where the error does not say
   * so in a way that is known anyway. Every other error is a failure.
   */
  readonly isMissing?: ((error: unknown) => boolean) | undefined
  /**
   * Of stores of your own: how long a call of theirs may take, in ms; then it has failed with
   * `HISTO_STORE`. A write may land later all the same.
   *
   * @default none
   */
  readonly timeout?: number | undefined
  /**
   * Of stores of your own: of how many revisions the ancestors are remembered, so that questions to
   * the graph need not read them again. About 200 bytes each.
   *
   * @default 100000
   */
  readonly cacheRevisions?: number | undefined
  /**
   * Of stores of your own: whether `compareAndSwap` is tried before the first head moves, by two
   * swaps of a key `probe/<uuid>` that exclude each other, removed afterwards. Where both win, heads
   * cannot be moved: `HISTO_STORE`. Costs three calls once for each database object.
   *
   * @default true
   */
  readonly probe?: boolean | undefined
  /**
   * For development: data that JSON would change, or leave something out of, is a `TypeError` that names
   * the place as a JSON Pointer. A promise, `Date`, `Map`, `Set`, typed array or `Buffer` inside;
   * `undefined`, a function or a symbol as a member; a hole; `NaN` and `Infinity`; an instance of a class
   * without `toJSON`. Costs about as much again as `JSON.stringify`, and nothing while it is off.
   *
   * @default false
   */
  readonly strict?: boolean | undefined
  /**
   * Laid under the `meta` of each revision that this database makes, member by member, merges of `pull` and `push`
   * included. A function is called once for each call that makes revisions.
   */
  readonly meta?: Meta | (() => Meta | undefined) | undefined
  /**
   * The log of the heads, for `log`, `undo` and `redo`: with `false` what this database moves is not logged, and nothing
   * is undone across such a move. `days`, a whole number from 1 on: how long moves are kept; older ones are dropped in
   * passing.
   *
   * @default { days: 90 }
   */
  readonly log?: false | { readonly days?: number | undefined } | undefined
}

const defaultRevisionBytes = 256 * 1024 * 1024
const defaultCacheRevisions = 100_000
const defaultLogDays = 90
/** A hundred years. */
const longestLog = 36_525
/** The longest time of a timer, in ms. */
const longestTimeout = 2 ** 31 - 1
/** The largest count that the addon takes. */
const largestCache = 2 ** 32 - 1

/**
 * Opens a database and returns at once: calls wait for it by themselves, and `ready()` resolves when it is open.
 * If it cannot be opened, every call is rejected with the reason.
 *
 * @typeParam In - the type of the data that is put; what is read is a `Jsonify<In>`
 * @param options - where the database is, and how it is called; none: in memory
 * @throws {TypeError} if an option is not what it must be
 * @example
 * ```ts
 * import { createDB } from 'histo-revisions'
 *
 * const db = createDB<{ title: string }>({ path: './notes' }) // a folder of its own
 * const ref = await db.put({ title: 'first' })
 * console.log(await db.get(ref)) // { title: 'first' }
 * await db.close()
 * ```
 */
export function createDB<In extends Jsonable<In> = unknown>(options?: CreateOptions): DB<In> {
  const given = optionsOf(options, createCall)
  const { branch = mainBranch } = given
  const branchName = nameArgument(branch, 'branch')
  const making = { strict: booleanOption(given, 'strict', false), meta: metaOption(given) }
  return databaseOver<In>(engineOf(given), branchName, making)
}

function metaOption({ meta }: Options): MetaSource | undefined {
  return typeof meta === 'function' ? (meta as () => Meta | undefined) : metaObject(meta, 'meta')
}

function engineOf(given: Options): Engine {
  const { path, name } = given
  const durability = choiceOption(given, 'durability', ['sync', 'relaxed'])
  const deltas = booleanOption(given, 'deltas', true)
  const common = {
    ...(name === undefined ? {} : { name: nameArgument(name, 'name') }),
    maxRevisionBytes: countOption(given, 'maxRevisionBytes', 1, defaultRevisionBytes)
  }
  const ofStores = {
    isMissing: functionOption<(error: unknown) => boolean>(given, 'isMissing'),
    timeout: timeoutOption(given),
    cacheRevisions: cacheOption(given),
    probe: booleanOption(given, 'probe', true)
  }
  const readOnly = booleanOption(given, 'readOnly', false)
  if (readOnly && path === undefined) throw new TypeError('readOnly needs a path')
  const stores = storesOption(given)
  const logDays = logOption(given)
  if (stores !== undefined) return new StoreEngine({ ...common, ...ofStores, ...stores, logDays })
  const where = path === undefined ? {} : { path: pathArgument(path) }
  if (common.name !== undefined && !isThere(where.path)) newNameArgument(common.name)
  return openEmbedded({ ...common, ...where, durability, deltas, readOnly, logDays })
}

/** Whether a folder has a database, by whose name it is then opened. */
function isThere(path: string | undefined): boolean {
  return path !== undefined && existsSync(join(path, 'data.mdb'))
}

/** Days that the log keeps moves; 0 for none. */
function logOption({ log }: Options): number {
  if (log === undefined) return defaultLogDays
  if (log === false) return 0
  if (!isRecord(log)) throw new TypeError('log must be false or { days }')
  const days = countOption(optionsOf(log, logCall), 'days', 1, defaultLogDays)
  if (days <= longestLog) return days
  throw new TypeError(`days of log must be at most ${longestLog}`)
}

/** The two stores; `undefined` where neither is given. */
function storesOption({ path, revisionStore, branchStore }: Options) {
  const stores = [revisionStore, branchStore].filter((store) => store !== undefined)
  if (stores.length === 0) return undefined
  if (path !== undefined) throw new TypeError('path cannot stand beside stores of your own')
  if (stores.length === 1 || !isRecord(revisionStore) || !isRecord(branchStore)) {
    throw new TypeError('revisionStore and branchStore must both be given, as objects')
  }
  return {
    revisionStore: revisionStore as unknown as RevisionStore,
    branchStore: branchStore as unknown as BranchStore
  }
}

function timeoutOption(given: Options): number | undefined {
  const timeout = countOption(given, 'timeout', 1, Number.POSITIVE_INFINITY)
  if (timeout === Number.POSITIVE_INFINITY) return undefined
  if (timeout <= longestTimeout) return timeout
  throw new TypeError(`timeout must be at most ${longestTimeout} ms`)
}

function cacheOption(given: Options): number {
  const revisions = countOption(given, 'cacheRevisions', 0, defaultCacheRevisions)
  if (revisions <= largestCache) return revisions
  throw new TypeError(`cacheRevisions must be at most ${largestCache}`)
}
