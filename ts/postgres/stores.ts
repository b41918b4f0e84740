/**
 * `postgresStores`: a revision store and a branch store on a PostgreSQL server.
 */

import { described } from '../base/arguments.js'
import { type Known, known, optionsOf } from '../base/known.js'
import type { BranchStore, RevisionStore } from '../store/interfaces.js'
import { PostgresHeads } from './heads.js'
import { Listener } from './listener.js'
import { isPool, namesOf } from './names.js'
import type { PgPool } from './pool.js'
import { PostgresRevisions } from './revisions.js'
import { Session } from './session.js'

/** The options that `postgresStores` knows. */
export const postgresCall: Known = known<PostgresOptions>('postgresStores', {
  prefix: 'optional',
  schema: 'optional',
  database: 'optional'
})

/** Where on the server a database is. */
export interface PostgresOptions {
  /**
   * What the names of the two tables begin with: `<prefix>revisions` and `<prefix>heads`. At most 54
   * bytes; any characters, since it is quoted.
   *
   * @default 'histo_'
   */
  readonly prefix?: string | undefined
  /**
   * The schema of the tables, made where it is missing.
   *
   * @default the first of the connection's search path
   */
  readonly schema?: string | undefined
  /**
   * Which of many databases in the same tables it is.
   *
   * @default ''
   */
  readonly database?: string | undefined
}

/** What `createDB` is given. */
export interface PostgresStores {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
}

/**
 * Stores on a PostgreSQL server, for `createDB`: `createDB(postgresStores(new Pool()))`. The tables
 * are made when they are first needed. The ids are the built-in refs. Any number of processes may
 * share the database. The pool stays the caller's: end it after `db.close()`. Its idle connections
 * that the server ends are no error.
 *
 * Serialization failures, deadlocks and lost connections are tried again where that is safe; where it
 * is not known whether a head was moved, that is read, and no head is moved twice.
 *
 * @param pool a `Pool` of `pg`
 * @throws {TypeError} if an option is not what it must be
 */
export function postgresStores(pool: PgPool, options: PostgresOptions = {}): PostgresStores {
  if (!isPool(pool)) throw new TypeError(`pool must be a Pool of pg, not ${described(pool)}`)
  const names = namesOf(optionsOf(options, postgresCall))
  surviveIdleErrors(pool)
  const session = new Session(pool, names)
  return {
    revisionStore: new PostgresRevisions(session),
    branchStore: new PostgresHeads(session, new Listener(pool, names.channel))
  }
}

const survivors = new WeakSet<object>()

/**
 * A pool emits `error` for an idle connection that the server ended, which without a listener would
 * end the process. The next query has a new connection, and says so if it gets none.
 */
function surviveIdleErrors(pool: object): void {
  const { on } = pool as { on?: unknown }
  if (typeof on !== 'function' || survivors.has(pool)) return
  survivors.add(pool)
  Reflect.apply(on, pool, ['error', () => undefined])
}
