/**
 * `postgresStores`: a revision store and a branch store on a PostgreSQL server.
 */

import { described } from '../base/arguments.js'
import { type Known, known, optionsOf, refuseSecondOptions } from '../base/known.js'
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

/** The place of a database on the server. */
export interface PostgresOptions {
  /**
   * Prefix of the tables `<prefix>revisions`, `<prefix>heads` and `<prefix>log`. At most 54 bytes; any characters, since it
   * is quoted.
   *
   * @default 'histo_'
   */
  readonly prefix?: string | undefined
  /**
   * The schema of the tables; created if missing.
   *
   * @default the first of the connection's search path
   */
  readonly schema?: string | undefined
  /**
   * Separates several databases in the same tables.
   *
   * @default ''
   */
  readonly database?: string | undefined
}

/** Stores for `createDB`. */
export interface PostgresStores {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
}

/**
 * Makes stores on a PostgreSQL server, for `createDB`: `createDB(postgresStores(new Pool()))`. The tables
 * are created when first needed. The ids are the built-in refs. Any number of processes may share the database. The
 * pool stays the caller's: end it after `db.close()`. Idle connections that the server ends are not an error.
 *
 * After serialization failures, deadlocks and lost connections, statements are retried if that is safe. If it is unknown
 * whether a head moved, that is read from the server; no head is moved twice.
 *
 * @param pool a `Pool` of `pg`
 * @throws {TypeError} if an argument is invalid
 */
export function postgresStores(pool: PgPool, options?: PostgresOptions): PostgresStores
export function postgresStores(
  pool: PgPool,
  options?: PostgresOptions,
  ...surplus: unknown[]
): PostgresStores {
  if (!isPool(pool)) throw new TypeError(`pool must be a Pool of pg, not ${described(pool)}`)
  refuseSecondOptions('postgresStores', surplus)
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
 * Listens for a pool's `error`, which it emits for an idle connection that the server ended; unheard, it would end
 * the process. The next query gets a new connection, or fails.
 */
function surviveIdleErrors(pool: object): void {
  const { on } = pool as { on?: unknown }
  if (typeof on !== 'function' || survivors.has(pool)) return
  survivors.add(pool)
  Reflect.apply(on, pool, ['error', () => undefined])
}
