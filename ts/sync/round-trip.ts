/**
 * Round trips with another database: `pull` copies its head here and merges it, `push` copies ours there and moves
 * its head, pulling first if both have moved.
 */

import { types } from 'node:util'
import type { Options } from '../base/arguments.js'
import { backoff, wait } from '../base/backoff.js'
import { HistoError, type HistoErrorCode } from '../base/errors.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import type { Resolve } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { BranchesResult, PullResult, PushResult, SyncResult } from '../base/sync-options.js'
import { added } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { merge } from '../branch/merge.js'
import { askedOnce } from '../branch/meta.js'
import { resolveOption } from '../json/json-merge.js'
import { type HeadSeen, runsOf } from './delegate.js'
import type { Run, Sent, Source, Target } from './exchange.js'
import { type LocalSides, pullMany } from './pull-many.js'
import { pushMany } from './push-many.js'
import { headOf } from './sides.js'
import { runOf, synchronize } from './synchronizer.js'

/** Failures in a row after which the backoff no longer grows; it is about 1.6 s then. */
const longestBackoff = 5

type Local<T> = LocalSides<T>
type Sides<T> = Omit<LocalSides<T>, 'meta'>

/** The sides of one call, which asks for the meta of its merges once. */
function callOf<T>(sides: Sides<T>): Local<T> {
  return { ...sides, meta: askedOnce(sides.handle.meta) }
}

/** Synchronizes from `source`, and merges its head if `resolve` is given; many branches by `branches`. */
export async function pull<T>(
  sides: Sides<T>,
  source: Source<T>,
  options: Options
): Promise<PullResult | BranchesResult> {
  const resolve = resolveOption<Resolve<T>>(options)
  const run = runOf(options)
  const { branches } = run
  const local = callOf(sides)
  if (branches !== undefined) return pullMany(local, source, resolve, { ...run, branches })
  return await pullAndMerge(local, source, resolve, run)
}

async function pullAndMerge<T>(
  { db, handle, meta: usual }: Local<T>,
  source: Source<T>,
  resolve: Resolve<T> | undefined,
  run: Run
): Promise<PullResult> {
  const { signal } = run
  const result = await synchronize(source, db, run)
  if (resolve === undefined || result.head === null) return { ...result, merge: null }
  return { ...result, merge: await merge(handle, result.head, resolve, { signal, usual }) }
}

/** Synchronizes to `target`, and moves its head if it has `setHead`; many branches by `branches`. */
export async function push<T>(
  sides: Sides<T>,
  target: Target<T>,
  options: Options
): Promise<PushResult | BranchesResult> {
  const resolve = resolveOption<Resolve<T>>(options)
  const run = runOf(options)
  const { branches } = run
  const local = callOf(sides)
  if (branches !== undefined) return pushMany(local, target, resolve, { ...run, branches })
  return await pushOne(local, target, resolve, run)
}

async function pushOne<T>(
  local: Local<T>,
  target: Target<T>,
  resolve: Resolve<T> | undefined,
  run: Run
): Promise<PushResult> {
  const { signal } = run
  let all: Sent = { revisions: 0, bytes: 0 }
  for (let conflicts = 0; ; conflicts += 1) {
    const sent: SyncResult = await synchronize(local.db, target, run)
    all = added(all, sent)
    const { head } = sent
    if (head === null) return { head, ...all, moved: false }
    const seen = await headSeen(target, signal)
    const move = await moveHead(local, target, { head, seen }, signal)
    if (move !== undefined) return { head, ...all, ...move }
    const isStill = resolve === undefined && (await headThere(target, signal)) === seen.head
    if (isStill) throw diverged(seen.head, head)
    // Waits before the pull, since a wait after it would let others move the head.
    if (conflicts > 0) await wait(backoff(Math.min(conflicts, longestBackoff)), signal)
    if (resolve !== undefined) await pullFrom(local, target, resolve, run)
  }
}

/** Whether a target's head moved, or why not. */
type Move = Pick<PushResult, 'moved' | 'reason'>

/** Moves the head; `undefined` if the target's head is not in our history, or moved meanwhile. */
async function moveHead<T>(
  { handle }: Local<T>,
  target: Target<T>,
  { head, seen }: { readonly head: Ref; readonly seen: HeadSeen },
  signal: AbortSignal | undefined
): Promise<Move | undefined> {
  const there = await standing(handle, head, seen.head, signal)
  if (there === 'ahead') return { moved: false }
  if (seen.fixed !== undefined) return { moved: false, reason: seen.fixed }
  if (there === 'apart') return undefined
  try {
    await abortable(signal, () => askForeign(target, 'setHead', head, seen.head))
    return { moved: true }
  } catch (error) {
    if (carriesCode(error, 'HISTO_HEAD_CONFLICT')) return undefined
    if (carriesCode(error, 'HISTO_DENIED')) return { moved: false, reason: 'denied' }
    throw error
  }
}

/** Compares another head with ours: it contains ours, ours contains it, or neither is known. */
async function standing(
  handle: Handle,
  head: Ref,
  there: Ref | null,
  signal: AbortSignal | undefined
): Promise<'ahead' | 'behind' | 'apart'> {
  if (there === head) return 'ahead'
  if (there === null) return 'behind'
  const [isKnown] = await handle.ask((engine) => engine.has([there]))
  if (!isKnown) return 'apart'
  const descends = (ancestor: Ref, descendant: Ref) =>
    abortable(signal, () => handle.ask((engine) => engine.isAncestor(ancestor, descendant, signal)))
  if (await descends(head, there)) return 'ahead'
  return (await descends(there, head)) ? 'behind' : 'apart'
}

async function pullFrom<T>(
  local: Local<T>,
  target: Target<T>,
  resolve: Resolve<T>,
  run: Run
): Promise<void> {
  const lacking = ['refDifference', 'createStream'].find((member) => !hasMethod(target, member))
  if (lacking !== undefined) {
    throw new TypeError(`target must have a function ${lacking} too, to pull from it and merge`)
  }
  const source = target as Target<T> & Source<T>
  await pullAndMerge(local, source, resolve, { ...run, remote: undefined })
}

function headThere(target: object, signal: AbortSignal | undefined): Promise<Ref | null> {
  return abortable(signal, () => headOf(target, 'head'))
}

/** The target's head, as seen during the run if the target can tell, and why it cannot move. */
async function headSeen(target: object, signal: AbortSignal | undefined): Promise<HeadSeen> {
  const seen = runsOf(target)?.lastSeen()
  if (seen !== undefined) return seen
  if (!hasMethod(target, 'setHead')) return { head: null, fixed: 'no-setHead' }
  return { head: await headThere(target, signal) }
}

/** As `hasCode`, also for errors that are not of this package: the other side may be any object. */
function carriesCode(error: unknown, code: HistoErrorCode): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === code
}

function diverged(there: Ref | null, expected: Ref): HistoError {
  return new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', { head: there, expected })
}
