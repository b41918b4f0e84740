/**
 * Reads JSON that people wrote, and reports the line and column of an error.
 *
 * The message of `JSON.parse` differs between versions of Node.js and often names no place, so a scan by the grammar of
 * RFC 8259 finds it.
 */

import { parseJson } from '../base/parse.js'
import { Misuse } from './fail.js'

/**
 * The value of `text`; `name` names the text in the error, `firstLine` is the number of its first line.
 *
 * @throws {Misuse} with the line and column of an error, or of a number that is too large: a database would write `null`
 */
export function readJson(text: string, name: string, firstLine = 1): unknown {
  const value = parsed(text, name, firstLine)
  const at = infiniteIn(text)
  if (at === undefined) return value
  const place = placeOf(text, at, firstLine)
  throw new Misuse(`${name} has a number over ${Number.MAX_VALUE} at ${place}`)
}

function parsed(text: string, name: string, firstLine: number): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    if (text.trim() === '') throw new Misuse(`${name} is empty; it must be JSON`, { cause })
    const at = faultIn(text)
    const found = at >= text.length ? 'it ends' : `there is ${JSON.stringify(letterAt(text, at))}`
    const place = placeOf(text, at, firstLine)
    throw new Misuse(`${name} is not JSON: ${found} at ${place}`, { cause })
  }
}

/** The offset of a number in JSON that is infinite once it is read. */
function infiniteIn(text: string): number | undefined {
  if (!/\d[eE]\+?\d{3}|[\d.]{300}/.test(text)) return undefined
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g)) {
    if (!token.startsWith('"') && !Number.isFinite(Number(token))) return index
  }
  return undefined
}

function letterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0)
}

function placeOf(text: string, at: number, firstLine: number): string {
  const before = text.slice(0, at).split('\n')
  const column = [...(before.at(-1) ?? '')].length + 1
  return `line ${before.length + firstLine - 1}, column ${column}`
}

/** A token of JSON, or the white space before one. */
const space = /[ \t\n\r]*/y
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y
const stringStart = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/uy

/** The offset at which `text`, which is not JSON, stops being a valid beginning of JSON. */
export function faultIn(text: string): number {
  const scan = new Scan(text)
  while (scan.step()) scan.skipSpace()
  return scan.at
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'comma' | 'nothing'

/** A scan of JSON, one token per step. Keeps open containers in a list instead of recursing, since data may be nested deep. */
class Scan {
  at = 0
  readonly #text: string
  readonly #open: ('[' | '{')[] = []
  #expected: Expected = 'value'

  constructor(text: string) {
    this.#text = text
    this.skipSpace()
  }

  skipSpace(): void {
    this.at = after(space, this.#text, this.at)
  }

  /** Takes a token; returns `false` if it is not allowed there. */
  step(): boolean {
    switch (this.#expected) {
      case 'value':
      case 'value or end':
        return this.#value(this.#text[this.at])
      case 'key':
      case 'key or end':
        return this.#key(this.#text[this.at])
      case 'comma':
        return this.#comma(this.#text[this.at])
      case 'nothing':
        return false
    }
  }

  #value(letter: string | undefined): boolean {
    if (letter === '{' || letter === '[') {
      this.#open.push(letter)
      return this.#took(1, letter === '{' ? 'key or end' : 'value or end')
    }
    if (letter === ']' && this.#expected === 'value or end') return this.#close()
    if (letter === '"') return this.#string() && this.#took(0, this.#afterValue)
    const end = after(scalar, this.#text, this.at)
    return end > this.at && this.#took(end - this.at, this.#afterValue)
  }

  #key(letter: string | undefined): boolean {
    if (letter === '}' && this.#expected === 'key or end') return this.#close()
    if (letter !== '"' || !this.#string()) return false
    this.skipSpace()
    return this.#text[this.at] === ':' && this.#took(1, 'value')
  }

  #comma(letter: string | undefined): boolean {
    const isList = this.#open.at(-1) === '['
    if (letter === (isList ? ']' : '}')) return this.#close()
    return letter === ',' && this.#took(1, isList ? 'value' : 'key')
  }

  #close(): boolean {
    this.#open.pop()
    return this.#took(1, this.#afterValue)
  }

  /** Skips a string, or stops at the error in it. */
  #string(): boolean {
    this.at = after(stringStart, this.#text, this.at)
    return this.#text[this.at] === '"' && this.#took(1, this.#expected)
  }

  #took(letters: number, expected: Expected): true {
    this.at += letters
    this.#expected = expected
    return true
  }

  get #afterValue(): Expected {
    return this.#open.length === 0 ? 'nothing' : 'comma'
  }
}

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return at + (pattern.exec(text)?.[0].length ?? 0)
}
