/**
 * Bodies of several parts: each after its length, in four bytes, little-endian.
 */

import { broken } from './protocol.js'

const lengthBytes = 4

/** The parts as one body. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all: Uint8Array[] = []
  for (const part of parts) {
    const length = Buffer.allocUnsafe(lengthBytes)
    length.writeUInt32LE(part.length)
    all.push(length, part)
  }
  return new Uint8Array(Buffer.concat(all))
}

/**
 * The parts of a body, exactly `count`, or at least `fewest`.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` if it has more, fewer, or a part that is cut short
 */
export function partsOf(bytes: Uint8Array, count: number, fewest: number = count): Uint8Array[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Uint8Array[] = []
  let at = 0
  while (parts.length < count && at + lengthBytes <= buffer.length) {
    const start = at + lengthBytes
    at = start + buffer.readUInt32LE(at)
    if (at > buffer.length) break
    parts.push(buffer.subarray(start, at))
  }
  if (parts.length >= fewest && at === buffer.length) return parts
  throw broken(`a body has no ${count} parts`)
}
