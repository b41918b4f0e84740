/**
 * A synchronizer's run over many branches: compares the heads of both sides, sends what is missing of all of them
 * in one stream, and sets the remote heads in one commit.
 */

import { readyForeign } from '../base/foreign.js'
import { nameArgument, nameOfBranch } from '../base/names.js'
import { abortable } from '../base/signal.js'
import type { SyncResult } from '../base/sync-options.js'
import { added } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { RemoteMove } from '../engine.js'
import { runsOf } from './delegate.js'
import type { ManyResult, ManyRun, Pruned, Run, Source, Target } from './exchange.js'
import { deletedOf } from './gone.js'
import { transferNatively, untouchedHandle } from './local.js'
import { damagedIn, resendDamaged } from './resend-damaged.js'
import { checkSource, checkTarget } from './sides.js'
import { branchesOf, type HeadTable, hasBranches, moveRemotes, remotesOf } from './tables.js'
import { type HeadPair, transfer } from './transfer.js'

/** One run; see `Synchronizer.run`. */
export async function synchronizeMany<T>(
  source: Source<T>,
  target: Target<T>,
  run: ManyRun
): Promise<SyncResult> {
  const { pruned: _, ...result } = await runMany(source, target, run)
  return result
}

/** One run, with full details of what it pruned. */
export async function runMany<T>(
  source: Source<T>,
  target: Target<T>,
  run: ManyRun
): Promise<ManyResult> {
  checkSource(source, ['branches'])
  checkTarget(target)
  const [here, there] = [untouchedHandle(target), untouchedHandle(source)]
  const byItself =
    (here && runsOf(source)?.pullManyInto?.(here, run)) ??
    (there && runsOf(target)?.pushManyFrom?.(there, run))
  if (byItself !== undefined) return await byItself
  if (run.prune && here === undefined) checkTarget(target, ['remotes', 'deleteRemote'])
  await abortable(run.signal, () => Promise.all([readyForeign(source), readyForeign(target)]))
  return await exchange(source, target, run)
}

async function exchange<T>(
  source: Source<T>,
  target: Target<T>,
  run: ManyRun
): Promise<ManyResult> {
  const { signal, branches } = run
  const base = baseOf(source, run)
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const theirs = await abortable(signal, () => branchesOf(source, branches))
  const known = await abortable(signal, () => remotesOf(target, base, branches, theirs.keys()))
  const changes = changesOf(theirs, known)
  const sent = await bring(source, target, [...changes.values()], run)
  const gone = run.prune ? await prunedOf(source, theirs, known, run) : new Map<string, Pruned>()
  const pruned = await withoutStaying(gone, run)
  signal?.throwIfAborted()
  await moveRemotes(target, movesOf(base, changes, pruned))
  return { head: headIn(source, theirs), ...sent, ...resultOf(changes, pruned) }
}

/** Sends what the target lacks of the changed heads. */
async function bring<T>(
  source: Source<T>,
  target: Target<T>,
  changes: readonly HeadPair[],
  run: Run
) {
  const none = { revisions: 0, bytes: 0 }
  if (changes.length === 0 && damagedIn(target).length === 0) return none
  const heads = [...new Set(changes.map(({ head }) => head))]
  const sent =
    heads.length === 0
      ? none
      : ((await transferNatively(source, target, heads, run)) ??
        (await transfer(source, target, changes, run)))
  return added(sent, await resendDamaged(source, target, heads, run))
}

/** The name by which the target knows the source's database. */
export function baseOf(source: Source<unknown>, { remote }: Run): string {
  const name = () => untouchedHandle(source)?.engine.name ?? source.name
  return nameArgument(remote === undefined ? name() : remote, 'source.name or the option remote')
}

/** The branches whose heads differ from the target's remote heads. */
function changesOf(theirs: HeadTable, known: HeadTable): Map<string, HeadPair> {
  const changes = new Map<string, HeadPair>()
  for (const [name, head] of theirs) {
    const before = known.get(name) ?? null
    if (before !== head) changes.set(name, { known: before, head })
  }
  return changes
}

/** The remote heads of branches that the source reports as deleted; none if the source has no branches. */
async function prunedOf(
  source: object,
  theirs: HeadTable,
  known: HeadTable,
  run: ManyRun
): Promise<Map<string, Pruned>> {
  const gone = new Map([...known].filter(([name]) => !theirs.has(name)))
  if (gone.size === 0 || (theirs.size === 0 && !(await hasBranches(source)))) return new Map()
  const pruned = new Map<string, Pruned>()
  for (const [name, by] of await deletedOf(source, gone, run)) {
    const ref = gone.get(name)
    if (ref !== undefined) pruned.set(name, { ref, by })
  }
  return pruned
}

/** Those of the remote heads that go, once the caller of the run has deleted what belongs to them. */
export async function withoutStaying(
  pruned: ReadonlyMap<string, Pruned>,
  { willPrune }: ManyRun
): Promise<ReadonlyMap<string, Pruned>> {
  if (pruned.size === 0 || willPrune === undefined) return pruned
  const staying = new Set(await willPrune(pruned))
  return new Map([...pruned].filter(([name]) => !staying.has(name)))
}

/** The moves of remote heads at the end of a run. */
export function movesOf(
  base: string,
  changes: ReadonlyMap<string, HeadPair>,
  pruned: ReadonlyMap<string, Pruned>
): RemoteMove[] {
  const set = [...changes].map(([name, { head }]) => ({
    name: nameOfBranch(base, name),
    ref: head
  }))
  const gone = [...pruned.keys()].map((name) => ({ name: nameOfBranch(base, name), ref: null }))
  return [...set, ...gone]
}

/** The part of the result about heads. */
export function resultOf(
  changes: ReadonlyMap<string, HeadPair>,
  pruned: ReadonlyMap<string, Pruned>
): Pick<ManyResult, 'heads' | 'deleted' | 'pruned'> {
  const heads: Record<string, Ref> = Object.create(null)
  for (const [name, { head }] of changes) heads[name] = head
  return { heads, deleted: [...pruned.keys()], pruned }
}

/** The head of the source's own branch, if that was selected. */
function headIn(source: object, theirs: HeadTable): Ref | null {
  return theirs.get(untouchedHandle(source)?.branch ?? 'main') ?? null
}
