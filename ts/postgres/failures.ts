/**
 * Classifies errors of PostgreSQL and of its client by the outcome of the statement.
 *
 * Source: PostgreSQL, Appendix A, Error Codes; node-postgres' messages where there is no code.
 */

/**
 * `again`: nothing was done; it may work when tried again at once. `later`: nothing was done; it may work once
 * something else has changed. `lost`: the connection is gone, the outcome unknown. `late`: the client did not wait
 * for the answer (`query_timeout`); the outcome is unknown, and the server may still be running it. `no-table`: a
 * table is missing. `foreign-table`: a table is not ours. `no-notify`: the server has no NOTIFY. `final`: nothing
 * was done, nor will be.
 */
export type Failure =
  | 'again'
  | 'later'
  | 'lost'
  | 'late'
  | 'no-table'
  | 'foreign-table'
  | 'no-notify'
  | 'final'

const byCode: Readonly<Record<string, Failure>> = {
  '40001': 'again', // serialization_failure
  '40P01': 'again', // deadlock_detected
  '53300': 'again', // too_many_connections
  '57P03': 'again', // cannot_connect_now: starting up or shutting down
  '55P03': 'later', // lock_not_available: lock_timeout
  '57014': 'later', // query_canceled: statement_timeout
  '40003': 'lost', // statement_completion_unknown
  '57P01': 'lost', // admin_shutdown, pg_terminate_backend
  '57P02': 'lost', // crash_shutdown
  '57P05': 'lost', // idle_session_timeout
  '25P03': 'lost', // idle_in_transaction_session_timeout
  '42P01': 'no-table', // undefined_table
  '42703': 'foreign-table', // undefined_column
  '42804': 'foreign-table', // datatype_mismatch
  '42809': 'foreign-table', // wrong_object_type
  '42P10': 'foreign-table', // no unique constraint for ON CONFLICT
  ECONNRESET: 'lost',
  EPIPE: 'lost',
  ETIMEDOUT: 'lost',
  ECONNREFUSED: 'later',
  EHOSTUNREACH: 'later',
  ENETUNREACH: 'later',
  ENOTFOUND: 'later',
  EAI_AGAIN: 'later'
}

const lostMessage = /connection (terminated|ended|has encountered|error)|not queryable/i
const lateMessage = 'Query read timeout'
/** Messages of an exhausted pool and of a connection that was not made in time. */
const noConnection =
  /timeout exceeded when trying to connect|due to connection timeout|^timeout expired$/
/** Failures after which the same statement may work. */
const passing: ReadonlySet<Failure> = new Set<Failure>(['again', 'later', 'lost', 'late'])

/**
 * The error to report. A server that is down now may be up later. A missing socket must not look like ENOENT, which
 * would mean a missing key.
 */
export function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code } = error as { code?: unknown }
  if (code === 'ENOENT') {
    const noServer = new Error(`no PostgreSQL server: ${error.message}`, { cause: error })
    return Object.assign(noServer, { code: 'NO_SERVER', retryable: true })
  }
  return passing.has(failureOf(error)) ? Object.assign(error, { retryable: true }) : error
}

/** Returns the kind of an error. */
export function failureOf(error: unknown): Failure {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const text = String(message)
  if (typeof code === 'string') {
    const known = byCode[code]
    if (known !== undefined) return known
    if (code.startsWith('08')) return 'lost' // connection_exception
    if ((code === '42883' || code === '0A000') && text.includes('notify')) return 'no-notify'
    if (code === '42883') return 'foreign-table' // undefined_function: an operator for another type
    return 'final'
  }
  if (text === lateMessage) return 'late'
  if (noConnection.test(text)) return 'later'
  return lostMessage.test(text) ? 'lost' : 'final'
}
