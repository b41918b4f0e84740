/**
 * Whole round trips with another database: `pull` brings its head here and merges it, `push` brings
 * ours there and moves its head, pulling first where both have gone on.
 */

import { types } from 'node:util'
import { described, functionOption, type Options } from '../base/arguments.js'
import { backoff, wait } from '../base/backoff.js'
import { HistoError } from '../base/errors.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import type { MergeResult, PullResult, PushResult, Resolve } from '../base/options.js'
import { abortable } from '../base/signal.js'
import { added } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { merge } from '../branch/merge.js'
import type { Source, SyncResult, Target } from './exchange.js'
import { type HeadSeen, runsOf } from './runs.js'
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
  const resolve = functionOption<Resolve<T>>(options, 'resolve')
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
  const resolve = functionOption<Resolve<T>>(options, 'resolve')
  let all: Omit<SyncResult, 'head'> = { revisions: 0, bytes: 0 }
  for (let conflicts = 0; ; conflicts += 1) {
    const sent: SyncResult = await createSynchronizer(local.db, target, ofRun(options)).run()
    all = added(all, sent)
    const { head } = sent
    const seen = await headSeen(target, options)
    if (head === null || !seen.mayMove) return { head, ...all, moved: false }
    const there = seen.head
    const moved = await moveHead(local, target, { head, there }, options)
    if (moved !== undefined) return { head, ...all, moved }
    if (resolve === undefined) {
      const now = await headOf(target, options)
      if (now === there) throw diverged(there, head)
    } else {
      // before the pull: what lies between it and the move of the head is where others come in
      if (conflicts > 0) await wait(backoff(Math.min(conflicts, longestBackoff)), signalOf(options))
      await pullFrom(local, target, options)
    }
  }
}

/** Whether it moved; `undefined` where the target's head is not one of our history, or moved meanwhile. */
async function moveHead<T>(
  { handle }: Local<T>,
  target: Target<T>,
  { head, there }: { readonly head: Ref; readonly there: Ref | null },
  options: Options
): Promise<boolean | undefined> {
  if (there === head) return false
  if (there !== null) {
    const signal = signalOf(options)
    const [isKnown] = await handle.ask((engine) => engine.has([there]))
    if (!isKnown) return undefined
    const descends = (ancestor: Ref, descendant: Ref) =>
      abortable(signal, () =>
        handle.ask((engine) => engine.isAncestor(ancestor, descendant, signal))
      )
    if (await descends(head, there)) return false // it has all of ours already
    if (!(await descends(there, head))) return undefined
  }
  try {
    await abortable(signalOf(options), () => askForeign(target, 'setHead', head, there))
    return true
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
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

/** The target's head, as it was during the run where the target can tell that, and whether it can move. */
async function headSeen(target: object, options: Options): Promise<HeadSeen> {
  const seen = runsOf(target)?.lastSeen()
  if (seen !== undefined) return seen
  if (!hasMethod(target, 'setHead')) return { head: null, mayMove: false }
  return { head: await headOf(target, options), mayMove: true }
}

function isConflict(error: unknown): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === 'HISTO_HEAD_CONFLICT'
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
