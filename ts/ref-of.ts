/**
 * The built-in ref of a revision's text, for stores that use it as their ids.
 */

import { isUint8Array } from 'node:util/types'
import { described } from './base/arguments.js'
import type { Ref } from './base/types.js'
import { fromNative, native } from './native.js'

/**
 * The ref that the built-in stores give a revision, of its canonical text as a user's store is given
 * it: a string or its UTF-8. Where a store returns these as its ids, its databases synchronize with
 * embedded ones.
 *
 * @throws {TypeError} if it is neither a string nor bytes
 * @throws {HistoError} `HISTO_CORRUPT` if it is no such text, or its ancestors are no built-in refs
 */
export function refOf(text: string | Uint8Array): Ref {
  if (typeof text !== 'string' && !isUint8Array(text)) {
    throw new TypeError(`text must be a string or its UTF-8 bytes, not ${described(text)}`)
  }
  return fromNative(undefined, () => native.refOfText(text))
}
