/**
 * The names of a database's tables: quoted, and short enough that PostgreSQL truncates none.
 */

import { createHash } from 'node:crypto'
import { described, isRecord, type Options } from '../base/arguments.js'

/** PostgreSQL truncates longer identifiers, so that two would become one. */
const mostBytes = 63
const defaultPrefix = 'histo_'

/** The names of a database on the server. */
export interface Names {
  /** The table of revisions, quoted. */
  readonly revisions: string
  /** The table of heads, quoted. */
  readonly heads: string
  /** The table of the log of the heads, quoted, and its index by branch. */
  readonly log: string
  readonly logByBranch: string
  /** The same without schema and quotes, as errors name it. */
  readonly plainLog: string
  /** The schema, quoted; `undefined`: the first of the search path. */
  readonly schema: string | undefined
  /** The database's name in every row. */
  readonly database: string
  /** The channel of changes of heads; needs no quotes. */
  readonly channel: string
}

/**
 * Makes the names from the options of `postgresStores`.
 *
 * @throws {TypeError} if an option is invalid
 */
export function namesOf(options: Options): Names {
  const prefix = identifier(options, 'prefix', 'revisions'.length) ?? defaultPrefix
  const schema = identifier(options, 'schema', 0)
  const database = text(options, 'database') ?? ''
  if (schema === '') throw new TypeError('schema must not be empty')
  const within = schema === undefined ? '' : `${quoted(schema)}.`
  const hash = createHash('sha256').update(`${prefix}\0${database}`).digest('hex')
  return {
    revisions: within + quoted(`${prefix}revisions`),
    heads: within + quoted(`${prefix}heads`),
    log: within + quoted(`${prefix}log`),
    plainLog: `${prefix}log`,
    logByBranch: quoted(`${prefix}log_by`), // an index is in the schema of its table
    schema: schema === undefined ? undefined : quoted(schema),
    database,
    channel: `histo_${hash.slice(0, 32)}`
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Checks a part of a table's name; `rest`: bytes that come after it. */
function identifier(options: Options, name: string, rest: number): string | undefined {
  const value = text(options, name)
  if (value === undefined) return undefined
  const most = mostBytes - rest
  if (Buffer.byteLength(value) <= most) return value
  throw new TypeError(`${name} must be at most ${most} bytes of UTF-8`)
}

function text(options: Options, name: string): string | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, not ${described(value)}`)
  }
  if (!/[\0\p{Surrogate}]/u.test(value)) return value
  throw new TypeError(`${name} must be well-formed and without a null character`)
}

/** Whether a value has the methods of a pool that are called. */
export function isPool(value: unknown): boolean {
  return isRecord(value) && ['query', 'connect'].every((name) => typeof value[name] === 'function')
}
