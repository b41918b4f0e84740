/**
 * The options of `list` and the question of `getDeltaChannelHistory`, checked.
 */

import { countOption, described, isRecord } from '../base/arguments.js'
import { type Known, known, optionsOf } from '../base/known.js'
import { askedBy } from './configs.js'
import type { DeltaChannelQuestion, ThreadConfig, ThreadListOptions } from './types.js'

/** The options that `list` knows. */
export const listCall: Known = known<ThreadListOptions>('list', {
  limit: 'optional',
  before: 'optional',
  filter: 'optional'
})

/** The members that a question of `getDeltaChannelHistory` has. */
export const questionCall: Known = known<Partial<DeltaChannelQuestion>>('getDeltaChannelHistory', {
  config: 'guard',
  channels: 'guard'
})

/** What `list` is asked for. */
interface Listed {
  readonly limit: number
  /** Only checkpoints with smaller ids. */
  readonly before: string | undefined
  readonly filter: ThreadListOptions['filter']
}

/** Checks the options of `list`. */
export function listArguments(given: unknown): Listed {
  const options = optionsOf(given, listCall)
  const { before, filter } = options as ThreadListOptions
  if (filter !== undefined && !isRecord(filter)) {
    throw new TypeError(`filter must be an object, not ${described(filter)}`)
  }
  return {
    limit: countOption(options, 'limit', 0, Number.POSITIVE_INFINITY),
    before: before === undefined ? undefined : askedBy(before).id,
    filter
  }
}

/** Checks the question of `getDeltaChannelHistory`. */
export function questionArgument(given: unknown): DeltaChannelQuestion {
  const { config, channels } = optionsOf(given, questionCall)
  if (!Array.isArray(channels)) {
    throw new TypeError(`channels must be an array of names, not ${described(channels)}`)
  }
  return { config: config as ThreadConfig, channels: channels as string[] }
}
