/**
 * A JSON parser that builds objects key by key, and uses `JSON.parse` only for single strings and numbers.
 *
 * For texts that `JSON.parse` has accepted, on platforms where it returns wrong keys (see `parse.ts`).
 * Some five times as slow as `JSON.parse`.
 */

import { endOfString, isSpace } from './escapes.js'

/** The value of `text`, which is JSON. */
export function readText(text: string): unknown {
  return new Reader(text).value()
}

const [quote, comma, openArray, closeArray, openObject, closeObject] = [
  0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d
]

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    const code = this.#next()
    if (code === openObject) return this.#object()
    if (code === openArray) return this.#array()
    return code === quote ? this.#string() : this.#word()
  }

  #object(): object {
    const made: Record<string, unknown> = {}
    this.#at += 1
    while (this.#next() !== closeObject) {
      if (this.#next() === comma) this.#at += 1
      this.#next()
      const key = this.#string()
      this.#next()
      this.#at += 1 // the colon
      setOwn(made, key, this.value())
    }
    this.#at += 1
    return made
  }

  #array(): unknown[] {
    const made: unknown[] = []
    this.#at += 1
    while (this.#next() !== closeArray) {
      if (this.#next() === comma) this.#at += 1
      made.push(this.value())
    }
    this.#at += 1
    return made
  }

  /** By `JSON.parse`, escapes or none: a slice would keep the whole text. */
  #string(): string {
    const start = this.#at
    this.#at = endOfString(this.#text, start + 1)
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  /** A number, `true`, `false` or `null`. */
  #word(): unknown {
    const start = this.#at
    while (this.#at < this.#text.length && !endsWord(this.#text.charCodeAt(this.#at))) this.#at += 1
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  /** Skips spaces; returns the code of the next character. */
  #next(): number {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at += 1
    return this.#text.charCodeAt(this.#at)
  }
}

function endsWord(code: number): boolean {
  return code === comma || code === closeArray || code === closeObject || isSpace(code)
}

/** As `JSON.parse` does: sets an own member, even if the prototype has a setter for the key. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, ...plain })
}

const plain = { configurable: true, enumerable: true, writable: true }
