/**
 * Text for people: escapes of what cannot be seen, short refs, times and counts.
 */

/** C0, DEL, C1, marks and isolates of bidirectional text, the ends of lines of Unicode. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A piece of a text, or the escape of a character that cannot be seen. */
export interface Part {
  readonly part: string
  readonly isEscape: boolean
}

/** The pieces of a text. With `keepsLines` ends of lines and tabs are no escapes. */
export function escapedParts(text: string, keepsLines = false): Part[] {
  const parts: Part[] = []
  let plain = ''
  for (const letter of text) {
    const isKept = keepsLines && (letter === '\n' || letter === '\t')
    if (isKept || !unseen.test(letter)) {
      plain += letter
      continue
    }
    if (plain !== '') parts.push({ part: plain, isEscape: false })
    plain = ''
    parts.push({ part: named[letter] ?? escapeOf(letter), isEscape: true })
  }
  if (plain !== '' || parts.length === 0) parts.push({ part: plain, isEscape: false })
  return parts
}

/** A text in one line, with escapes. */
export function shown(text: string): string {
  return escapedParts(text)
    .map(({ part }) => part)
    .join('')
}

function escapeOf(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The first digits of a ref. */
export function short(ref: string): string {
  return ref.length > 16 ? ref.slice(0, 10) : ref
}

/** A number with its thousands apart. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A count with its word. */
export function counted(count: number, word: string, words: string = `${word}s`): string {
  return `${grouped(count)} ${count === 1 ? word : words}`
}

/** A time in the reader's zone; as it is where it is none. */
export function localTime(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return time
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** How far two histories are apart, up to `most`. */
interface Distance {
  readonly ahead: number
  readonly behind: number
  readonly most: number
}

/** How far a history is from another one, in words. */
export function apartWords({ ahead, behind, most }: Distance, other: string): string {
  const upTo = (count: number) => `${grouped(count)}${count >= most ? '+' : ''}`
  if (ahead === 0 && behind === 0) return `same as ${other}`
  if (behind === 0) return `${upTo(ahead)} ahead of ${other}`
  if (ahead === 0) return `${upTo(behind)} behind ${other}`
  return `${upTo(ahead)} ahead, ${upTo(behind)} behind ${other}`
}

/** The name of an author without the address behind it. */
export function nameOf(author: string): string {
  return author.replace(/ <[^<>]*>$/, '')
}

/** A pointer as it is read; the whole has none. */
export function placeOf(path: string): string {
  return path === '' ? '(all of it)' : path
}
