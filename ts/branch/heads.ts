/**
 * Lists branches and remotes in pages, in the order of the UTF-8 bytes of their names.
 */

import { countOption, type Options, signalOption } from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { caught, eachOf } from '../base/each.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import { type HeadSpace, type NamedRef, type NameRange, namePartArgument } from '../base/names.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Handle } from './handle.js'

/** Branches that `eachBranch` reads at a time. */
const batchSize = 1024

/** The heads of one page, by name, in order, except that names that are whole numbers come first. */
export async function headsByName(
  handle: Handle,
  space: HeadSpace,
  options: Options
): Promise<Record<string, Ref>> {
  const range = rangeOf(options)
  const signal = signalOption(options)
  const heads = await abortable(signal, () =>
    handle.ask((engine) => engine.heads(space, range, signal))
  )
  const record: Record<string, Ref> = Object.create(null)
  for (const { name, ref } of heads) record[name] = ref
  return record
}

/** Iterates branches for `args`, those of `DB.eachBranch`. Wrong options are reported by `next`. */
export function eachBranchOf(
  handle: Handle,
  [given, ...surplus]: readonly unknown[]
): AsyncIterableIterator<NamedRef> {
  const askedOrThrow = caught(() => {
    const options = optionsOf(given, calls.eachBranch)
    refuseSecondOptions('eachBranch', surplus)
    return { range: rangeOf(options), signal: signalOption(options) }
  })
  return eachOf(() => {
    const { range, signal } = askedOrThrow()
    return { batches: pagesOf(handle, range, signal), signal }
  })
}

async function* pagesOf(
  handle: Handle,
  range: NameRange,
  signal: AbortSignal | undefined
): AsyncGenerator<readonly NamedRef[], undefined, undefined> {
  let { prefix, after, limit } = range
  while (limit > 0) {
    const most = Math.min(limit, handle.engine.listsByRange ? batchSize : limit)
    const page = { prefix, after, limit: most }
    const heads = await abortable(signal, () =>
      handle.ask((engine) => engine.heads('heads/', page, signal))
    )
    yield heads
    if (heads.length < most) return
    after = heads.at(-1)?.name
    limit -= heads.length
  }
}

/** The range that options ask for. */
export function rangeOf(options: Options): NameRange {
  const { prefix = '', after } = options
  return {
    prefix: namePartArgument(prefix, 'prefix'),
    after: after === undefined ? undefined : namePartArgument(after, 'after'),
    limit: countOption(options, 'limit', 0, Number.POSITIVE_INFINITY)
  }
}
