/**
 * `history`: the revisions of a branch or a ref, one after the other, newest first.
 */

import {
  booleanOption,
  countOption,
  isOptions,
  type Options,
  refArgument,
  refsArgument,
  signalOption
} from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { caught, eachOf } from '../base/each.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import { abortable } from '../base/signal.js'
import type { Ref, Revision } from '../base/types.js'
import type { HistoryRange } from '../engine.js'
import { firstParents } from './first-parents.js'
import type { Handle } from './handle.js'

/** The range of one call; `to` is `undefined` for the head. */
interface Walk extends Omit<HistoryRange, 'to'> {
  readonly to: Ref | undefined
  readonly firstParent: boolean
  readonly signal: AbortSignal | undefined
}

/** Iterates the history for `args`, those of `DB.history`. Wrong arguments are reported by `next`. */
export function historyOf<T>(
  handle: Handle,
  args: readonly unknown[]
): AsyncIterableIterator<Revision<T>> {
  const walkOrThrow = caught(() => walkOf(args))
  return eachOf(() => {
    const walk = walkOrThrow()
    return { batches: batchesOf<T>(handle, walk), signal: walk.signal }
  })
}

async function* batchesOf<T>(
  handle: Handle,
  { to: ref, firstParent, signal, ...asked }: Walk
): AsyncGenerator<Revision<T>[], undefined, undefined> {
  const to = ref ?? (await abortable(signal, () => handle.ask((e) => e.head(handle.branch))))
  if (to === null) return
  await abortable(signal, () => handle.ask(() => undefined))
  const range = { to, ...asked }
  const { engine } = handle
  const walk = firstParent ? firstParents(engine, range, signal) : engine.history(range, signal)
  const batches = walk[Symbol.asyncIterator]()
  try {
    for (;;) {
      handle.check()
      const step = await abortable(signal, () => batches.next())
      if (step.done) return
      yield step.value as Revision<T>[]
    }
  } finally {
    batches.return?.()?.catch(() => undefined)
  }
}

function walkOf(args: readonly unknown[]): Walk {
  const fromHead = args.length === 0 || (args.length === 1 && isOptions(args[0]))
  const options = optionsOf(fromHead ? args[0] : args[1], calls.history)
  refuseSecondOptions('history', args.slice(2))
  return {
    to: fromHead ? undefined : refArgument(args[0], 'ref'),
    until: untilOption(options),
    withData: booleanOption(options, 'data', true),
    firstParent: booleanOption(options, 'firstParent', false),
    limit: countOption(options, 'limit', 0, Number.POSITIVE_INFINITY),
    signal: signalOption(options)
  }
}

/** The option `until`. It needs a ref, so `undefined` is refused if the option is present. */
function untilOption(options: Options): Ref[] {
  if (!('until' in options)) return []
  const { until } = options as { until: unknown }
  return refsArgument(until, 'until')
}
