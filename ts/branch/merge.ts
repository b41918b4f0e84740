/**
 * `merge`: joins a revision into the head, again for as long as somebody else moves it meanwhile.
 */

import type { MergeInput, MergeResult, Resolve } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Handle } from './handle.js'
import { payloadOf } from './payload.js'
import { Moved, unlessMoved, untilUnmoved } from './swap.js'

/**
 * Merges `ref` into the head of the handle's branch. The signal ends every wait but that for the
 * last write of an embedded database, whose outcome is reported.
 */
export function merge<T>(
  handle: Handle,
  ref: Ref,
  resolve: Resolve<T>,
  signal: AbortSignal | undefined
): Promise<MergeResult> {
  return untilUnmoved(async (ask) => {
    const { branch } = handle
    const ours = await abortable(signal, () => handle.ask((engine) => engine.head(branch)))
    if (ours === null) return fastForward(handle, ref, null, signal)
    const bases = await abortable(signal, () =>
      handle.ask((engine) => engine.mergeBases(ours, ref, signal))
    )
    if (bases[0] === ref) return { kind: 'up-to-date', ref: ours }
    if (bases[0] === ours) return fastForward(handle, ref, ours, signal)
    const input = await abortable(signal, () => inputOf<T>(handle, ours, ref, bases))
    const payload = payloadOf(
      await abortable(signal, () => ask(() => resolve(input))),
      handle.strict
    )
    const draft = { payload, ancestors: [ours, ref] }
    const move = { previousHead: ours, moveHead: true, signal }
    const merged = await unlessMoved(handle.write((engine) => engine.put(branch, draft, move)))
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
    handle.write((engine) => engine.setHead(branch, ref, ours, signal))
  )
  return moved instanceof Moved ? moved : { kind: 'fast-forward', ref }
}

/** Reads the data of both sides and of their bases in one go. */
async function inputOf<T>(
  handle: Handle,
  ours: Ref,
  theirs: Ref,
  bases: readonly Ref[]
): Promise<MergeInput<T>> {
  const refs = [ours, theirs, ...bases]
  const data = (await handle.ask((engine) => engine.getMany(refs, undefined))) as T[]
  const [oursData, theirsData, ...basesData] = data as [T, T, ...T[]]
  return { base: basesData[0], bases: basesData, ours: oursData, theirs: theirsData }
}
