/**
 * The entry `histo-revisions/postgres`: a database of revisions on a PostgreSQL server.
 *
 * @packageDocumentation
 */

export type { PgClient, PgPool, PgResult } from './postgres/pool.js'
export { type PostgresOptions, type PostgresStores, postgresStores } from './postgres/stores.js'
