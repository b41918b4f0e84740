/**
 * The graph's answers by their definitions, with sets: slow and easy to see through.
 */

import type { Ref } from '../../ts/base/types.js'

/** The direct ancestors of a ref; throws where it is not there. */
export type AncestorsOf = (ref: Ref) => readonly Ref[]

/** `tips` and all that they reach. */
export function reachable(ancestorsOf: AncestorsOf, tips: readonly Ref[]): Set<Ref> {
  const reached = new Set<Ref>()
  const frontier = [...tips]
  for (let ref = frontier.pop(); ref !== undefined; ref = frontier.pop()) {
    if (reached.has(ref)) continue
    const ancestors = ancestorsOf(ref)
    reached.add(ref)
    frontier.push(...ancestors)
  }
  return reached
}

/** The common ancestors of two refs that no other common ancestor reaches, ascending. */
export function mergeBases(ancestorsOf: AncestorsOf, ref1: Ref, ref2: Ref): Ref[] {
  const reached = reachable(ancestorsOf, [ref1])
  const common = [...reachable(ancestorsOf, [ref2])].filter((ref) => reached.has(ref))
  const stale = reachable(ancestorsOf, common.flatMap(ancestorsOf))
  return common.filter((ref) => !stale.has(ref)).toSorted()
}
