/**
 * The expected content of a database over the stores, in maps and sets, by the refs that it returned.
 */

import type { Ref } from '../base/types.js'

interface Known {
  readonly data: unknown
  readonly ancestors: readonly Ref[]
}

/** Revisions, heads and remotes. */
export class Model {
  readonly revisions: Map<Ref, Known> = new Map()
  readonly heads: Map<string, Ref> = new Map()
  readonly remotes: Map<string, Ref> = new Map()

  head(branch: string): Ref | null {
    return this.heads.get(branch) ?? null
  }

  /** Notes a put revision, and the head if it moved to it. */
  put(ref: Ref, data: unknown, ancestors: readonly Ref[], branch?: string): void {
    this.revisions.set(ref, { data, ancestors })
    if (branch !== undefined) this.heads.set(branch, ref)
  }

  /** What a revision reaches, itself included. */
  reach(ref: Ref | null): Set<Ref> {
    const reached = new Set<Ref>()
    const frontier = ref === null ? [] : [ref]
    for (let next = frontier.pop(); next !== undefined; next = frontier.pop()) {
      if (reached.has(next)) continue
      reached.add(next)
      frontier.push(...(this.revisions.get(next)?.ancestors ?? []))
    }
    return reached
  }

  /** All best common ancestors, ascending. */
  bases(one: Ref, other: Ref): Ref[] {
    const others = this.reach(other)
    const common = [...this.reach(one)].filter((ref) => others.has(ref))
    const below = new Set<Ref>()
    for (const ref of common) {
      for (const lower of this.reach(ref)) if (lower !== ref) below.add(lower)
    }
    return common.filter((ref) => !below.has(ref)).sort()
  }

  /** What `to` reaches and `from` does not, ascending. */
  difference(from: Ref, to: Ref): Ref[] {
    const without = this.reach(from)
    return [...this.reach(to)].filter((ref) => !without.has(ref)).sort()
  }
}
