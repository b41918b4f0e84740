/**
 * Set discovery: which of our history another side knows, by asking about as little as possible.
 *
 * What is known implies its ancestors, what is missing its descendants.
 */

import type { Engine } from './engine.js'
import { HistoError } from './errors.js'
import type { Ref } from './types.js'

/** Tells which of some refs the other side has, in order. */
export type Ask = (refs: readonly Ref[]) => Promise<readonly boolean[]>

/** What both sides have. */
export interface Discovered {
  /** The known refs that no other known one reaches: all that they reach is known, and nothing else is. */
  readonly common: Ref[]
  /** How often `ask` was called. */
  readonly rounds: number
  /** About how many refs. */
  readonly asked: number
}

/** Refs of the first round, which doubles. */
const firstRound = 16

/**
 * Finds out what of the history of `tips` the other side has.
 *
 * @throws {HistoError} `HISTO_NOT_FOUND` for a tip that is not there, `HISTO_PROTOCOL` where `ask` answers
 *   otherwise than it was asked; what `ask` throws, as it is
 */
export async function discover(
  engine: Engine,
  tips: readonly Ref[],
  ask: Ask,
  { signal }: { readonly signal: AbortSignal | undefined }
): Promise<Discovered> {
  const common = new Set<Ref>()
  const seen = new Set<Ref>(tips)
  let frontier = [...seen]
  let [rounds, asked] = [0, 0]
  for (let size = firstRound; frontier.length > 0; size *= 2) {
    signal?.throwIfAborted()
    const layers = await layersBelow(engine, frontier, size, seen)
    const refs = [...layers.keys()]
    const there = await ask(refs)
    if (there.length !== refs.length) {
      throw new HistoError('HISTO_PROTOCOL', `${there.length} answers to ${refs.length} questions`)
    }
    rounds += 1
    asked += refs.length
    const known = new Set(refs.filter((_ref, place) => there[place]))
    for (const ref of known) common.add(ref)
    frontier = []
    for (const [ref, ancestors] of layers) {
      if (known.has(ref)) continue
      for (const ancestor of ancestors) {
        if (seen.has(ancestor)) continue
        seen.add(ancestor)
        frontier.push(ancestor)
      }
    }
  }
  return { common: await heads(engine, [...common], signal), rounds, asked }
}

/** The frontier and revisions below it, `size` of them beside it, with their ancestors. */
async function layersBelow(
  engine: Engine,
  frontier: readonly Ref[],
  size: number,
  seen: Set<Ref>
): Promise<Map<Ref, readonly Ref[]>> {
  const layers = new Map<Ref, readonly Ref[]>()
  const waiting = [...frontier]
  const most = frontier.length + size
  for (let at = 0; at < waiting.length && layers.size < most; at += 1) {
    const ref = waiting[at] as Ref
    const ancestors = await engine.ancestors(ref)
    layers.set(ref, ancestors)
    for (const ancestor of ancestors) {
      if (seen.has(ancestor) || waiting.length >= most) continue
      seen.add(ancestor)
      waiting.push(ancestor)
    }
  }
  return layers
}

/** Those of `refs` that no other of them reaches. */
async function heads(
  engine: Engine,
  refs: readonly Ref[],
  signal: AbortSignal | undefined
): Promise<Ref[]> {
  const below = new Set<Ref>()
  for (const ref of refs) for (const ancestor of await engine.ancestors(ref)) below.add(ancestor)
  signal?.throwIfAborted()
  return refs.filter((ref) => !below.has(ref))
}
