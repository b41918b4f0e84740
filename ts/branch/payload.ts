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
 * The payload of what a function of the user returned.
 *
 * @throws as `payloadOf` does; if it is `undefined`, with a message that names the function
 */
export function returnedPayload(name: string, data: unknown, strict: boolean): Payload {
  if (data !== undefined) return payloadOf(data, strict)
  throw new TypeError(`${name} returned undefined: it must return the new data`)
}

/**
 * The text that `JSON.stringify` makes of a value; `strict` refuses what that would change; `what` names it in messages.
 *
 * @throws as `payloadOf` does
 */
export function textOfJson(value: unknown, strict: boolean, what = 'data'): string {
  if (typeof value === 'object' && value !== null) refuseForgotten(value, what)
  const text = strict ? strictTextOf(value, what) : textOf(value, what)
  if (text !== undefined) return text
  throw new TypeError(`${what} must be what JSON can represent, not ${typeof value}`)
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
  const text = textOf(data, 'data')
  return text === undefined ? 0 : Buffer.byteLength(text)
}

function textOf(data: unknown, what: string): string | undefined {
  try {
    return JSON.stringify(data)
  } catch (error) {
    findWhere(data, error, what)
    throw error instanceof RangeError ? rangeFailure(error) : error
  }
}

function strictTextOf(data: unknown, what: string): string | undefined {
  try {
    return exactText(data, changed, what)
  } catch (error) {
    throw error instanceof RangeError ? rangeFailure(error) : error
  }
}

/** Throws an error that names the place, if the cause is a BigInt, a circular reference or a value nested too deep. */
function findWhere(data: unknown, error: unknown, what: string): void {
  const isUnwritable = error instanceof TypeError && /BigInt|circular structure/.test(error.message)
  if (isTooDeep(error) || isUnwritable) exactText(data, unwritable, what)
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
