/**
 * Checks the options of `verify`, `backup` and `prune`.
 */

import {
  booleanOption,
  countOption,
  functionOption,
  type Options,
  refsArgument,
  signalOption
} from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { optionsOf } from '../base/known.js'
import type { Horizon } from '../base/reports.js'
import type { Pruning, Watching } from '../engine.js'

const month = 30 * 24 * 60 * 60 * 1000

/** More steps than a database can have revisions. */
const mostSteps = 2 ** 32 - 1

export function pruningOf(options: Options): Pruning {
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

export function watchingOf(options: Options): Watching {
  const onProgress = functionOption<Watching['onProgress']>(options, 'onProgress')
  return { signal: signalOption(options), onProgress: onProgress ?? unheard }
}

function unheard(_told: unknown): void {
  // Nobody asked.
}
