/**
 * Formats text for people, at a shell and in the page: invisible characters as escapes, counts and times.
 *
 * Runs in browsers too: no module of Node.js.
 */

/** C0, DEL, C1, marks and isolates of bidirectional text, Unicode line ends. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A piece of a text, or the escape of a character that cannot be seen. */
interface Part {
  readonly part: string
  readonly isEscape: boolean
}

/** `text` in one line, control characters as escapes of JSON. */
export function shown(text: string): string {
  return text.replace(unseen, (letter) => named[letter] ?? escapeOf(letter))
}

/** The JSON of a value in one line; control characters that `JSON.stringify` leaves are escaped too. */
export function shownJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(unseen, escapeOf)
}

/** The pieces of a text. With `keepsLines` line ends and tabs are not escaped. */
export function escapedParts(text: string, keepsLines = false): Part[] {
  const parts: Part[] = []
  let end = 0
  for (const { 0: letter, index } of text.matchAll(unseen)) {
    if (keepsLines && (letter === '\n' || letter === '\t')) continue
    if (index > end) parts.push({ part: text.slice(end, index), isEscape: false })
    parts.push({ part: shown(letter), isEscape: true })
    end = index + letter.length
  }
  if (end < text.length || parts.length === 0) {
    parts.push({ part: text.slice(end), isEscape: false })
  }
  return parts
}

function escapeOf(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** A count with its word: `1 revision`, `1,000 revisions`. */
export function counted(count: number, word: string, words: string = `${word}s`): string {
  return `${grouped(count)} ${count === 1 ? word : words}`
}

/** A number with thousands separators: `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A time in the reader's time zone; returned unchanged if it is not a time. */
export function localTime(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}
