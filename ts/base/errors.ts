/**
 * The one class of errors, and the list of its codes.
 *
 * The codes are those of `docs/errors.md` and, where the engine raises them, of the Rust enum; a
 * test checks that the three are equal. Misuse is a `TypeError` and has no code.
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
  /** Of `HISTO_PATCH`, and of errors of `batch` and `putMany`: the number of the operation or item, from 0. */
  readonly index?: number | undefined
  /** Of `HISTO_CONFLICT`: the values that both sides changed differently. */
  readonly conflicts?: readonly MergeConflict[] | undefined
  /** Of `HISTO_HEAD_CONFLICT`: the actual head. */
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
  /** The revision that the error is about, if it is about one. */
  declare readonly ref?: string
  /** The name of the branch or database that the error is about. */
  declare readonly key?: string
  /** The folder of the database that the error is about; of `HISTO_PATCH` the pointer of the operation. */
  declare readonly path?: string
  /** Of `HISTO_PATCH`, and of errors of `batch` and `putMany`: the number of the operation or item, from 0. */
  declare readonly index?: number
  /** Of `HISTO_CONFLICT`: the values that both sides changed differently. */
  declare readonly conflicts?: readonly MergeConflict[]
  /** Of `HISTO_HEAD_CONFLICT`: the actual head. */
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

/** Whether an error is a `HistoError` with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly HistoErrorCode[]): error is HistoError {
  return error instanceof HistoError && codes.includes(error.code)
}

/** Returns the error with the number of its operation or item, if one is given; a frozen one as it is. */
export function withIndex<E extends Error>(error: E, index: number | undefined): E {
  if (index === undefined || 'index' in error || !Object.isExtensible(error)) return error
  return Object.defineProperty(error, 'index', { value: index, enumerable: true })
}

/**
 * What the message of a ref that is not there adds if it looks like a name. Refs of the built-in stores are hexadecimal;
 * those of other stores may have any form, so it is only a hint.
 */
export function nameHint(ref: string | undefined): string {
  if (ref === undefined || ref === '' || ref.length > longestName || hexadecimal.test(ref))
    return ''
  return '; if it is the name of a branch, resolve() finds its ref'
}

const longestName = 255
const hexadecimal = /^[\da-f]+$/i

/** The error of a compare-and-swap that found another head of the branch `key`. */
export function headConflict(
  key: string,
  head: string | null,
  expected: string | null
): HistoError {
  const details = { key, head, expected, retryable: true }
  return new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', details)
}
