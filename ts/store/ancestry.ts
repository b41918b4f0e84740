/**
 * Converts the result of a store's `ancestry` for a walk: each revision comes after one that names it, as a
 * text with its ancestors and without data.
 */

import { isThenable } from '../base/manner.js'
import type { Ref } from '../base/types.js'
import { isId } from './ids.js'

/** Revisions to request beyond those that the walk needs: at first, and at most. */
const [least, most] = [128, 8192]

/** Revisions in the form for a walk. */
export interface Known {
  readonly refs: readonly Ref[]
  /** In the order of `refs`; `undefined` for missing ones. */
  readonly texts: readonly (string | undefined)[]
}

/** Number of revisions to request in a round (from 1); doubles each round. */
export function limitOf(needed: number, round: number): number {
  return needed + Math.min(most, least * 2 ** Math.min(round - 1, 16))
}

/** The result as a map; `undefined` if it is malformed. */
export function ancestryOf(answer: unknown): Map<Ref, readonly Ref[]> | undefined {
  const isIterable = typeof answer === 'object' && answer !== null && Symbol.iterator in answer
  if (!isIterable || isThenable(answer)) return undefined
  const known = new Map<Ref, readonly Ref[]>()
  for (const pair of answer as Iterable<unknown>) {
    const [ref, ancestors]: readonly unknown[] = Array.isArray(pair) ? pair : []
    if (typeof ref !== 'string' || !Array.isArray(ancestors)) return undefined
    if (!ancestors.every((one) => typeof one === 'string' && isId(one))) return undefined
    known.set(ref, ancestors)
  }
  return known
}

/** Lists `needed` and what they reach within `known`, nearest first. */
export function inOrder(needed: readonly Ref[], known: ReadonlyMap<Ref, readonly Ref[]>): Known {
  const refs = [...needed]
  const seen = new Set(needed)
  const texts: (string | undefined)[] = []
  for (let place = 0; place < refs.length; place += 1) {
    const ancestors = known.get(refs[place] ?? '')
    texts.push(ancestors && `{"ancestors":${JSON.stringify(ancestors)},"data":null}`)
    for (const ref of ancestors ?? []) {
      if (seen.has(ref) || !known.has(ref)) continue
      seen.add(ref)
      refs.push(ref)
    }
  }
  return { refs, texts }
}
