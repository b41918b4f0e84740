/**
 * Reads data for the page, as far as nobody else has to wait for it.
 */

import { parseJson } from '../base/parse.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { OpenPayload, Payload } from '../engine.js'

/** Most bytes of data that are read and parsed at once: the event loop is held for some 10 ms for each million. */
export const mostParsed: number = 8 * 1024 * 1024

/** Data is more than the page parses. */
export class LargeData extends Error {
  override readonly name = 'LargeData'
}

/** Whether data is too large to be read at once, as far as the engine knows without reading it. */
export async function isLarge(handle: Handle, ref: Ref): Promise<boolean> {
  const size = await handle.ask((engine) => engine.payloadSize?.(ref) ?? 0)
  return size > mostParsed
}

/**
 * Reads the data of a revision. Keeps nothing.
 *
 * @throws {LargeData} if it has over `mostParsed` bytes
 */
export async function readData(handle: Handle, ref: Ref): Promise<unknown> {
  const payload = await readPayload(handle, ref)
  return typeof payload === 'string' ? parseJson(payload) : payload
}

/**
 * Reads the payload of a revision, JSON text or bytes.
 *
 * @throws {LargeData} as `readData`
 */
export async function readPayload(handle: Handle, ref: Ref): Promise<Payload> {
  const isKnown = await isLarge(handle, ref)
  const payload = isKnown ? '' : await handle.ask((engine) => engine.payload(ref, undefined))
  if (!isKnown && payload.length <= mostParsed) return payload
  throw new LargeData('the data is too large for the page to read it at once')
}

/** Reads data of any size, to be taken in pieces and closed. */
export async function openPayload(
  handle: Handle,
  ref: Ref,
  signal: AbortSignal
): Promise<OpenPayload> {
  return await handle.ask((engine) => {
    return engine.openPayload?.(ref, signal) ?? whole(engine.payload(ref, signal))
  })
}

async function whole(reading: Payload | PromiseLike<Payload>): Promise<OpenPayload> {
  const payload = await reading
  const isBinary = typeof payload !== 'string'
  const bytes = isBinary ? payload : Buffer.from(payload)
  const piece = (from: number, count: number) => bytes.subarray(from, from + count)
  return { size: bytes.length, isBinary, piece, close: () => undefined }
}
