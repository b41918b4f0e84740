/**
 * Lists of refs and of answers as bytes, as defined in `docs/protocol.md`.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'

/** Refs decoded in one turn of the event loop: some ms at the most. */
const stretch = 4096

/** The first byte of a list whose refs are all built-in ones; any other kind holds texts. */
const builtIn = 0
const texts = 1

const hex = /^[0-9a-f]{64}$/
/** Most bytes of a ref that is not a built-in one. */
const mostText = 4096

/**
 * Refs as bytes: 32 each if all are built-in refs, otherwise lengths and UTF-8.
 *
 * @throws {HistoError} `HISTO_TOO_LARGE` for a ref of over 4,096 bytes; `HISTO_NOT_FOUND` for an empty one, which no
 *   revision has
 */
export function encodeRefs(refs: readonly Ref[]): Uint8Array {
  if (refs.every((ref) => hex.test(ref))) return encodeBuiltIn(refs)
  const parts: Uint8Array[] = [Uint8Array.of(texts)]
  for (const ref of refs) {
    const text = Buffer.from(ref)
    if (text.length === 0) {
      throw new HistoError('HISTO_NOT_FOUND', 'revision not found: an empty ref', { ref })
    }
    if (text.length > mostText) {
      const message = `a ref of ${text.length} bytes is over the ${mostText} that travel: ${ref}`
      throw new HistoError('HISTO_TOO_LARGE', message, { ref })
    }
    parts.push(Uint8Array.of(text.length & 0xff, text.length >> 8), text)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/**
 * The refs of a list, at most `most`.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` if it is not such a list
 */
export function decodeRefs(bytes: Uint8Array, most: number): Ref[] {
  const decoding = decodingOf(bytes, most)
  for (;;) {
    const step = decoding.next()
    if (step.done === true) return step.value
  }
}

/** The same, with turns of the event loop between some thousands of refs. */
export async function decodeRefsInTurns(bytes: Uint8Array, most: number): Promise<Ref[]> {
  const decoding = decodingOf(bytes, most)
  for (;;) {
    const step = decoding.next()
    if (step.done === true) return step.value
    await turn()
  }
}

/** Whether a list with this beginning has only built-in refs. */
export function isBuiltInList(bytes: Uint8Array): boolean {
  return bytes[0] === builtIn
}

function decodingOf(bytes: Uint8Array, most: number): Generator<void, Ref[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer[0] === builtIn) return decodeBuiltIn(buffer, most)
  if (buffer[0] === texts) return decodeTexts(buffer, most)
  throw broken('it is of a kind that is not known')
}

/** Answers as bytes: eight in each, the first in the lowest bit. */
export function encodeBits(bits: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8))
  for (const [place, bit] of bits.entries()) {
    const at = place >> 3
    if (bit) bytes[at] = (bytes[at] ?? 0) | (1 << (place & 7))
  }
  return bytes
}

/**
 * Decodes exactly `count` answers.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` if their number differs
 */
export function decodeBits(bytes: Uint8Array, count: number): boolean[] {
  const bits = Array.from(
    { length: count },
    (_bit, place) => (((bytes[place >> 3] ?? 0) >> (place & 7)) & 1) === 1
  )
  const spare = (bytes.at(-1) ?? 0) >> (count & 7)
  const isRight = bytes.length === Math.ceil(count / 8) && ((count & 7) === 0 || spare === 0)
  if (isRight) return bits
  throw new HistoError('HISTO_PROTOCOL', `an answer of ${bytes.length} bytes to ${count} questions`)
}

function encodeBuiltIn(refs: readonly Ref[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(1 + refs.length * 32)
  bytes[0] = builtIn
  for (const [place, ref] of refs.entries()) bytes.write(ref, 1 + place * 32, 32, 'hex')
  return bytes
}

function* decodeBuiltIn(buffer: Buffer, most: number): Generator<void, Ref[]> {
  const count = (buffer.length - 1) / 32
  if (!Number.isInteger(count)) throw broken('its last ref is cut short')
  if (count > most) throw broken(`it has over ${most} refs`)
  const refs = new Array<Ref>(count)
  for (let place = 0; place < count; place += 1) {
    refs[place] = buffer.toString('hex', 1 + place * 32, 33 + place * 32)
    if (place % stretch === stretch - 1) yield
  }
  return refs
}

function* decodeTexts(buffer: Buffer, most: number): Generator<void, Ref[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const refs: Ref[] = []
  for (let at = 1; at < buffer.length; ) {
    if (refs.length === most) throw broken(`it has over ${most} refs`)
    const length = (buffer[at] ?? 0) | ((buffer[at + 1] ?? 0) << 8)
    const end = at + 2 + length
    if (length === 0 || length > mostText) throw broken(`it has a ref of ${length} bytes`)
    if (end > buffer.length) throw broken('its last ref is cut short')
    try {
      refs.push(decoder.decode(buffer.subarray(at + 2, end)))
    } catch (cause) {
      throw broken('a ref is not UTF-8', cause)
    }
    at = end
    if (refs.length % stretch === 0) yield
  }
  return refs
}

function broken(what: string, cause?: unknown): HistoError {
  return new HistoError('HISTO_PROTOCOL', `a list of refs is broken: ${what}`, { cause })
}
