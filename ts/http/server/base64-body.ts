/**
 * `{"base64":"…"}`, the body of a request through a framework that takes only JSON, decoded as it comes. Anything else
 * is refused at its first wrong byte, and not kept in memory.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { broken } from '../protocol.js'

/** Bytes decoded in one turn of the event loop. */
const [piece, stretch] = [1 << 16, 1 << 18]
/** Most characters before the base64. */
const longestHead = 1024

const head = /^[ \t\r\n]*\{[ \t\r\n]*"base64"[ \t\r\n]*:[ \t\r\n]*"/
const tail = /^[ \t\r\n]*\}?[ \t\r\n]*$/
const base64 = /^[A-Za-z0-9+/]*={0,2}$/
const escapes = /\\(?:\/|u00([0-9A-Fa-f]{2}))/g
const cutEscape = /\\(?:u[0-9A-Fa-f]{0,3})?$/

/** Decodes the JSON in `chunks`. */
export async function* base64Of(
  chunks: AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const reading = new Reading()
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += piece) {
      const bytes = reading.read(chunk.subarray(at, at + piece))
      if (bytes.length > 0) yield bytes
      if (at > 0 && at % stretch === 0) await turn()
    }
  }
  const rest = reading.end()
  if (rest.length > 0) yield rest
}

/** The position in the JSON. */
class Reading {
  #place: 'before' | 'within' | 'behind' = 'before'
  /** Characters read and not used yet. */
  #kept = ''
  #isPadded = false
  #isClosed = false

  read(bytes: Uint8Array): Buffer<ArrayBuffer> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let text = this.#kept + buffer.toString('latin1')
    this.#kept = ''
    if (this.#place === 'before') text = this.#begin(text)
    const end = this.#place === 'within' ? text.indexOf('"') : -1
    if (this.#place === 'behind') this.#close(text)
    if (this.#place !== 'within') return Buffer.alloc(0)
    if (end < 0) return this.#decode(text)
    const decoded = [this.#decode(text.slice(0, end)), this.#finish()]
    this.#place = 'behind'
    this.#close(text.slice(end + 1))
    return Buffer.concat(decoded)
  }

  end(): Buffer<ArrayBuffer> {
    if (!this.#isClosed) throw noBase64()
    return Buffer.alloc(0)
  }

  /** The text after the head, once the head has come. */
  #begin(text: string): string {
    const match = head.exec(text)
    if (match === null) {
      if (text.length > longestHead) throw noBase64()
      this.#kept = text
      return ''
    }
    this.#place = 'within'
    return text.slice(match[0].length)
  }

  #decode(given: string): Buffer<ArrayBuffer> {
    const text = this.#unescaped(given)
    if (!base64.test(text) || (this.#isPadded && text !== '')) throw noBase64()
    const whole = text.length - (text.length % 4)
    this.#isPadded ||= text.slice(0, whole).endsWith('=')
    this.#kept = text.slice(whole) + this.#kept
    return Buffer.from(text.slice(0, whole), 'base64')
  }

  /** Removes escapes; keeps one that is cut short. */
  #unescaped(text: string): string {
    if (!text.includes('\\')) return text
    const cut = cutEscape.exec(text)?.[0] ?? ''
    this.#kept = cut
    return text
      .slice(0, text.length - cut.length)
      .replace(escapes, (_match, code?: string) =>
        code === undefined ? '/' : String.fromCharCode(Number.parseInt(code, 16))
      )
  }

  /** The last bytes, if they have no padding. */
  #finish(): Buffer<ArrayBuffer> {
    const rest = this.#kept
    this.#kept = ''
    if (rest.length === 1 || rest.includes('\\')) throw noBase64()
    return Buffer.from(rest, 'base64')
  }

  #close(text: string): void {
    if (!tail.test(text) || (this.#isClosed && text.includes('}'))) throw noBase64()
    this.#isClosed ||= text.includes('}')
  }
}

function noBase64(): Error {
  return broken('a JSON body must be { "base64": "…" }')
}
