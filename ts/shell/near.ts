/**
 * Chooses the revisions of a history that say most about its heads, and finds the edges between them.
 */

import type { RevisionHeader } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Edge } from '../rows/lanes.js'

/** How many first ancestors are shown below a head. */
const below = 2
/** Revisions between two checks whether more forks can come. */
const interval = 16

/** Starts a choice among the revisions that `tips` reach; these must be added descendants first. */
export function choose(tips: readonly Ref[]): Choice {
  return new Choice(tips)
}

/** Chooses tips, the first ancestors below each, and the revisions where histories of tips meet. */
class Choice {
  readonly chosen: Set<Ref> = new Set()
  /** For each revision that is known but not yet added: the tips that reach it, as bits, and the most by one path. */
  readonly #open = new Map<Ref, { all: bigint; widest: bigint; ways: number }>()
  /** Revisions below a tip that are still to come, and how many more to show below them. */
  readonly #near = new Map<Ref, number>()
  readonly #tips: ReadonlyMap<Ref, bigint>
  #tipsLeft: number
  #added = 0
  isDone: boolean = false

  constructor(tips: readonly Ref[]) {
    this.#tips = new Map(tips.map((ref, at) => [ref, 1n << BigInt(at)]))
    this.#tipsLeft = this.#tips.size
  }

  /** Adds the next revision. */
  add({ ref, ancestors }: RevisionHeader): void {
    const { all, widest, ways } = this.#open.get(ref) ?? { all: 0n, widest: 0n, ways: 0 }
    this.#open.delete(ref)
    const own = this.#tips.get(ref)
    if (own !== undefined) this.#tipsLeft -= 1
    const near = own === undefined ? this.#near.get(ref) : below
    this.#near.delete(ref)
    const isFork = ways > 1 && widest !== all
    if (own !== undefined || near !== undefined || isFork) this.chosen.add(ref)
    if (near !== undefined && near > 0) this.#markNear(ancestors[0], near - 1)
    this.#reach(ancestors, all | (own ?? 0n))
    this.#added += 1
    if (this.#added % interval === 0) this.isDone = this.#nothingMore()
  }

  #markNear(ref: Ref | undefined, left: number): void {
    if (ref !== undefined) this.#near.set(ref, Math.max(left, this.#near.get(ref) ?? 0))
  }

  #reach(ancestors: readonly Ref[], tips: bigint): void {
    for (const ancestor of ancestors) {
      const known = this.#open.get(ancestor)
      if (known === undefined) this.#open.set(ancestor, { all: tips, widest: tips, ways: 1 })
      else {
        known.all |= tips
        if ((known.widest & tips) === known.widest) known.widest = tips
        known.ways += 1
      }
    }
  }

  /** Whether all tips were added and the same tips reach everything open, so that no more histories can meet. */
  #nothingMore(): boolean {
    if (this.#tipsLeft > 0 || this.#near.size > 0) return false
    const [first, ...others] = this.#open.values()
    return others.every(({ all }) => all === first?.all)
  }
}

/**
 * The edges between the chosen ones of `steps`: to the nearest chosen ancestors, none of them an ancestor of another;
 * one to nowhere where history goes on and nothing chosen is in it. `beyond` has the chosen ones that are reached by
 * ancestors that are not among the steps.
 */
export function edgesBetween(
  steps: readonly RevisionHeader[],
  chosen: ReadonlySet<Ref>,
  beyond: ReadonlyMap<Ref, readonly Ref[]> = new Map()
): ReadonlyMap<Ref, readonly Edge[]> {
  const nearest = new Map<Ref, readonly (Ref | undefined)[]>()
  const reached = new Map<Ref, ReadonlySet<Ref>>()
  const edges = new Map<Ref, readonly Edge[]>()
  const seen = new Set(steps.map(({ ref }) => ref))
  for (const { ref, ancestors } of steps.toReversed()) {
    const found = new Set<Ref | undefined>()
    for (const ancestor of ancestors) {
      const next = chosen.has(ancestor)
        ? [ancestor]
        : seen.has(ancestor)
          ? nearest.get(ancestor)
          : (beyond.get(ancestor) ?? [undefined])
      for (const one of next ?? []) found.add(one)
    }
    const least = reduced(found, reached)
    nearest.set(ref, ancestors.length === 0 ? [undefined] : least) // for a root that is not drawn
    if (!chosen.has(ref)) continue
    edges.set(
      ref,
      least.map((to) => ({ ref: to, isDirect: to !== undefined && ancestors.includes(to) }))
    )
    reached.set(ref, union(least, reached))
  }
  return edges
}

/** `refs` without those that another one reaches; nowhere counts only alone. */
function reduced(
  found: ReadonlySet<Ref | undefined>,
  reached: ReadonlyMap<Ref, ReadonlySet<Ref>>
): readonly (Ref | undefined)[] {
  if (found.size < 2) return [...found]
  const refs = [...found].filter((ref) => ref !== undefined)
  return refs.filter((ref) => !refs.some((other) => reached.get(other)?.has(ref) === true))
}

function union(
  refs: readonly (Ref | undefined)[],
  reached: ReadonlyMap<Ref, ReadonlySet<Ref>>
): ReadonlySet<Ref> {
  const all = new Set<Ref>()
  for (const ref of refs) {
    if (ref === undefined) continue
    all.add(ref)
    for (const below of reached.get(ref) ?? []) all.add(below)
  }
  return all
}
