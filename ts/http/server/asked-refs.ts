/**
 * Reads the refs of a request: within the bytes that their kind needs and the room that all requests share, and without
 * blocking the event loop.
 */

import type { Ref } from '../../base/types.js'
import { decodeRefsInTurns, isBuiltInList } from '../../wire/wire-refs.js'
import { broken, mostRefsAsked } from '../protocol.js'
import { chunksOf, isInJson, toldLength, tooLong } from './request-body.js'
import type { Claim } from './room.js'
import type { Visit } from './visit.js'

/** Most bytes of a list: one for its kind, and 32 for each built-in ref, or 514 on average for others. */
const [mostBuiltIn, mostTexts] = [1 + mostRefsAsked * 32, 1 + mostRefsAsked * 514]
/** Most bytes of a list that needs no room. */
const little = 1 << 14
/** Bytes in memory for each byte of a list: the list, its chunks, its refs as strings. */
const [builtInWeight, textsWeight] = [4, 2]

/** @throws {HistoError} `HISTO_PROTOCOL` if it is not a list of refs; `HISTO_DENIED` if it is too long */
export async function refsOf(visit: Visit): Promise<Ref[]> {
  return await decodeRefsInTurns(await listOf(visit), mostRefsAsked)
}

/** Reads a list; a long one then waits for its turn to be looked up, which `decided` ends. */
async function listOf({ request, settings, signal, hold }: Visit): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let [bytes, most] = [0, mostTexts]
  let claim: Claim | undefined
  for await (const part of chunksOf(request, settings, signal, mostTexts)) {
    if (part.byteLength === 0) continue
    if (bytes === 0 && isBuiltInList(part)) most = mostBuiltIn
    bytes += part.byteLength
    if (bytes > most) throw most === mostBuiltIn ? tooMany() : tooLong(most)
    parts.push(part)
    if (claim !== undefined || bytes <= little) continue
    const told = isInJson(request) ? 0 : toldLength(request)
    const weight = most === mostBuiltIn ? builtInWeight : textsWeight
    claim = await hold.claim(
      'lists',
      weight * Math.min(most, told === 0 ? most : Math.max(told, bytes))
    )
  }
  if (claim !== undefined) {
    claim.settle()
    await hold.claim('lookups', 1)
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}

/** Ends the turn once the refs are looked up. */
export function decided({ hold }: Visit): void {
  hold.release('lookups')
}

function tooMany(): Error {
  return broken(`a list has more than ${mostRefsAsked} refs`)
}
