/**
 * Finds the ends of strings with escapes in a text of JSON, and whether a key has an escape.
 *
 * Only searches: the texts are known to be JSON, since `JSON.parse` has accepted them.
 */

const [backslash, colon] = [0x5c, 0x3a]

/**
 * Whether a key in a text of JSON has an escape. Jumps from one string with an escape to the next,
 * and finds the end of each by searching for a quote.
 */
export function hasEscapedKey(text: string): boolean {
  for (let found = text.indexOf('\\'); found >= 0; ) {
    const end = endOfString(text, found)
    if (isColonNext(text, end)) return true
    found = text.indexOf('\\', end)
  }
  return false
}

/** The offset after a string; `at` is at or before the first escape in that string. */
export function endOfString(text: string, at: number): number {
  let quote = text.indexOf('"', at)
  while (isEscaped(text, quote, at)) quote = text.indexOf('"', quote + 1)
  return quote + 1
}

/** Whether an odd number of backslashes precedes `quote`, down to `start`. */
function isEscaped(text: string, quote: number, start: number): boolean {
  let before = quote
  while (before > start && text.charCodeAt(before - 1) === backslash) before -= 1
  return (quote - before) % 2 === 1
}

function isColonNext(text: string, after: number): boolean {
  let at = after
  while (isSpace(text.charCodeAt(at))) at += 1
  return text.charCodeAt(at) === colon
}

/** Space, tab, line feed or carriage return. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
