/**
 * The one place that imports the native addon.
 *
 * Also turns its failures into errors: the codes are those of `crates/core`, misuse is a `TypeError`.
 */

import { types } from 'node:util'
import * as native from '#native'
import {
  errorCodes,
  HistoError,
  type HistoErrorCode,
  type HistoErrorDetails,
  nameHint,
  withIndex
} from './base/errors.js'

export { native }

/** An open database of the addon. */
export type NativeDatabase = ReturnType<typeof native.open>

/** A write that failed, as the addon reports it. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** The revision that the failure is about. */
  readonly ref?: string
  /** The branch that the failure is about. */
  readonly key?: string
  /** For a head conflict: the actual head. */
  readonly head?: string | null
  /** The message of the operating system or of LMDB. */
  readonly cause?: string
  /** The number of the failed operation of a batch, from 0. */
  readonly index?: number
}

/** Codes of failures of the medium. */
const storeCodes: ReadonlySet<string> = new Set([
  'HISTO_STORE',
  'HISTO_FULL',
  'HISTO_CORRUPT',
  'HISTO_LOCKED'
])
const retryable: ReadonlySet<string> = new Set([
  'HISTO_HEAD_CONFLICT',
  'HISTO_FULL',
  'HISTO_LOCKED'
])

/** Makes an error of a failure; it names the database's `path` if the medium is at fault. */
export function errorOf(
  failure: Failure,
  path: string | undefined,
  details: HistoErrorDetails = {}
): Error {
  const { index } = failure
  if (failure.code === 'HISTO_MISUSE') return withIndex(new TypeError(failure.message), index)
  const conflict = failure.code === 'HISTO_HEAD_CONFLICT'
  const hint = failure.code === 'HISTO_NOT_FOUND' ? nameHint(failure.ref) : ''
  return new HistoError(codeOf(failure.code), failure.message + hint, {
    ref: failure.ref,
    key: failure.key,
    index,
    path: storeCodes.has(failure.code) ? path : undefined,
    retryable: retryable.has(failure.code),
    ...(conflict ? { head: failure.head ?? null } : {}),
    ...(failure.cause === undefined ? {} : { cause: new Error(failure.cause) }),
    ...details
  })
}

/** Runs a call of the addon; turns what it throws into an error of this package, with `details`. */
export function fromNative<R>(
  path: string | undefined,
  call: () => R,
  details?: HistoErrorDetails
): R {
  try {
    return call()
  } catch (error) {
    throw isFailure(error) ? errorOf(fieldsOf(error), path, details) : error
  }
}

/** Whether a read failed because others wrote much: it must be repeated after that was loaded. */
export function isBehind(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'BEHIND'
}

/** Not by `instanceof`: a test runner may run this in another realm than the addon's. */
function isFailure(error: unknown): error is Failure & Error {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
}

function codeOf(code: string): HistoErrorCode {
  return errorCodes.find((known) => known === code) ?? 'HISTO_INTERNAL'
}

/** The fields of an error that the addon threw; none for an error of Node-API itself. */
function fieldsOf(error: Failure): Failure {
  const thrown = native.thrown()
  return thrown?.message === error.message ? thrown : error
}
