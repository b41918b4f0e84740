/**
 * `push` of many branches: a run, then each branch of the target moves forward to ours of the same name. If both have
 * moved, and there is a `resolve`, the branch is pulled, merged and tried again.
 */

import { backoff, wait } from '../base/backoff.js'
import { HistoError, headConflict } from '../base/errors.js'
import { hasMethod } from '../base/foreign.js'
import type { Resolve } from '../base/options.js'
import { selectionOf } from '../base/selection.js'
import type { BranchesResult, BranchOutcome } from '../base/sync-options.js'
import { added } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { ManyResult, ManyRun, Pruned, Source, Target } from './exchange.js'
import { runMany } from './many.js'
import { deleteThere, moveHeads } from './move-heads.js'
import { type LocalSides, Outcomes, pullMany } from './pull-many.js'
import { branchesOf } from './tables.js'

/** Most tries for branches that others move meanwhile. */
const mostTries = 16
/** Failures in a row after which the backoff no longer grows. */
const longestBackoff = 5

/** Synchronizes to `target`, and moves its branches. */
export async function pushMany<T>(
  local: LocalSides<T>,
  target: Target<T>,
  resolve: Resolve<T> | undefined,
  run: ManyRun
): Promise<BranchesResult> {
  const push = new Push(local, target, run)
  let apart = await push.once(run)
  for (let tries = 0; apart.size > 0 && resolve !== undefined && tries < mostTries; tries += 1) {
    // Waits before the pull, since a wait after it would let others move the heads.
    if (tries > 0) await wait(backoff(Math.min(tries, longestBackoff)), run.signal)
    const names = await push.pulled([...apart.keys()], resolve)
    apart = new Map(names.flatMap((name) => (apart.has(name) ? [[name, null]] : [])))
    if (names.length > 0) apart = await push.once({ ...run, branches: selectionOf(names) })
  }
  return push.result(apart)
}

/** The state of one push. */
class Push<T> {
  readonly #local: LocalSides<T>
  readonly #target: Target<T>
  readonly #run: ManyRun
  readonly #outcomes = new Outcomes()
  /** Branches that were merged here during the push. */
  readonly #merged = new Set<string>()
  #sum: ManyResult | undefined

  constructor(local: LocalSides<T>, target: Target<T>, run: ManyRun) {
    this.#local = local
    this.#target = target
    this.#run = run
  }

  /** A run, and the moves of the heads; returns the branches of the target that have diverged, with their heads. */
  async once(run: ManyRun): Promise<Map<string, Ref | null>> {
    const { db } = this.#local
    const willPrune = (pruned: ReadonlyMap<string, Pruned>) => this.#deleteThere(pruned)
    const result = await runMany(db, this.#target, { ...run, willPrune })
    this.#add(result)
    const ours = await branchesOf(db, run.branches)
    const moved = await moveHeads(this.#local.handle, this.#target, { ours, result }, run)
    const apart = new Map<string, Ref | null>()
    for (const [name, outcome] of moved) {
      const ref = ours.get(name) ?? null
      if (outcome.is === 'apart') apart.set(name, outcome.there)
      else if (outcome.is === 'fixed') {
        this.#outcomes.branches[name] = { kind: 'unmoved', ref, reason: outcome.reason }
      } else this.#outcomes.branches[name] = { kind: this.#kindOf(name, outcome.is), ref }
    }
    return apart
  }

  /** Pulls the target's branches and merges them; returns those that were merged. */
  async pulled(names: readonly string[], resolve: Resolve<T>): Promise<string[]> {
    const lacking = ['refDifference', 'createStream', 'branches'].find(
      (member) => !hasMethod(this.#target, member)
    )
    if (lacking !== undefined) {
      throw new TypeError(`target must have a function ${lacking} too, to pull from it and merge`)
    }
    const source = this.#target as Target<T> & Source<T>
    const run = { ...this.#run, branches: selectionOf(names), prune: false, remote: undefined }
    const { failed } = await pullMany(this.#local, source, resolve, run)
    Object.assign(this.#outcomes.failed, failed)
    const done = names.filter((name) => !(name in failed))
    for (const name of done) this.#merged.add(name)
    return done
  }

  result(apart: ReadonlyMap<string, Ref | null>): BranchesResult {
    const { branches, failed } = this.#outcomes
    for (const [name, there] of apart) {
      failed[name] ??= headConflict(name, there, this.#sum?.heads[name] ?? null)
    }
    const sum = this.#sum
    if (sum === undefined) throw new HistoError('HISTO_INTERNAL', 'a push without a run')
    const { pruned: _, ...result } = sum
    return { ...result, branches, failed }
  }

  #kindOf(name: string, is: 'moved' | 'ahead'): BranchOutcome['kind'] {
    if (is === 'ahead') return 'up-to-date'
    return this.#merged.has(name) ? 'merge' : 'fast-forward'
  }

  #add(result: ManyResult): void {
    const sum = this.#sum
    this.#sum =
      sum === undefined
        ? result
        : {
            ...sum,
            ...added(sum, result),
            heads: Object.assign(Object.create(null), sum.heads, result.heads)
          }
  }

  /** Deletes branches of the target; returns those that it may not delete. */
  async #deleteThere(pruned: ReadonlyMap<string, Pruned>): Promise<readonly string[]> {
    const gone = [...pruned].filter(([, { by }]) => by === 'logged')
    const heads = new Map(gone.map(([name, { ref }]) => [name, ref]))
    const deletion = await deleteThere(this.#local.handle, this.#target, heads, this.#run)
    if (!('reason' in deletion)) {
      for (const name of deletion.deleted) {
        this.#outcomes.branches[name] = { kind: 'deleted', ref: null }
      }
      return []
    }
    const { reason } = deletion
    for (const name of heads.keys()) {
      this.#outcomes.branches[name] = { kind: 'unmoved', ref: null, reason }
    }
    return [...heads.keys()]
  }
}
