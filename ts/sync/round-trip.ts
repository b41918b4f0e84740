/**
 * Whole round trips with another database: `pull` brings its head here and merges it, `push` brings
 * ours there and moves its head, pulling first where both have gone on.
 */

import { types } from 'node:util'
import { described, type Options } from '../base/arguments.js'
import { backoff, wait } from '../base/backoff.js'
import { HistoError, type HistoErrorCode } from '../base/errors.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import type { MergeResult, PullResult, PushResult, Resolve, SyncResult } from '../base/options.js'
import { abortable } from '../base/signal.js'
import { added } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { merge } from '../branch/merge.js'
import { resolveOption } from '../json/json-merge.js'
import { type HeadSeen, runsOf } from './delegate.js'
import type { Source, Target } from './exchange.js'
import { createSynchronizer } from './synchronizer.js'

/** Failures in a row after which the time to wait grows no more: it is some 1.6 s then. */
const longestBackoff = 5

/** A database as both of its roles, and its handle. */
export interface Local<T> {
  readonly db: Source<T> & Target<T>
  readonly handle: Handle
}

/** Synchronizes from `source`, and merges its head where `resolve` is given. */
export async function pull<T>(
  { db, handle }: Local<T>,
  source: Source<T>,
  options: Options
): Promise<PullResult> {
  const resolve = resolveOption<Resolve<T>>(options)
  const result = await createSynchronizer(source, db, ofRun(options)).run()
  if (resolve === undefined || result.head === null) return { ...result, merge: null }
  const merged = await merge(handle, result.head, resolve, signalOf(options))
  return { ...result, merge: merged }
}

/** Synchronizes to `target`, and moves its head where it has `setHead`. */
export async function push<T>(
  local: Local<T>,
  target: Target<T>,
  options: Options
): Promise<PushResult> {
  const resolve = resolveOption<Resolve<T>>(options)
  let all: Omit<SyncResult, 'head'> = { revisions: 0, bytes: 0 }
  for (let conflicts = 0; ; conflicts += 1) {
    const sent: SyncResult = await createSynchronizer(local.db, target, ofRun(options)).run()
    all = added(all, sent)
    const { head } = sent
    if (head === null) return { head, ...all, moved: false }
    const seen = await headSeen(target, options)
    const move = await moveHead(local, target, { head, seen }, options)
    if (move !== undefined) return { head, ...all, ...move }
    const isStill = resolve === undefined && (await headOf(target, options)) === seen.head
    if (isStill) throw diverged(seen.head, head)
    // before the pull: what lies between it and the move of the head is where others come in
    if (conflicts > 0) await wait(backoff(Math.min(conflicts, longestBackoff)), signalOf(options))
    if (resolve !== undefined) await pullFrom(local, target, options)
  }
}

/** Whether a target's head moved, and why not. */
type Move = Pick<PushResult, 'moved' | 'reason'>

/** What happened; `undefined` where the target's head is not one of our history, or moved meanwhile. */
async function moveHead<T>(
  { handle }: Local<T>,
  target: Target<T>,
  { head, seen }: { readonly head: Ref; readonly seen: HeadSeen },
  options: Options
): Promise<Move | undefined> {
  const there = await standing(handle, head, seen.head, signalOf(options))
  if (there === 'ahead') return { moved: false }
  if (seen.fixed !== undefined) return { moved: false, reason: seen.fixed }
  if (there === 'apart') return undefined
  try {
    await abortable(signalOf(options), () => askForeign(target, 'setHead', head, seen.head))
    return { moved: true }
  } catch (error) {
    if (hasCode(error, 'HISTO_HEAD_CONFLICT')) return undefined
    if (hasCode(error, 'HISTO_DENIED')) return { moved: false, reason: 'denied' }
    throw error
  }
}

/** Where another head stands beside ours: it has all of ours, ours has all of it, or neither is known. */
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
  options: Options
): Promise<MergeResult | null> {
  const lacking = ['refDifference', 'createStream'].find((member) => !hasMethod(target, member))
  if (lacking !== undefined) {
    throw new TypeError(`target must have a function ${lacking} too, to pull from it and merge`)
  }
  const { remote: _ours, ...rest } = options
  const pulled = await pull(local, target as Target<T> & Source<T>, rest)
  return pulled.merge
}

async function headOf(target: object, options: Options): Promise<Ref | null> {
  const head =
    (await abortable(signalOf(options), () => askForeign<Ref | null>(target, 'head'))) ?? null
  if (head === null || typeof head === 'string') return head
  throw new HistoError('HISTO_PROTOCOL', `head answered ${described(head)} instead of a ref`)
}

/** The target's head, as it was during the run where the target can tell that, and why it cannot move. */
async function headSeen(target: object, options: Options): Promise<HeadSeen> {
  const seen = runsOf(target)?.lastSeen()
  if (seen !== undefined) return seen
  if (!hasMethod(target, 'setHead')) return { head: null, fixed: 'no-setHead' }
  return { head: await headOf(target, options) }
}

function hasCode(error: unknown, code: HistoErrorCode): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === code
}

function diverged(there: Ref | null, expected: Ref): HistoError {
  return new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', { head: there, expected })
}

/** What of the options a synchronizer knows. */
function ofRun({ resolve: _ours, ...options }: Options): Options {
  return options
}

function signalOf(options: Options): AbortSignal | undefined {
  return (options as { signal?: AbortSignal | undefined }).signal
}
