/**
 * Reads data for the page, as far as nobody else has to wait for it.
 */

import { parseJson } from '../base/parse.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { Payload } from '../engine.js'

/** Most letters of JSON that are parsed: the event loop is held for some 10 ms for each million. */
export const mostParsed: number = 8 * 1024 * 1024

/** Data is more than the page parses. */
export class LargeData extends Error {
  override readonly name = 'LargeData'
}

/**
 * Reads the data of a revision. Keeps nothing.
 *
 * @throws {LargeData} if its JSON has over `mostParsed` letters
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
  const payload = await handle.ask((engine) => engine.payload(ref, undefined))
  if (typeof payload !== 'string' || payload.length <= mostParsed) return payload
  const millions = Math.round(payload.length / 1_000_000)
  throw new LargeData(`the data has ${millions} million letters, too many for the page`)
}
