/**
 * What a store answered that tells ancestry without texts, as a walk takes it in: each revision behind
 * one that names it, with a text that has its ancestors and no data.
 */

import { isThenable } from '../base/manner.js'
import type { Ref } from '../base/types.js'
import { isId } from './ids.js'

/** Beside what a walk needs, the store is asked for so many revisions at first, and for so many at most. */
const [least, most] = [128, 8192]

/** What is handed to a walk. */
export interface Known {
  readonly refs: readonly Ref[]
  /** In the order of `refs`; `undefined` for what is not there. */
  readonly texts: readonly (string | undefined)[]
}

/** How many revisions are asked for in a round, from 1: twice as many each time. */
export function limitOf(needed: number, round: number): number {
  return needed + Math.min(most, least * 2 ** Math.min(round - 1, 16))
}

/** The answer as a map; `undefined` where it is none. */
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

/** What `known` says of `needed` and of what these reach, the nearest first. */
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
