/**
 * A model of a database in maps and sets, with graph queries written as their definitions: slow, but easy to
 * understand.
 */

import type { Ref } from '../base/types.js'

/** A revision of the model. */
export interface Known<D> {
  readonly data: D
  readonly ancestors: readonly Ref[]
}

/** Revisions, heads and remotes. */
export class Model<D = unknown> {
  readonly revisions: Map<Ref, Known<D>> = new Map()
  readonly heads: Map<string, Ref> = new Map()
  readonly remotes: Map<string, Ref> = new Map()

  head(branch: string): Ref | null {
    return this.heads.get(branch) ?? null
  }

  /** Records a put revision, and the head if it moved to it. */
  put(ref: Ref, data: D, ancestors: readonly Ref[], branch?: string): void {
    this.revisions.set(ref, { data, ancestors })
    if (branch !== undefined) this.heads.set(branch, ref)
  }

  /** Everything that `tips` reach, including themselves. */
  reach(...tips: readonly (Ref | null)[]): Set<Ref> {
    const reached = new Set<Ref>()
    const frontier = tips.filter((tip) => tip !== null)
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
    const below = this.reach(...common.flatMap((ref) => this.revisions.get(ref)?.ancestors ?? []))
    return common.filter((ref) => !below.has(ref)).sort()
  }

  /** The revisions that `to` reaches and none of `from` does, ascending. */
  difference(from: readonly Ref[], to: Ref): Ref[] {
    const without = this.reach(...from)
    return [...this.reach(to)].filter((ref) => !without.has(ref)).sort()
  }
}
