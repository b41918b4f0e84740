/**
 * Moves the branches of a push's target forward to ours, and deletes those that we deleted. The target is a database of
 * this process, a remote one, which does so itself, or a hand-written one that has `branches` and `branch`.
 */

import { hasCode } from '../base/errors.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { type BranchDeletion, type HeadMoved, runsOf } from './delegate.js'
import type { ManyResult, ManyRun } from './exchange.js'
import { untouchedHandle } from './local.js'
import { headOf } from './sides.js'
import { branchesOf, type HeadTable } from './tables.js'

/** Most branches that are moved at the same time. */
const atOnce = 1024

type Signal = AbortSignal | undefined

/** Moves the heads of `target` that differ from ours; returns the outcome of each. */
export async function moveHeads(
  handle: Handle,
  target: object,
  { ours, result }: { readonly ours: HeadTable; readonly result: ManyResult },
  run: ManyRun
): Promise<Map<string, HeadMoved>> {
  const byItself = runsOf(target)?.moveHeads?.(handle, Object.keys(result.heads), run)
  if (byItself !== undefined) return await byItself
  const there = untouchedHandle(target)
  const canMove =
    there !== undefined || (hasMethod(target, 'branches') && hasMethod(target, 'branch'))
  if (!canMove) {
    const fixed = { is: 'fixed', reason: 'no-setHead' } as const
    return new Map(Object.keys(result.heads).map((name) => [name, fixed]))
  }
  const theirs = await abortable(run.signal, () => branchesOf(target, run.branches))
  const names = [...ours.keys()].filter(
    (name) => theirs.get(name) !== ours.get(name) || name in result.heads
  )
  const moved = new Map<string, HeadMoved>()
  const move = async (name: string) => {
    const head = ours.get(name) ?? ''
    const outcome =
      there === undefined
        ? await moveByHand(handle, target, name, { head, there: theirs.get(name) ?? null })
        : await moveOurs(there, name, head, run.signal)
    moved.set(name, outcome)
  }
  for (let at = 0; at < names.length; at += atOnce) {
    run.signal?.throwIfAborted()
    await Promise.all(names.slice(at, at + atOnce).map(move))
  }
  return moved
}

/** Moves a head of a database of this process, which has what was sent. */
export async function moveOurs(
  target: Handle,
  branch: string,
  head: Ref,
  signal: Signal,
  remote?: string
): Promise<HeadMoved> {
  for (;;) {
    const there = await target.ask((engine) => engine.head(branch))
    const standing = await standingIn(target, head, there, signal)
    if (standing === 'ahead') return { is: 'ahead' }
    if (standing === 'apart') return { is: 'apart', there }
    const by = { action: 'fast-forward', remote } as const
    try {
      await target.write((engine) => engine.setHead(branch, head, there, signal, by))
      return { is: 'moved' }
    } catch (error) {
      if (!hasCode(error, 'HISTO_HEAD_CONFLICT')) throw error
    }
  }
}

async function moveByHand(
  handle: Handle,
  target: object,
  name: string,
  { head, there }: { readonly head: Ref; readonly there: Ref | null }
): Promise<HeadMoved> {
  const standing = await standingIn(handle, head, there, undefined)
  if (standing !== 'behind') return standing === 'ahead' ? { is: 'ahead' } : { is: 'apart', there }
  const branch = Reflect.apply(Reflect.get(target, 'branch'), target, [name]) as object
  if (!hasMethod(branch, 'setHead')) return { is: 'fixed', reason: 'no-setHead' }
  try {
    await askForeign(branch, 'setHead', head, there)
    return { is: 'moved' }
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
    if (code === 'HISTO_DENIED') return { is: 'fixed', reason: 'denied' }
    if (code !== 'HISTO_HEAD_CONFLICT') throw error
    return { is: 'apart', there: await headOf(branch, 'head') }
  }
}

/** Compares a head with ours in a database: it contains ours, ours contains it, or neither. */
async function standingIn(
  handle: Handle,
  head: Ref,
  there: Ref | null,
  signal: Signal
): Promise<'ahead' | 'behind' | 'apart'> {
  if (there === head) return 'ahead'
  if (there === null) return 'behind'
  const [isKnown] = await handle.ask((engine) => engine.has([there]))
  if (isKnown !== true) return 'apart'
  if (await handle.ask((engine) => engine.isAncestor(head, there, signal))) return 'ahead'
  return (await handle.ask((engine) => engine.isAncestor(there, head, signal))) ? 'behind' : 'apart'
}

/** Deletes the branches of `target` that have these heads. */
export async function deleteThere(
  handle: Handle,
  target: object,
  heads: ReadonlyMap<string, Ref>,
  run: ManyRun
): Promise<BranchDeletion> {
  if (heads.size === 0) return { deleted: new Set() }
  const byItself = runsOf(target)?.deleteBranches?.(handle, heads, run)
  if (byItself !== undefined) return await byItself
  const there = untouchedHandle(target)
  if (there !== undefined) return { deleted: await deleteOurs(there, heads) }
  if (!hasMethod(target, 'deleteBranch')) return { reason: 'no-setHead' }
  const remove = (name: string, ref: Ref) => askForeign(target, 'deleteBranch', name, ref)
  return { deleted: await deleteEach(heads, remove) }
}

/** Deletes branches of a database of this process that have these heads; `remote` asked for it. */
export async function deleteOurs(
  target: Handle,
  heads: ReadonlyMap<string, Ref>,
  remote?: string
): Promise<ReadonlySet<string>> {
  const by = { action: 'delete', remote } as const
  const standing = new Map<string, Ref>()
  for (const [name, ref] of heads) {
    if ((await target.ask((engine) => engine.head(name))) === ref) standing.set(name, ref)
  }
  return await deleteEach(standing, (name, ref) =>
    target.write((engine) => engine.deleteBranch(name, ref, by))
  )
}

async function deleteEach(
  heads: ReadonlyMap<string, Ref>,
  remove: (name: string, ref: Ref) => Promise<unknown>
): Promise<ReadonlySet<string>> {
  const deleted = new Set<string>()
  await Promise.all(
    [...heads].map(async ([name, ref]) => {
      try {
        await remove(name, ref)
        deleted.add(name)
      } catch (error) {
        const code =
          typeof error === 'object' && error !== null && 'code' in error ? error.code : ''
        if (code !== 'HISTO_HEAD_CONFLICT') throw error
      }
    })
  )
  return deleted
}
