/**
 * Text for terminals: control characters made visible, and how wide text is.
 *
 * What comes from data, names and errors passes `shown` or `shownJson`: nothing of it may move the cursor, turn the
 * order of the letters, or end a line.
 */

/** C0, DEL, C1, marks and isolates of bidirectional text, the ends of lines of Unicode. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `text` in one line, control characters as escapes of JSON. */
export function shown(text: string): string {
  return text.replace(unseen, (letter) => named[letter] ?? escaped(letter))
}

/** The JSON of a value in one line; what `JSON.stringify` leaves of control characters is escaped. */
export function shownJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(unseen, escaped)
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })
const plain = /^[\x20-\x7e]*$/
const colours = /\p{Cc}\[[0-9;]*m/gu
const invisible = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]*$/u
/** East Asian wide and full-width letters, by their blocks; emoji are told by their property. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u

/** `text` without sequences of colour. */
export function uncoloured(text: string): string {
  return text.includes('\x1b') ? text.replace(colours, '') : text
}

/** Columns that `text` takes on a terminal; sequences of colour take none. */
export function widthOf(text: string): number {
  const bare = uncoloured(text)
  if (plain.test(bare)) return bare.length
  let columns = 0
  for (const { segment } of segments.segment(bare)) columns += widthOfSegment(segment)
  return columns
}

function widthOfSegment(segment: string): number {
  if (invisible.test(segment)) return 0
  return wide.test(segment) ? 2 : 1
}

/** `text`, without colours, in at most `columns`; what is cut off is told by `…`. */
export function cut(text: string, columns: number): string {
  if (text.length * 2 <= columns || widthOf(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let left = columns - 1
  for (const { segment } of segments.segment(text.slice(0, columns * 16))) {
    left -= widthOfSegment(segment)
    if (left < 0) break
    kept += segment
  }
  return `${kept}…`
}

/** `text` followed by spaces up to `columns`. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

/** A count with its word: `1 revision`, `1,000 revisions`. */
export function counted(count: number, word: string, words = `${word}s`): string {
  return `${grouped(count)} ${count === 1 ? word : words}`
}

/** A number with its thousands apart: `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
