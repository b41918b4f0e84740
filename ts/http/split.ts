/**
 * An answer of two parts: a JSON object after its length, then a stream.
 */

import { broken, mostJsonBytes } from './protocol.js'

/** Bytes of the length, little-endian. */
const lengthBytes = 4

/** The first part, and the chunks after it. */
interface Split {
  readonly first: Uint8Array
  readonly rest: AsyncGenerator<Uint8Array, void>
}

/** The first part as bytes, with its length. */
export function joint(first: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(lengthBytes + first.length)
  bytes.writeUInt32LE(first.length)
  bytes.set(first, lengthBytes)
  return bytes
}

/**
 * Reads the first part, of at most `most` bytes.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` if it is longer, or cut short
 */
export async function split(
  chunks: AsyncGenerator<Uint8Array, void>,
  most: number = mostJsonBytes
): Promise<Split> {
  let bytes = Buffer.alloc(0)
  let end = lengthBytes
  while (bytes.length < end) {
    const step = await chunks.next()
    if (step.done === true) throw broken('the answer was cut short', { retryable: true })
    bytes = bytes.length === 0 ? bufferOf(step.value) : Buffer.concat([bytes, step.value])
    if (end > lengthBytes || bytes.length < end) continue
    end += bytes.readUInt32LE()
    if (end > lengthBytes + most) throw broken(`an answer has more than ${most} bytes`)
  }
  const rest = bytes.subarray(end)
  return { first: bytes.subarray(lengthBytes, end), rest: behind(rest, chunks) }
}

async function* behind(
  first: Uint8Array,
  chunks: AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array, void> {
  if (first.length > 0) yield first
  yield* chunks
}

function bufferOf(bytes: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
}
