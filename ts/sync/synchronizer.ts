/**
 * `createSynchronizer`: copies the whole history of a source's head to a target and records it there as the source's
 * remote head. Never moves the target's own head.
 */

import { booleanOption, functionOption, type Options, signalOption } from '../base/arguments.js'
import { respond } from '../base/callbacks.js'
import { calls } from '../base/calls.js'
import { caught } from '../base/each.js'
import { askForeign, readyForeign } from '../base/foreign.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import { remoteNameArgument } from '../base/names.js'
import { selectionOption } from '../base/selection.js'
import { abortable } from '../base/signal.js'
import type { LiveOptions, SyncOptions, SyncResult } from '../base/sync-options.js'
import { added, refusesTombstones } from '../base/tombstones.js'
import type { Callback } from '../base/types.js'
import { runsOf } from './delegate.js'
import type { Run, Source, Target } from './exchange.js'
import { keepAlive } from './live.js'
import { transferNatively, untouchedHandle } from './local.js'
import { synchronizeMany } from './many.js'
import { damagedIn, resendDamaged } from './resend-damaged.js'
import { checkSource, checkTarget, headOf } from './sides.js'
import { transfer } from './transfer.js'

/** Synchronizes one source to one target, as often as it is run. */
export interface Synchronizer {
  /**
   * Sends everything that the target lacks. Options given here override those of `createSynchronizer`. On any error the
   * target's remote head stays as it was; what was sent stays and need not be sent again.
   *
   * @param options - `onProgress`, `remote`, `tombstones`, `branches`, `prune`, `signal`
   * @throws {TypeError} if a side lacks a function of its role, or neither `source.name` nor the
   *   option `remote` gives a name
   * @throws {HistoError} `HISTO_CORRUPT` if a revision does not match its ref; `HISTO_PROTOCOL` if a
   *   side violates the contract of its role; otherwise the error that a side reports
   */
  run(options?: SyncOptions): Promise<SyncResult>
  run(callback: Callback<SyncResult>): void
  run(options: SyncOptions | undefined, callback: Callback<SyncResult>): void
  /**
   * Runs at once, and again whenever the source's head has moved; with `branches`, whenever any of its heads has.
   * Aborting `signal` ends the current run; then the call resolves. Failures are reported to `onError` and retried,
   * after 100 ms at first and half a minute at most; a successful run resets that. Polls every second if the source has
   * no `watch`, or one that fails or keeps reporting changes that bring nothing.
   *
   * @param options - those of `run`, and `onError`
   * @throws errors for which a retry is useless: a `TypeError`, `HISTO_DENIED`, `HISTO_CORRUPT`,
   *   `HISTO_PROTOCOL`, `HISTO_CLOSED`, `HISTO_INTERNAL`
   */
  live(options?: LiveOptions): Promise<void>
  live(callback: Callback<void>): void
  live(options: LiveOptions | undefined, callback: Callback<void>): void
}

/**
 * Makes a synchronizer from `source` to `target`: databases, their narrowed roles, or hand-written objects.
 * Nothing happens before `run`, which also reports wrong arguments.
 *
 * @param source - where revisions come from
 * @param target - where they go, and where the source's head is recorded as a remote head
 * @param options - `onProgress`, `remote`, `tombstones`, `branches`, `prune`, `signal`, and `onError` of `live`
 * @example
 * ```ts
 * const server = createDB<{ title: string }>({ name: 'server' })
 * await db.put({ title: 'first' })
 * const { head, revisions } = await createSynchronizer(db, server).run()
 * ```
 */
export function createSynchronizer<T>(
  source: Source<T>,
  target: Target<T>,
  options?: LiveOptions
): Synchronizer
export function createSynchronizer<T>(
  source: Source<T>,
  target: Target<T>,
  options?: LiveOptions,
  ...surplus: unknown[]
): Synchronizer {
  const ownOrThrow = caught(() => {
    refuseSecondOptions('createSynchronizer', surplus)
    return { ...optionsOf(options, calls.createSynchronizer) }
  })
  const merged = (given: Options): Options => ({ ...ownOrThrow(), ...given })
  const run = (...args: unknown[]) =>
    respond<SyncResult>(args, { most: 1 }, () =>
      synchronize(source, target, runOf(merged(optionsOf(args[0], calls.run))))
    )
  const live = (...args: unknown[]) =>
    respond<void>(args, { most: 1 }, () => {
      const settings = merged(optionsOf(args[0], calls.live))
      const onError = functionOption<(error: unknown) => void>(settings, 'onError') ?? unheard
      const run = runOf(settings)
      const again = () => synchronize(source, target, run)
      return keepAlive({ source, settings: run, run: again, signal: run.signal, onError })
    })
  return { run: run as Synchronizer['run'], live: live as Synchronizer['live'] }
}

/** Makes a run's settings from options whose names are checked. */
export function runOf(options: Options): Run {
  const { remote } = options as { remote?: unknown }
  const onProgress = functionOption<Run['onProgress']>(options, 'onProgress')
  return {
    remote,
    signal: signalOption(options),
    onProgress: onProgress ?? unheard,
    isHeard: onProgress !== undefined,
    refusesTombstones: refusesTombstones(options),
    ...branchesOf(options)
  }
}

function branchesOf(options: Options): Pick<Run, 'branches' | 'prune'> {
  const branches = selectionOption(options)
  const prune = booleanOption(options, 'prune', false)
  if (prune && branches === undefined) throw new TypeError('prune needs the option branches')
  return { branches, prune }
}

/** One run; see `Synchronizer.run`. */
export async function synchronize<T>(
  source: Source<T>,
  target: Target<T>,
  run: Run
): Promise<SyncResult> {
  checkSource(source)
  checkTarget(target)
  const { signal, branches } = run
  if (branches !== undefined) return await synchronizeMany(source, target, { ...run, branches })
  const runsByItself = runOver(source, target, run)
  if (runsByItself !== undefined) return runsByItself
  await abortable(signal, () => Promise.all([readyForeign(source), readyForeign(target)]))
  const given = run.remote === undefined ? source.name : run.remote
  const remote = remoteNameArgument(given, 'source.name or the option remote')
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const head = await abortable(signal, () => headOf(source, 'head'))
  if (head === null) return { head, revisions: 0, bytes: 0 }
  const known = await abortable(signal, () => headOf(target, 'remoteHead', remote))
  if (known === head && damagedIn(target).length === 0) return { head, revisions: 0, bytes: 0 }
  const sent =
    (await transferNatively(source, target, [head], run)) ??
    (await transfer(source, target, [{ known, head }], run))
  const healed = await resendDamaged(source, target, head, run)
  signal?.throwIfAborted()
  await askForeign(target, 'setRemoteHead', remote, head)
  return { head, ...added(sent, healed) }
}

/** Lets a side run the exchange itself if it can and the other side is a database of this process. */
function runOver(source: object, target: object, run: Run) {
  const [here, there] = [untouchedHandle(target), untouchedHandle(source)]
  if (here !== undefined) return runsOf(source)?.pullInto(here, run)
  if (there !== undefined) return runsOf(target)?.pushFrom(there, run)
  return undefined
}

function unheard(_report: unknown): void {
  // No listener was given.
}
