/**
 * The members of a database that give space back: what they delete is deleted for good.
 */

import {
  booleanOption,
  countOption,
  functionOption,
  type Options,
  refArgument,
  refsArgument,
  signalOption
} from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { optionsOf } from './base/known.js'
import type {
  CompactResult,
  Horizon,
  PruneOptions,
  PruneProgress,
  PruneResult
} from './base/reports.js'
import { abortable } from './base/signal.js'
import type { Callback, Ref } from './base/types.js'
import type { Pruning } from './engine.js'
import { Peers } from './peers.js'

const month = 30 * 24 * 60 * 60 * 1000

/** More steps than a database has revisions. */
const mostSteps = 2 ** 32 - 1

/** Gives space back, and all that `Peers` does. */
export class Space<T> extends Peers<T> {
  /**
   * Erases the data of one revision for good. Its place in the history stays and can be verified,
   * since a ref hashes the hash of the data and not the data: `has` is true, and the graph answers as
   * before. What needs the data (`get`, `getMany`, `revision`, `history`, `createStream`, a merge)
   * fails with `HISTO_SHALLOW`. Erasing it again does nothing. Putting the same revision writes it
   * anew in its place; a stream or a synchronizer that brings it does not.
   *
   * On a path the bytes may stay in free pages of the file until they are written over, or until
   * `compact`. Replicas are not told.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_CORRUPT` if it is damaged, so that its hash cannot
   *   be told; `HISTO_STORE` over stores of your own
   */
  erase(ref: Ref): Promise<void>
  erase(ref: Ref, callback: Callback<void>): void
  erase(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 1 }, () => {
      const ref = refArgument(args[0], 'ref')
      return this.handle.write((engine) => engine.erase(ref))
    })
  }

  /**
   * Makes the file of a database on a path as small as what is in it: writes it anew, in order, and puts
   * it in the place of the old one. What was erased or pruned is not in the new file. All databases of
   * this process that have the path open go on; no other process may have it open. An interruption
   * leaves the old file or the new one, whole. In memory there is nothing to do.
   *
   * Cost: reads and writes all of the file, while other writes wait, and needs as much space again; then
   * the database is opened anew, some 80 ns a revision, while reads wait too.
   *
   * @throws {HistoError} `HISTO_LOCKED` if another process has the path open, or a backup is under way;
   *   `HISTO_FULL`; `HISTO_STORE` over stores of your own
   */
  compact(): Promise<CompactResult>
  compact(callback: Callback<CompactResult>): void
  compact(...args: unknown[]): Promise<CompactResult> | undefined {
    return respond(args, { most: 0 }, () => this.handle.write((engine) => engine.compact()))
  }

  /**
   * Deletes revisions that no head of any branch, no remote head and no ref of `keep` reaches, and that
   * an earlier `prune` found to be so at least `grace` ago. What is put again, or named by `setHead`,
   * counts as new. Space in the file is used again by later writes; `compact` gives it back.
   *
   * With a `horizon` it also cuts away history that is older, although heads reach it, at once and whatever
   * the `grace`. What names something that was cut away stays whole, `ancestors` included. What was cut
   * away is `HISTO_SHALLOW` to every call that needs it, and so is each answer that depends on it; all others
   * are what they were. What a known remote has not got, as far as its remote head tells, is not cut away
   * unless `force` is set. It cannot be written again into this database; other replicas keep theirs.
   *
   * What is deleted is gone at once and together; its space is given back in steps, with other writes
   * between. An interruption loses nothing: the next `prune` goes on with them.
   *
   * Cost: a look at each revision, some 50 ns, that holds up other writes; then a commit for 4,096
   * revisions or 8 MiB. With a horizon some 1 us more for each revision that it cuts away.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND` if a ref of `keep` or `horizon` is not there, `HISTO_SHALLOW` if
   *   it was cut away; `HISTO_CORRUPT` if a revision that the new boundary names is damaged: it cannot be
   *   told any more what its ref is the hash of; `HISTO_STORE` for a `horizon` over stores of your own
   */
  prune(options?: PruneOptions): Promise<PruneResult>
  prune(callback: Callback<PruneResult>): void
  prune(options: PruneOptions | undefined, callback: Callback<PruneResult>): void
  prune(...args: unknown[]): Promise<PruneResult> | undefined {
    return respond(args, { most: 1 }, () => {
      const options = optionsOf(args[0], calls.prune)
      const signal = signalOption(options)
      const onProgress = functionOption<(progress: PruneProgress) => void>(options, 'onProgress')
      const run = { signal, onProgress: onProgress ?? (() => undefined) }
      const pruning = pruningOf(options)
      return abortable(signal, () => this.handle.write((engine) => engine.prune(pruning, run)))
    })
  }
}

function pruningOf(options: Options): Pruning {
  const { keep } = options as { keep?: unknown }
  return {
    now: Date.now(),
    grace: countOption(options, 'grace', 0, month),
    dryRun: booleanOption(options, 'dryRun', false),
    keep: keep === undefined ? [] : refsArgument(keep, 'keep'),
    ...horizonOf(options),
    force: booleanOption(options, 'force', false)
  }
}

/** Exactly one of `before` and `depth`, or neither without a horizon. */
function horizonOf(options: Options): Pick<Pruning, 'before' | 'depth'> {
  const { horizon: given } = options as { horizon?: Horizon | undefined }
  if (given === undefined) return { before: undefined, depth: undefined }
  const horizon = optionsOf(given, calls.horizon)
  const { before, depth: steps } = horizon as { before?: unknown; depth?: unknown }
  if ((before === undefined) === (steps === undefined)) {
    throw new TypeError('horizon must be an object with either before or depth')
  }
  if (before !== undefined) return { before: refsArgument(before, 'before'), depth: undefined }
  const depth = countOption(horizon, 'depth', 1, 1)
  return { before: undefined, depth: Math.min(depth, mostSteps) }
}
