/**
 * Turns the arguments of `put` and `putMany` into drafts for an engine; checks which revisions exist.
 */

import {
  ancestorsArgument,
  booleanOption,
  isOptions,
  isRecord,
  type Options,
  previousHeadArgument,
  signalOption
} from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { HistoError, withIndex } from '../base/errors.js'
import { refuseUnknown } from '../base/known.js'
import type { Meta, Ref } from '../base/types.js'
import type { Awaitable, Draft, DraftRun, EngineReads, HeadMove, Holding } from '../engine.js'
import type { Handle } from './handle.js'
import { metaText } from './meta.js'
import { payloadOf } from './payload.js'
import { Runs } from './runs.js'

/** The move of a put with only data. */
export const plainMove: HeadMove = Object.freeze({ previousHead: undefined, moveHead: true })

export function needed(head: Ref | null, branch: string): Ref {
  if (head !== null) return head
  throw new HistoError('HISTO_NO_HEAD', `the branch '${branch}' has no head`, { key: branch })
}

/** The ancestors and options of a call. An options object may take the place of the ancestors. */
export function optionalAncestors(args: readonly unknown[]): readonly [unknown, unknown] {
  const [, second, third] = args
  if (!isOptions(second)) return [second, third]
  if (third === undefined) return [undefined, second]
  throw new TypeError('ancestors must be an array of refs, not an object')
}

export function headMove(options: Options): HeadMove {
  const { previousHead: previous } = options as { previousHead?: unknown }
  const previousHead = previousHeadArgument(previous)
  const moveHead = booleanOption(options, 'moveHead', true)
  if (!moveHead && previousHead !== undefined) {
    throw new TypeError('previousHead has no meaning where moveHead is false')
  }
  return { previousHead, moveHead, signal: signalOption(options) }
}

export function itemsArgument(items: unknown): readonly unknown[] {
  if (Array.isArray(items)) return items
  throw new TypeError('items must be an array of { data, ancestors?, meta? }')
}

/** Makes each draft when the engine asks for it, so that the first ones can be written meanwhile. */
export function* draftsOf(
  items: readonly unknown[],
  { strict, meta: usual }: Handle,
  withRuns: boolean
): Generator<Draft | DraftRun> {
  const under = typeof usual === 'function' ? usual() : usual
  const runs = withRuns && !strict && under === undefined ? new Runs(items) : undefined
  for (let at = 0; at < items.length; ) {
    const run = runs?.from(at)
    yield run ?? numberedDraft(items[at], at, under, strict)
    at += run?.count ?? 1
  }
}

/** The draft of an item; an error has the item's number as `index`. */
function numberedDraft(
  item: unknown,
  index: number,
  under: Meta | undefined,
  strict: boolean
): Draft {
  try {
    return draftOf(item, under, strict)
  } catch (error) {
    throw error instanceof Error ? withIndex(error, index) : error
  }
}

function draftOf(item: unknown, under: Meta | undefined, strict: boolean): Draft {
  if (!isRecord(item)) throw new TypeError('each of items must be { data, ancestors?, meta? }')
  refuseUnknown(item, calls.item)
  const { data, ancestors, meta } = item as Partial<Record<'data' | 'ancestors' | 'meta', unknown>>
  return {
    payload: payloadOf(data, strict),
    ancestors: ancestorsArgument(ancestors),
    meta: metaText(meta, under, strict)
  }
}

/** Whether each exists; tombstones from elsewhere do not count. */
export function hasHere(
  engine: EngineReads,
  refs: readonly Ref[],
  signal: AbortSignal | undefined
): Awaitable<boolean[]> {
  if (engine.dataOf === undefined || engine.tombstonesVersion?.() === 0) {
    return engine.has(refs, signal)
  }
  const isHere = (holdings: Holding[]) =>
    holdings.map((holding) => holding === 'data' || holding === 'erased')
  const holdings = engine.dataOf(refs, signal)
  return Array.isArray(holdings) ? isHere(holdings) : holdings.then(isHere)
}
