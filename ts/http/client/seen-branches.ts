/**
 * The branches of a server as they were last compared. A client that follows some of them asks only for what moved since.
 *
 * Of one prefix, as long as the client's object lasts; some 300 bytes a branch of the server.
 */

import type { Ref } from '../../base/types.js'
import { HeadsSeen, type HeadTable } from '../../branch/head-tables.js'
import { sumText } from '../compare.js'
import type { BranchCalls, BranchesAsked, BranchesState } from './branch-calls.js'
import type { Calls } from './calls.js'
import { type Comparison, compareBranches } from './compare-branches.js'

const seenBy = new WeakMap<Calls, SeenBranches>()

/** The branches that were seen over a connection. */
export function seenOver(calls: Calls): SeenBranches {
  const seen = seenBy.get(calls) ?? new SeenBranches()
  seenBy.set(calls, seen)
  return seen
}

/** The branches of one server, as seen. */
class SeenBranches {
  #prefix = ''
  #name: string | undefined
  #heads: HeadsSeen | undefined

  /** Whether branches of this prefix were seen. */
  has(prefix: string): boolean {
    return this.#heads !== undefined && this.#prefix === prefix
  }

  /** All branches that begin with the prefix, by asking for what has moved. */
  async ask(
    calls: BranchCalls,
    asked: BranchesAsked
  ): Promise<{ readonly state: BranchesState; readonly table: HeadTable }> {
    const { prefix } = asked
    const before = this.has(prefix) ? this.#heads : undefined
    const here = {
      of: (name: string) => Promise.resolve(this.#of(prefix, name)),
      sums: before === undefined ? [] : [sumText(before)],
      names: undefined,
      isBare: false
    }
    const compared = await compareBranches(calls, asked, here, undefined)
    return { state: compared.state, table: this.#move(prefix, compared) }
  }

  /** Keeps the branches of a list. */
  note(prefix: string, name: string, all: ReadonlyMap<string, Ref>): void {
    const heads = new HeadsSeen()
    for (const [branch, ref] of all) heads.set(branch, ref)
    this.#prefix = prefix
    this.#name = name
    this.#heads = heads
  }

  #of(prefix: string, name: string): HeadsSeen {
    const heads = this.has(prefix) && this.#name === name ? this.#heads : undefined
    return heads ?? new HeadsSeen()
  }

  #move(prefix: string, { state, changed, absent }: Comparison): HeadTable {
    const heads = this.#of(prefix, state.name)
    for (const [branch, ref] of changed) heads.set(branch, ref)
    for (const branch of absent) heads.set(branch, null)
    this.#prefix = prefix
    this.#name = state.name
    this.#heads = heads
    return heads
  }
}
