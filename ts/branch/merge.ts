/**
 * `merge`: joins a revision into the head, and starts over as long as somebody else moves the head meanwhile.
 */

import { calls } from '../base/calls.js'
import type { MergeOptions } from '../base/json.js'
import type { HeldText, MergedTexts } from '../base/json-rules.js'
import { optionsOf } from '../base/known.js'
import type { MergeInput, MergeRefs, MergeResult, Resolve } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Engine, HeadMove, Payload } from '../engine.js'
import { type JsonMerge, jsonMergeOf, settled } from '../json/json-merge.js'
import { mergedOf, rulesOf } from '../json/merge.js'
import type { Handle } from './handle.js'
import { type MetaSource, metaText } from './meta.js'
import { payloadOf, returnedPayload } from './payload.js'
import { type Ask, Moved, unlessMoved, untilUnmoved } from './swap.js'
import { VirtualBases } from './virtual-base.js'

/** The settings of a merge; its meta is not checked yet. */
interface Merging {
  readonly signal: AbortSignal | undefined
  readonly meta?: unknown
  /** In place of the option `meta` of the database. */
  readonly usual?: MetaSource | undefined
}

/**
 * Merges `ref` into the head of the handle's branch. The signal ends every wait except that for the
 * last write of an embedded database, whose outcome is reported.
 */
export function merge<T>(
  handle: Handle,
  ref: Ref,
  resolve: Resolve<T>,
  { signal, meta: given, usual = handle.meta }: Merging
): Promise<MergeResult> {
  const meta = metaText(given, usual, handle.strict)
  return untilUnmoved(async (ask) => {
    const { branch } = handle
    const ours = await abortable(signal, () => handle.ask((engine) => engine.head(branch)))
    if (ours === null) return fastForward(handle, ref, null, signal)
    const bases = await abortable(signal, () =>
      handle.ask((engine) => engine.mergeBases(ours, ref, signal))
    )
    if (bases[0] === ref) return { kind: 'up-to-date', ref: ours }
    if (bases[0] === ours) return fastForward(handle, ref, ours, signal)
    const refs = { bases, ours, theirs: ref }
    const made = await madeOf(handle, refs, { resolve, ask, signal })
    const ancestors = [ours, ref]
    const move: HeadMove = {
      previousHead: ours,
      moveHead: true,
      signal,
      by: { action: 'merge' },
      isAttempt: true
    }
    const put = (engine: Engine) =>
      'held' in made
        ? (engine.putHeld?.(branch, { payload: made.held, ancestors, meta }, move) as Promise<Ref>)
        : engine.put(branch, { payload: made.payload, ancestors, meta }, move)
    const merged = await unlessMoved(handle.write(put))
    return merged instanceof Moved ? merged : { kind: 'merge', ref: merged }
  })
}

async function fastForward(
  handle: Handle,
  ref: Ref,
  ours: Ref | null,
  signal: AbortSignal | undefined
): Promise<MergeResult | Moved> {
  const { branch } = handle
  const moved = await unlessMoved(
    handle.write((engine) => engine.setHead(branch, ref, ours, signal, { action: 'fast-forward' }))
  )
  return moved instanceof Moved ? moved : { kind: 'fast-forward', ref }
}

/** How the data of a merge is made. */
interface Resolving<T> {
  readonly resolve: Resolve<T>
  readonly ask: Ask
  readonly signal: AbortSignal | undefined
}

/** The data of a merge: a text that the engine holds, or a payload. */
type Made = { readonly held: HeldText } | { readonly payload: Payload }

/** The data of the revision that joins both sides; made from the stored texts if that is enough. */
async function madeOf<T>(
  handle: Handle,
  refs: MergeRefs,
  { resolve, ask, signal }: Resolving<T>
): Promise<Made> {
  const json = jsonMergeOf(resolve)
  const texts = json && (await abortable(signal, () => mergedTexts(handle, refs, json)))
  if (json !== undefined && texts) {
    if ('held' in texts) return texts
    const merged = mergedOf(texts.data, texts.conflicts)
    const data = await abortable(signal, () => ask(() => settled(json, merged)))
    return { payload: payloadOf(data, handle.strict) }
  }
  const input = await abortable(signal, () => inputOf<T>(handle, refs, signal))
  const data = await abortable(signal, () => ask(() => resolve(input)))
  return { payload: returnedPayload('resolve', data, handle.strict) }
}

/** The merge of the stored texts; `undefined` if there are several bases, or the engine cannot merge texts. */
async function mergedTexts(
  handle: Handle,
  { bases, ours, theirs }: MergeRefs,
  { rules }: JsonMerge
): Promise<MergedTexts | null | undefined> {
  if (bases.length > 1) return undefined
  const refs = { base: bases[0], ours, theirs }
  return await handle.ask((engine) => engine.mergedTexts?.(refs, rules))
}

/** Reads the data of both sides and of their bases in one call. */
async function inputOf<T>(
  handle: Handle,
  refs: MergeRefs,
  signal: AbortSignal | undefined
): Promise<MergeInput<T>> {
  const all = [refs.ours, refs.theirs, ...refs.bases]
  const data = (await handle.ask((engine) => engine.getMany(all, undefined))) as T[]
  const [ours, theirs, ...bases] = data as [T, T, ...T[]]
  const virtualBase = async (options?: MergeOptions) => {
    const given = optionsOf(options, calls.virtualBase)
    rulesOf(given) // refuses wrong ones, also where there is nothing to merge
    return (await new VirtualBases(handle, given, signal).of(refs.bases)) as T | undefined
  }
  const input: Omit<MergeInput<T>, 'refs' | 'virtualBase'> = { base: bases[0], bases, ours, theirs }
  const more = {
    refs: { value: refs },
    virtualBase: { value: virtualBase }
  }
  return Object.defineProperties(input as MergeInput<T>, more)
}
