/**
 * The built-in ref of a revision's text, for stores that use it as their ids.
 */

import { isUint8Array } from 'node:util/types'
import { described } from './base/arguments.js'
import { refuseOptions } from './base/known.js'
import type { Ref } from './base/types.js'
import { fromNative, native } from './native.js'

/**
 * Computes the ref that the built-in stores give a revision, from its canonical text as a user's store gets
 * it: a string or its UTF-8. If a store returns these as its ids, its databases synchronize with
 * embedded ones.
 *
 * @throws {TypeError} if it is neither a string nor bytes
 * @throws {HistoError} `HISTO_CORRUPT` if it is not such a text, or its ancestors are not built-in refs
 */
export function refOf(text: string | Uint8Array): Ref
export function refOf(text: string | Uint8Array, ...surplus: unknown[]): Ref {
  refuseOptions('refOf', surplus)
  if (typeof text !== 'string' && !isUint8Array(text)) {
    throw new TypeError(`text must be a string or its UTF-8 bytes, not ${described(text)}`)
  }
  return fromNative(undefined, () => native.refOfText(text))
}
