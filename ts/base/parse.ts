/**
 * Parses JSON; all of the package does it here. The result is that of `JSON.parse`, but always with the keys of
 * the text.
 *
 * `JSON.parse` of V8 13.6 and 14.6 (Node 24 and 26; nodejs/node issue 63785) returns wrong keys: it compares
 * the first characters of a key as it is spelled, with escapes, to the key that came next in an object
 * of the same shape, so that `\"` is read as `\`. Only keys with an escape are affected. The platform is tested
 * once; if it has the bug, texts with such a key are parsed here. Any other text then costs a search
 * for a backslash, and nothing on a platform without the bug.
 */

import { hasEscapedKey } from './escapes.js'
import { readText } from './read-text.js'

/** Whether this platform's `JSON.parse` confuses keys. */
export const isWrongWithKeys: boolean = readsKeysWrongly()

/** The value of `JSON.parse(text)` on a platform without the bug. */
export const parseJson: typeof JSON.parse = isWrongWithKeys ? parseWarily : JSON.parse

/** As `parseJson`, for texts from the addon, which marks those that the platform would read wrongly. */
export const parseMarked: typeof JSON.parse = isWrongWithKeys ? readMarked : JSON.parse

/** Whether this platform's `JSON.parse` confuses keys. Cost: some microseconds. */
export function readsKeysWrongly(): boolean {
  // No other text has had this key, so that nothing else is in the cache that the second text reads.
  const first = JSON.stringify(`histo-revisions ${Math.random()}`)
  const seen: unknown = JSON.parse(`{${first}:0,"\\\\":0}`)
  const read: unknown = JSON.parse(`{${first}:0,"\\"":0}`)
  return !Object.hasOwn(Object(read), '"') || !Object.hasOwn(Object(seen), '\\')
}

/** Parses on a platform with the bug; `JSON.parse` still refuses what is not JSON. */
export function parseWarily(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return hasEscapedKey(text) ? readText(text) : value
}

/** As `parseWarily`, for texts from the addon, which begin with a space if a key has an escape. */
function readMarked(text: string): unknown {
  return text.charCodeAt(0) === 0x20 ? readText(text) : JSON.parse(text)
}
