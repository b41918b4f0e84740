/**
 * The log of the heads: `log` reads it, `undo` and `redo` step back and forth in it.
 */

import { countOption, type Options, previousHeadArgument, signalOption } from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { caught, eachOf } from '../base/each.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import { noLogId } from '../base/log-ids.js'
import { nameArgument } from '../base/names.js'
import type { LogEntry } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { LogQuestion, Travel } from '../engine.js'
import type { Handle } from './handle.js'

/** Moves that are read per call. */
const page = 256
/** The largest count that the addon takes. */
const mostSteps = 2 ** 32 - 1

/** Iterates the log for `args`, those of `DB.log`. Wrong options are reported by `next`. */
export function logOf(
  handle: Handle,
  [given, ...surplus]: readonly unknown[]
): AsyncIterableIterator<LogEntry> {
  const askedOrThrow = caught(() => {
    const options = optionsOf(given, calls.log)
    refuseSecondOptions('log', surplus)
    return { question: questionOf(options), signal: signalOption(options) }
  })
  return eachOf(() => {
    const { question, signal } = askedOrThrow()
    return { batches: partsOf(handle, question, signal), signal }
  })
}

function questionOf(options: Options): LogQuestion {
  const { branch, before } = options
  if (before !== undefined && (typeof before !== 'string' || before === '')) {
    throw new TypeError('before must be the id of a move')
  }
  return {
    branch: branch === undefined ? undefined : nameArgument(branch, 'branch'),
    before,
    limit: countOption(options, 'limit', 0, Number.POSITIVE_INFINITY)
  }
}

async function* partsOf(
  handle: Handle,
  { branch, before: start, limit }: LogQuestion,
  signal: AbortSignal | undefined
): AsyncGenerator<readonly LogEntry[], undefined, undefined> {
  const read = (question: LogQuestion) =>
    abortable(signal, () => handle.ask((engine) => engine.logPart(question)))
  let [left, before] = [limit, start]
  if (start !== undefined) {
    // Ids of a store of the user's may have any form, but none sorts after its newest.
    const [newest] = (await read({ branch: undefined, before: undefined, limit: 1 })).entries
    if (newest !== undefined && start > newest.id) throw noLogId(start)
  }
  while (left > 0) {
    const part = await read({ branch, before, limit: Math.min(left, page) })
    yield part.entries
    if (part.next === undefined) return
    left -= part.entries.length
    before = part.next
  }
}

/** Undoes moves of the branch's head, or makes them again. */
export function travel(handle: Handle, way: Travel['way'], given: unknown): Promise<Ref | null> {
  const options = optionsOf(given, calls[way])
  const steps = countOption(options, 'steps', 1, 1)
  if (steps > mostSteps) throw new TypeError(`steps must be at most ${mostSteps}`)
  const { previousHead } = options as { previousHead?: Ref | null }
  const signal = signalOption(options)
  const asked = { way, steps, previousHead: previousHeadArgument(previousHead), signal }
  return abortable(signal, () => handle.write((engine) => engine.travel(handle.branch, asked)))
}
