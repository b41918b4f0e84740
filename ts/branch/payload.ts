/**
 * Turns a user's value into the text or bytes that an engine takes.
 *
 * The engine refuses what only it can see: lone surrogates, infinite numbers, depth, size.
 */

import { isAnyArrayBuffer, isUint8Array } from 'node:util/types'
import { HistoError } from '../base/errors.js'
import type { Payload } from '../engine.js'
import { changed, exactText, unwritable } from './exact.js'
import { refuseForgotten } from './forgotten.js'

/**
 * The payload of `data`: a copy of a `Uint8Array`'s bytes, otherwise the text that `JSON.stringify`
 * makes; `strict` refuses what that would change. An exception of a user's `toJSON` is passed on.
 *
 * @throws {TypeError} if JSON cannot represent it, or it is a buffer or view of another kind
 * @throws {HistoError} `HISTO_TOO_LARGE` if the text is longer than a string can be, or there is no
 *   memory for a copy of the bytes
 */
export function payloadOf(data: unknown, strict = false): Payload {
  if (typeof data === 'object' && data !== null) {
    if (isUint8Array(data)) return copyOf(data)
    if (ArrayBuffer.isView(data) || isAnyArrayBuffer(data)) {
      throw new TypeError('binary data must be a Uint8Array, no other buffer or view')
    }
  }
  return textOfJson(data, strict)
}

/**
 * The text that `JSON.stringify` makes of a value; `strict` refuses what that would change.
 *
 * @throws as `payloadOf` does
 */
export function textOfJson(value: unknown, strict: boolean): string {
  if (typeof value === 'object' && value !== null) refuseForgotten(value)
  const text = strict ? strictTextOf(value) : textOf(value)
  if (text !== undefined) return text
  throw new TypeError(`data must be what JSON can represent, not ${typeof value}`)
}

function copyOf(data: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(data)
  } catch (error) {
    if (error instanceof TypeError) {
      throw new TypeError('the buffer of the binary data is detached', { cause: error })
    }
    throw noMemory(data.byteLength, error)
  }
}

function noMemory(bytes: number, cause: unknown): HistoError {
  const message = `the process has no memory for a revision of ${bytes} bytes`
  return new HistoError('HISTO_TOO_LARGE', message, { cause })
}

/** Bytes of `data` as a payload, in UTF-8; 0 if it has none. */
export function payloadBytes(data: unknown): number {
  if (isUint8Array(data)) return data.byteLength
  const text = textOf(data)
  return text === undefined ? 0 : Buffer.byteLength(text)
}

function textOf(data: unknown): string | undefined {
  try {
    return JSON.stringify(data)
  } catch (error) {
    findWhere(data, error)
    throw error instanceof RangeError ? rangeFailure(error) : error
  }
}

function strictTextOf(data: unknown): string | undefined {
  try {
    return exactText(data, changed)
  } catch (error) {
    throw error instanceof RangeError ? rangeFailure(error) : error
  }
}

/** Throws an error that names the place of a BigInt, or of a value nested too deep, if that is the cause. */
function findWhere(data: unknown, error: unknown): void {
  if (isTooDeep(error) || (error instanceof TypeError && error.message.includes('BigInt'))) {
    exactText(data, unwritable)
  }
}

function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded'
}

/** V8 reports both depth and length as a RangeError; any other comes from a user's `toJSON`. */
function rangeFailure(error: RangeError): Error {
  if (isTooDeep(error)) {
    return new TypeError('data is nested too deep', { cause: error })
  }
  if (error.message === 'Invalid string length') {
    return new HistoError(
      'HISTO_TOO_LARGE',
      'the text of the data is longer than a string can be',
      {
        cause: error
      }
    )
  }
  return error
}
