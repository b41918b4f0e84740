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
import { type Known, known, optionsOf, refuseSecondOptions } from './base/known.js'
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

/** The options that `log` of `createDB` knows. */
export const logCall: Known = known<{ days?: number | undefined }>('the log of createDB', {
  days: 'optional'
})

/** Options of `createDB`. */
export interface CreateOptions {
  /**
   * The database's own folder, created if missing. Every acknowledged write
   * survives a crash. A string or a `file:` URL, made absolute by this call. Left out, the database is in
   * memory.
   */
  readonly path?: string | URL
  /**
   * With `path`: opens an existing database without changing a byte of its `data.mdb`. It can be read, queried,
   * verified, backed up and synchronized from; calls that write are `HISTO_DENIED`. It sees what other processes write.
   * If the process may not write to `lock.mdb`, as on a read-only medium, it cannot keep writers from overwriting what
   * it reads. Then it opens only while no process has the database open for writing, and a read is `HISTO_LOCKED`,
   * retryable, if somebody wrote meanwhile. If a database of this process has the path open for writing, both share
   * everything.
   *
   * @default false
   */
  readonly readOnly?: boolean
  /**
   * The name by which synchronizers know the database. It is stored, so it need be given only once; opening with
   * a different name is a `TypeError`. 1 to 255 bytes of UTF-8 without control characters.
   *
   * @default a random UUID
   */
  readonly name?: string | undefined
  /**
   * The branch that the database object reads and writes.
   *
   * @default 'main'
   */
  readonly branch?: string | undefined
  /**
   * With `path`: `'relaxed'` is faster, but a power loss may undo the last commits; it never damages the
   * database. All databases of a process that have the path open must have the same setting.
   *
   * @default 'sync'
   */
  readonly durability?: 'sync' | 'relaxed' | undefined
  /**
   * Whether a revision of 128 bytes to 16 MiB on a `path`, or of 4 KiB to 16 MiB in memory, is stored as its difference from
   * an ancestor; on a path it is compressed, from 1 KiB on, if that helps. With `false` new revisions are stored whole;
   * existing ones stay as they are. The first database of a process to open a path decides. Reads return the same either way.
   *
   * @default true
   */
  readonly deltas?: boolean | undefined
  /**
   * Most bytes of a revision's data: of its canonical JSON in UTF-8, or of the binary data itself. More is
   * `HISTO_TOO_LARGE`. Applies to writing, not to reading.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
  /** A store of your own for the texts of revisions; needs `branchStore`, excludes `path`. */
  readonly revisionStore?: RevisionStore | undefined
  /** A store of your own for heads, remote heads and the name; needs `revisionStore`. */
  readonly branchStore?: BranchStore | undefined
  /**
   * With stores of your own: returns whether an error means that a key is missing, for errors that are not
   * recognized anyway. Every other error is a failure.
   */
  readonly isMissing?: ((error: unknown) => boolean) | undefined
  /**
   * With stores of your own: how long each call of them may take, in ms; after that it has failed with
   * `HISTO_STORE`. A write may still take effect later.
   *
   * @default none
   */
  readonly timeout?: number | undefined
  /**
   * With stores of your own: for how many revisions the ancestors are cached, so that graph queries
   * need not read them again. About 200 bytes each.
   *
   * @default 100000
   */
  readonly cacheRevisions?: number | undefined
  /**
   * With stores of your own: whether to test `compareAndSwap` before the first head moves, by two
   * swaps of a key `probe/<uuid>` that exclude each other; the key is removed afterwards. If both succeed, heads
   * cannot be moved (`HISTO_STORE`). Costs three calls once for each database object.
   *
   * @default true
   */
  readonly probe?: boolean | undefined
  /**
   * For development: refuses data that JSON would change or of which it would leave something out, with a `TypeError` that
   * names the place as a JSON Pointer. Such data is a promise, `Date`, `Map`, `Set`, typed array or `Buffer` inside;
   * `undefined`, a function or a symbol as a member; a hole; `NaN` and `Infinity`; an instance of a class
   * without `toJSON`. Costs about as much again as `JSON.stringify`, and nothing if it is off.
   *
   * @default false
   */
  readonly strict?: boolean | undefined
  /**
   * Default members of the `meta` of each revision that this database makes, including merges of `pull` and `push`. The
   * `meta` of a call overrides them member by member. A function is called once for each call that makes revisions.
   */
  readonly meta?: Meta | (() => Meta | undefined) | undefined
  /**
   * The log of the heads, for `log`, `undo` and `redo`. With `false` the moves of this database are not logged, and undo
   * cannot go back past them. `days`, a whole number from 1: how long moves are kept; writes drop older ones in
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
/** The longest delay of a timer, in ms. */
const longestTimeout = 2 ** 31 - 1
/** The largest count that the addon takes. */
const largestCache = 2 ** 32 - 1

/**
 * Opens a database and returns at once: calls wait until it is open, and `ready()` resolves then.
 * If it cannot be opened, every call is rejected with the reason.
 *
 * @typeParam In - the type of the data that is put; what is read is a `Jsonify<In>`
 * @param options - where the database is, its name, and settings; without options it is in memory
 * @throws {TypeError} if an option is invalid
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
export function createDB<In extends Jsonable<In> = unknown>(options?: CreateOptions): DB<In>
export function createDB<In extends Jsonable<In> = unknown>(
  options?: CreateOptions,
  ...surplus: unknown[]
): DB<In> {
  refuseServers(options)
  const given = optionsOf(options, createCall)
  refuseSecondOptions('createDB', surplus)
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

/** Whether a folder holds a database, which is then opened with its stored name. */
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

/** The calls that make stores of what a user may pass in place of them. */
const adapters = [
  { what: 'level', member: 'sublevel', call: 'levelStores(level) of histo-revisions/level' },
  { what: 'pool', member: 'query', call: 'postgresStores(pool) of histo-revisions/postgres' }
] as const

/** Refuses a level or a pool in place of options, and names the call that makes stores of it. */
function refuseServers(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const { what, member, call } of adapters) {
    if (typeof (value as Options)[member] !== 'function') continue
    throw new TypeError(`createDB takes no ${what} itself: give it what ${call} returns`)
  }
}

/** The two stores; `undefined` if neither is given. */
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
