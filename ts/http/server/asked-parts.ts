/**
 * Reads a request's body of several parts, within the room that all requests share.
 */

import { eachInTurns } from '../../base/in-turns.js'
import type { Ref } from '../../base/types.js'
import { decodeRefsInTurns } from '../../wire/wire-refs.js'
import { broken, mostRefsAsked, parseName } from '../protocol.js'
import { partsOf } from '../sections.js'
import { chunksOf, isInJson, toldLength } from './request-body.js'
import type { Claim } from './room.js'
import type { Visit } from './visit.js'

/** Most bytes of such a body. */
const most = 1 << 24
/** Most bytes of a body that needs no room. */
const little = 1 << 14
/** Bytes of memory for each byte of the body. */
const weight = 4

/**
 * The parts of the body, exactly `count`, or at least `fewest`. A long body waits for its turn to be looked up, as a list
 * of refs does.
 */
export async function partsIn(
  visit: Visit,
  count: number,
  fewest: number = count
): Promise<Uint8Array[]> {
  const { request, settings, signal, hold } = visit
  const chunks: Uint8Array[] = []
  let bytes = 0
  let claim: Claim | undefined
  for await (const chunk of chunksOf(request, settings, signal, most)) {
    bytes += chunk.byteLength
    chunks.push(chunk)
    if (claim !== undefined || bytes <= little) continue
    const told = isInJson(request) ? 0 : toldLength(request)
    claim = await hold.claim('lists', weight * Math.max(bytes, told === 0 ? most : told))
  }
  if (claim !== undefined) {
    claim.settle()
    await hold.claim('lookups', 1)
  }
  return partsOf(Buffer.concat(chunks), count, fewest)
}

/** Parses distinct names of branches. */
export async function namesIn(part: Uint8Array): Promise<string[]> {
  const names = await decodeRefsInTurns(part, mostRefsAsked)
  await eachInTurns(names, (name) => void parseName(name, 'the name of a branch'))
  if (new Set(names).size === names.length) return names
  throw broken('a branch is named twice')
}

/** Parses refs. */
export function refsIn(part: Uint8Array): Promise<Ref[]> {
  return decodeRefsInTurns(part, mostRefsAsked)
}

/** Parses branches and a ref for each from two parts of a body. */
export async function pairsIn(names: Uint8Array, refs: Uint8Array): Promise<Map<string, Ref>> {
  const [branches, all] = [await namesIn(names), await refsIn(refs)]
  if (branches.length !== all.length) throw broken('there is no ref for each branch')
  return new Map(branches.map((branch, place) => [branch, all[place] ?? '']))
}
