/**
 * The heads and remote heads of a database, and the names at each revision.
 */

import type { Ref } from '../base/types.js'
import type { DB } from '../db.js'

/** The names at a revision. */
export interface Names {
  readonly branches: string[]
  readonly remotes: string[]
}

/** The revisions where a graph begins. */
export interface Tips {
  /** Distinct heads: that of `main` first, then other branches by name, then remotes. */
  readonly refs: readonly Ref[]
  readonly names: ReadonlyMap<Ref, Names>
}

/** Reads all heads and remote heads. */
export async function tipsOf(db: Pick<DB, 'branches' | 'remotes'>): Promise<Tips> {
  const names = new Map<Ref, Names>()
  const add = (heads: Readonly<Record<string, Ref>>, kind: keyof Names) => {
    for (const name of Object.keys(heads).sort(mainFirst)) {
      const ref = heads[name] ?? ''
      const at = names.get(ref) ?? { branches: [], remotes: [] }
      at[kind].push(name)
      names.set(ref, at)
    }
  }
  add(await db.branches(), 'branches')
  add(await db.remotes(), 'remotes')
  return { refs: [...names.keys()], names }
}

/** Orders names: `main`, then by their UTF-16 units. */
export function mainFirst(one: string, other: string): number {
  if (one === 'main' || other === 'main') return one === other ? 0 : one === 'main' ? -1 : 1
  return one < other ? -1 : one > other ? 1 : 0
}
