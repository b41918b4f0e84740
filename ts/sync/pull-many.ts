/**
 * `pull` of many branches: a run, then each local branch is moved to the head of the source's branch of the same name, or
 * merged with it. Fast-forwards are made together, so that they share commits.
 */

import { hasCode, headConflict } from '../base/errors.js'
import type { Resolve } from '../base/options.js'
import type { BranchesResult, BranchOutcome } from '../base/sync-options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { merge } from '../branch/merge.js'
import type { MetaSource } from '../branch/meta.js'
import type { ManyRun, Pruned, Source, Target } from './exchange.js'
import { loggedDeletions } from './gone.js'
import { baseOf, runMany } from './many.js'
import { branchesOf, type HeadTable, remotesOf } from './tables.js'

/** Most branches that are merged at the same time. */
const atOnce = 1024

/** Outcomes and failures by branch, as they come. */
export class Outcomes {
  readonly branches: Record<string, BranchOutcome> = Object.create(null)
  readonly failed: Record<string, Error> = Object.create(null)

  /** Does `work` for each name, many at a time; what it throws is recorded as the failure of that name, unless the run is aborted. */
  async each(
    names: Iterable<string>,
    signal: AbortSignal | undefined,
    work: (name: string) => Promise<BranchOutcome | undefined>
  ): Promise<void> {
    const waiting = [...names]
    for (let at = 0; at < waiting.length; at += atOnce) {
      signal?.throwIfAborted()
      await Promise.all(waiting.slice(at, at + atOnce).map((name) => this.#one(name, signal, work)))
    }
  }

  async #one(
    name: string,
    signal: AbortSignal | undefined,
    work: (name: string) => Promise<BranchOutcome | undefined>
  ): Promise<void> {
    try {
      const outcome = await work(name)
      if (outcome !== undefined) this.branches[name] = outcome
    } catch (error) {
      signal?.throwIfAborted()
      this.failed[name] = error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** A database as both of its roles, its handle, and the meta of merges. */
export interface LocalSides<T> {
  readonly db: Source<T> & Target<T>
  readonly handle: Handle
  readonly meta: MetaSource | undefined
}

/** Synchronizes from `source`, and merges its branches into those of their names. */
export async function pullMany<T>(
  { db, handle, meta: usual }: LocalSides<T>,
  source: Source<T>,
  resolve: Resolve<T> | undefined,
  run: ManyRun
): Promise<BranchesResult> {
  const { signal, branches } = run
  const outcomes = new Outcomes()
  const willPrune = async (pruned: ReadonlyMap<string, Pruned>) => {
    await outcomes.each(pruned.keys(), signal, (name) => deleteHere(handle, name, pruned.get(name)))
    return Object.keys(outcomes.failed)
  }
  const { pruned: _, ...result } = await runMany(source, db, { ...run, willPrune })
  const remotes = await remotesOf(db, baseOf(source, run), branches, Object.keys(result.heads))
  const ours = await branchesOf(db, branches)
  const looked = await lookedAt(handle, remotes, result.heads, ours, signal)
  await outcomes.each(looked.keys(), signal, async (name) => {
    const branch = handle.branchOff(name)
    const merging = { signal, usual }
    return await merge(branch, looked.get(name) ?? '', resolve ?? refusing(branch), merging)
  })
  const { branches: done, failed } = outcomes
  return { ...result, branches: done, failed }
}

/**
 * The branches whose heads differ from the source's: those that this run brought, and those that failed in earlier runs.
 * A branch that was deleted here after it had the remote head's data stays deleted until the source's moves.
 */
async function lookedAt(
  handle: Handle,
  remotes: HeadTable,
  brought: Readonly<Record<string, Ref>>,
  ours: HeadTable,
  signal: AbortSignal | undefined
): Promise<HeadTable> {
  const looked = new Map<string, Ref>()
  const absent = new Map<string, Ref>()
  for (const [name, ref] of remotes) {
    if (ours.get(name) === ref && !(name in brought)) continue
    looked.set(name, ref)
    if (!ours.has(name) && !(name in brought)) absent.set(name, ref)
  }
  for (const name of await loggedDeletions(handle, absent, signal)) looked.delete(name)
  return looked
}

/** Deletes a branch that the source's log reports as deleted, if its head is still the old remote head. */
async function deleteHere(
  handle: Handle,
  name: string,
  pruned: Pruned | undefined
): Promise<BranchOutcome | undefined> {
  if (pruned?.by !== 'logged') return undefined
  if ((await handle.ask((engine) => engine.head(name))) !== pruned.ref) return undefined
  try {
    await handle.write((engine) => engine.deleteBranch(name, pruned.ref))
  } catch (error) {
    if (hasCode(error, 'HISTO_HEAD_CONFLICT')) return undefined
    throw error
  }
  return { kind: 'deleted', ref: null }
}

/** Used without a given `resolve`: anything but a fast-forward fails. */
function refusing<T>(branch: Handle): Resolve<T> {
  return async ({ refs }) => {
    const head = await branch.ask((engine) => engine.head(branch.branch))
    throw headConflict(branch.branch, head, refs.theirs)
  }
}
