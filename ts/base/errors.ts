/**
 * The one class of errors, and the list of its codes.
 *
 * The codes are those of `docs/errors.md` and, where the engine raises them, of the Rust enum; a
 * test checks that the three are equal. Misuse is a `TypeError` and not here.
 */

import type { MergeConflict } from './json.js'

/** Every code that a `HistoError` can have; stable within a major version. */
export const errorCodes = [
  'HISTO_NOT_FOUND',
  'HISTO_NO_HEAD',
  'HISTO_NOT_READY',
  'HISTO_HEAD_CONFLICT',
  'HISTO_CHAINED',
  'HISTO_MISSING_ANCESTOR',
  'HISTO_TOO_LARGE',
  'HISTO_CORRUPT',
  'HISTO_SHALLOW',
  'HISTO_STORE',
  'HISTO_LOCKED',
  'HISTO_FULL',
  'HISTO_CLOSED',
  'HISTO_NETWORK',
  'HISTO_DENIED',
  'HISTO_PROTOCOL',
  'HISTO_AMBIGUOUS',
  'HISTO_CONFLICT',
  'HISTO_PATCH',
  'HISTO_INTERNAL'
] as const

/** One of the codes. */
export type HistoErrorCode = (typeof errorCodes)[number]

/** The ref, key or path that an error is about, where it applies. */
export interface HistoErrorDetails {
  /** The revision. */
  readonly ref?: string | undefined
  /** The name of the branch or database. */
  readonly key?: string | undefined
  /** The folder of the database; of `HISTO_PATCH` the pointer of the operation. */
  readonly path?: string | undefined
  /** Of `HISTO_PATCH` and of what `batch` fails with: which operation, from 0 on. */
  readonly index?: number | undefined
  /** Of `HISTO_CONFLICT`: what both sides changed, and not alike. */
  readonly conflicts?: readonly MergeConflict[] | undefined
  /** Of `HISTO_HEAD_CONFLICT`: the head that is there. */
  readonly head?: string | null | undefined
  /** Of `HISTO_HEAD_CONFLICT`: the head that was expected. */
  readonly expected?: string | null | undefined
  /** Of `HISTO_AMBIGUOUS`: refs that the name may mean, at most 16. */
  readonly candidates?: readonly string[] | undefined
  readonly retryable?: boolean
  readonly cause?: unknown
}

/** An error of this package: a stable `code`, a message that names the ref, key or path, the `cause`. */
export class HistoError extends Error {
  override readonly name = 'HistoError'
  /** Says what went wrong; `docs/errors.md` says what to do. */
  readonly code: HistoErrorCode
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  /** The revision that it is about, where it is about one. */
  declare readonly ref?: string
  /** The name of the branch or database that it is about. */
  declare readonly key?: string
  /** The folder of the database that it is about; of `HISTO_PATCH` the pointer of the operation. */
  declare readonly path?: string
  /** Of `HISTO_PATCH` and of what `batch` fails with: which operation, from 0 on. */
  declare readonly index?: number
  /** Of `HISTO_CONFLICT`: what both sides changed, and not alike. */
  declare readonly conflicts?: readonly MergeConflict[]
  /** Of `HISTO_HEAD_CONFLICT`: the head that is there. */
  declare readonly head?: string | null
  /** Of `HISTO_HEAD_CONFLICT`: the head that was expected. */
  declare readonly expected?: string | null
  /** Of `HISTO_AMBIGUOUS`: refs that the name may mean, at most 16. */
  declare readonly candidates?: readonly string[]

  constructor(code: HistoErrorCode, message: string, details: HistoErrorDetails = {}) {
    const { retryable = false, cause, ...fields } = details
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable
    for (const [field, value] of Object.entries(fields)) {
      if (value !== undefined) Object.defineProperty(this, field, { value, enumerable: true })
    }
  }
}

/** The error, with the number of the operation that it is about where one is given. */
export function withIndex<E extends Error>(error: E, index: number | undefined): E {
  if (index === undefined || 'index' in error) return error
  return Object.defineProperty(error, 'index', { value: index, enumerable: true })
}

/** The error of a compare-and-swap that met another head. */
export function headConflict(head: string | null, expected: string | null): HistoError {
  const details = { head, expected, retryable: true }
  return new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', details)
}
