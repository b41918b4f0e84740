/**
 * The parts of a `pg` Pool in use. Own types, so that our types need no peer dependency.
 */

/** The result of a query. */
export interface PgResult {
  // biome-ignore lint/suspicious/noExplicitAny: pg's rows are of any shape, and its types say so.
  readonly rows: any[]
  readonly rowCount: number | null
}

/** A connection taken out of the pool. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<PgResult>
  release(error?: Error | boolean): void
}

/** A pool of connections; a `Pool` of `pg` is one. */
export interface PgPool {
  query(text: string, values?: unknown[]): Promise<PgResult>
  connect(): Promise<PgClient>
}
