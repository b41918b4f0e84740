/**
 * What a prune deletes, by its definition: what nothing reaches and an earlier one found so long ago, but
 * nothing that something younger descends from.
 */

import type { Ref } from '../../ts/base/types.js'
import type { Pruning } from '../../ts/engine.js'
import { reachable } from './plain-graph.js'

/** The refs that stay, and those of them that nothing reaches. */
export function pruned(
  stored: ReadonlyMap<Ref, { readonly ancestors: readonly Ref[] }>,
  tips: readonly Ref[],
  marks: ReadonlyMap<Ref, number>,
  { now, grace }: Pick<Pruning, 'now' | 'grace'>
): { stay: Set<Ref>; wait: Set<Ref> } {
  const ancestorsOf = (ref: Ref) => stored.get(ref)?.ancestors ?? []
  const reached = reachable(ancestorsOf, tips)
  const isYoung = (ref: Ref) => {
    const mark = marks.get(ref)
    return mark === undefined || mark + grace > now
  }
  const young = [...stored.keys()].filter(isYoung)
  const stay = new Set([...reached, ...reachable(ancestorsOf, young)])
  return { stay, wait: new Set([...stay].filter((ref) => !reached.has(ref))) }
}
