/**
 * The refs that a request brings: no more bytes of them than refs of their kind need, within the room that
 * all requests share, and made without holding up the event loop.
 */

import type { Ref } from '../../base/types.js'
import { decodeRefsInTurns, isBuiltInList } from '../../wire/wire-refs.js'
import { broken, mostRefsAsked } from '../protocol.js'
import { chunksOf, isInJson, toldLength, tooLong } from './request-body.js'
import type { Claim } from './room.js'
import type { Visit } from './visit.js'

/** Bytes of a list: its kind, and of a ref on the average, of which built-in ones take 32. */
const [mostBuiltIn, mostTexts] = [1 + mostRefsAsked * 32, 1 + mostRefsAsked * 514]
/** What is so little that it needs no room. */
const little = 1 << 14
/** Bytes in memory for each byte of a list: the list, what it came as, its refs as strings. */
const [builtInWeight, textsWeight] = [4, 2]

/** @throws {HistoError} `HISTO_PROTOCOL` for what is no list; `HISTO_DENIED` for too much */
export async function refsOf(visit: Visit): Promise<Ref[]> {
  return await decodeRefsInTurns(await listOf(visit), mostRefsAsked)
}

/** A long list has its turn to be looked up when it is here; `decided` ends it. */
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

/** The refs are looked up: others may be. */
export function decided({ hold }: Visit): void {
  hold.release('lookups')
}

function tooMany(): Error {
  return broken(`a list has more than ${mostRefsAsked} refs`)
}
