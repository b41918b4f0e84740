/**
 * Reads JSON; the one place of the package that does. The result is that of `JSON.parse`, with the keys that
 * the text has.
 *
 * `JSON.parse` of V8 13.6 and 14.6 (Node 24 and 26; nodejs/node issue 63785) gives wrong keys: it compares
 * the first characters of a key as it is spelled, escapes and all, with the key that came next in an object
 * of the same shape, so that `\"` is read as `\`. Only keys that have an escape are concerned. Whether the
 * platform does so is found out once; then a text with such a key is read here. Any other text costs a search
 * for a backslash, and nothing where the platform reads well.
 */

import { hasEscapedKey } from './escapes.js'
import { readText } from './read-text.js'

/** Whether this platform's `JSON.parse` takes one key for another. */
export const isWrongWithKeys: boolean = readsKeysWrongly()

/** The value of `JSON.parse(text)` on a platform that reads keys well. */
export const parseJson: typeof JSON.parse = isWrongWithKeys ? parseWarily : JSON.parse

/** As `parseJson`, of texts that the addon made: it marks those that the platform would read wrongly. */
export const parseMarked: typeof JSON.parse = isWrongWithKeys ? readMarked : JSON.parse

/** Whether this platform's `JSON.parse` takes one key for another. Cost: some microseconds. */
export function readsKeysWrongly(): boolean {
  // No other text has had this key, so that nothing else stands where the second text looks.
  const first = JSON.stringify(`histo-revisions ${Math.random()}`)
  const seen: unknown = JSON.parse(`{${first}:0,"\\\\":0}`)
  const read: unknown = JSON.parse(`{${first}:0,"\\"":0}`)
  return !Object.hasOwn(Object(read), '"') || !Object.hasOwn(Object(seen), '\\')
}

/** Reads where `JSON.parse` gives wrong keys; it still refuses what is no JSON. */
export function parseWarily(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return hasEscapedKey(text) ? readText(text) : value
}

/** As `parseWarily`, of texts that the addon made: they begin with a space where a key has an escape. */
function readMarked(text: string): unknown {
  return text.charCodeAt(0) === 0x20 ? readText(text) : JSON.parse(text)
}
