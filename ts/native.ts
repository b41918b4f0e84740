/**
 * The one place that imports the native addon.
 *
 * Holds how its failures become errors: the codes are `crates/core`'s, misuse is a `TypeError`.
 */

import { types } from 'node:util'
import * as native from '#native'
import {
  errorCodes,
  HistoError,
  type HistoErrorCode,
  type HistoErrorDetails
} from './base/errors.js'

export { native }

/** An open database of the addon. */
export type NativeDatabase = ReturnType<typeof native.open>

/** A write that failed, as the addon tells it. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** Of a head conflict: the head that is there. */
  readonly head?: string | null
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
const refPattern = /\b[0-9a-f]{64}\b/
const namedLast: ReadonlySet<string> = new Set(['HISTO_NOT_FOUND', 'HISTO_MISSING_ANCESTOR'])

/** Makes an error of a failure; `path` is the database's, told where the medium is at fault. */
export function errorOf(
  failure: Failure,
  path: string | undefined,
  details: HistoErrorDetails = {}
): Error {
  if (failure.code === 'HISTO_MISUSE') return new TypeError(failure.message)
  const at = failure.code === 'HISTO_STORE' ? failure.message.lastIndexOf('\n') : -1
  const message = at < 0 ? failure.message : failure.message.slice(0, at)
  const medium = at < 0 ? undefined : failure.message.slice(at + 1)
  const conflict = failure.code === 'HISTO_HEAD_CONFLICT'
  return new HistoError(codeOf(failure.code), message, {
    ref: refOf(failure),
    path: storeCodes.has(failure.code) ? path : undefined,
    retryable: retryable.has(failure.code),
    ...(conflict ? { head: failure.head ?? null } : {}),
    ...(medium === undefined ? {} : { cause: new Error(medium) }),
    ...details
  })
}

/**
 * Runs a call of the addon; what it throws becomes an error of this package, with the details that
 * `tell` knows of it.
 */
export function fromNative<R>(
  path: string | undefined,
  call: () => R,
  tell?: (failure: Failure) => HistoErrorDetails
): R {
  try {
    return call()
  } catch (error) {
    throw isFailure(error) ? errorOf(error, path, tell?.(error)) : error
  }
}

/** Whether a read failed because much was written elsewhere: to be made again once that is taken in. */
export function isBehind(error: unknown): boolean {
  return isFailure(error) && error.code === 'BEHIND'
}

/** Not by `instanceof`: a test runner may run this in another realm than the addon's. */
function isFailure(error: unknown): error is Failure & Error {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
}

function codeOf(code: string): HistoErrorCode {
  return errorCodes.find((known) => known === code) ?? 'HISTO_INTERNAL'
}

/** The ref that a message names: at its end, whatever its shape, or a whole one inside. */
function refOf({ code, message }: Failure): string | undefined {
  if (namedLast.has(code)) return message.slice(message.indexOf(': ') + 2)
  return refPattern.exec(message)?.[0]
}
