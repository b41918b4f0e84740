/**
 * Repairs the target of a synchronizer: sends revisions again that the target knows to be damaged, or that it got
 * without their data because that was erased elsewhere; if the source has them.
 */

import { hasMethod } from '../base/foreign.js'
import { abortable } from '../base/signal.js'
import { added } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { EngineReads, Tips } from '../engine.js'
import type { Run, Sent, Source, Target } from './exchange.js'
import { untouchedHandle } from './local.js'
import { hasOf, isUntellable, send } from './transfer.js'

const none: Sent = { revisions: 0, bytes: 0 }

/** The revisions of `target` that are damaged and can be repaired, ancestors first. */
export function damagedIn(target: object): Ref[] {
  const handle = untouchedHandle(target)
  if (handle === undefined || handle.isClosed) return []
  return handle.engine.damaged?.() ?? []
}

/**
 * Sends the target's damaged revisions and its tombstones from elsewhere, as far as the source has them. A source
 * without `has` is asked for those that `heads` reach according to the target's own graph.
 */
export async function resendDamaged<T>(
  source: Source<T>,
  target: Target<T>,
  heads: Tips,
  run: Run
): Promise<Sent> {
  const damaged = await thereOf(source, target, damagedIn(target), heads, run)
  const healed = damaged.length === 0 ? none : await send(source, target, damaged, run)
  const lacking = (await untouchedHandle(target)?.engine.tombstones?.(true)) ?? []
  const wanted = await thereOf(source, target, lacking, heads, run)
  return wanted.length === 0 ? healed : added(healed, await fill(source, target, wanted, run))
}

/** Those of the target's wanted `refs` that the source has. */
async function thereOf(
  source: object,
  target: object,
  refs: readonly Ref[],
  heads: Tips,
  { signal }: Run
): Promise<readonly Ref[]> {
  if (refs.length === 0) return refs
  const ours = untouchedHandle(source)
  if (ours === undefined && !hasMethod(source, 'has')) {
    return (await untouchedHandle(target)?.reached(refs, heads, signal)) ?? []
  }
  const there = await abortable(signal, () =>
    ours === undefined ? hasOf(source, refs) : dataIn(ours.engine, refs)
  )
  return refs.filter((_ref, place) => there[place])
}

/** Whether an engine has the data of each of `refs`. */
export async function dataIn(
  engine: EngineReads,
  refs: readonly Ref[],
  signal?: AbortSignal
): Promise<readonly boolean[]> {
  if (engine.dataOf === undefined) return engine.has(refs, signal)
  return (await engine.dataOf(refs, signal)).map((holding) => holding === 'data')
}

/**
 * Sends revisions, some of which the source may have erased or lack; finds the others by bisection.
 */
async function fill<T>(
  source: Source<T>,
  target: Target<T>,
  refs: readonly Ref[],
  run: Run
): Promise<Sent> {
  try {
    return await send(source, target, refs, run)
  } catch (error) {
    if (!isUntellable(error)) throw error
    if (refs.length === 1) return none
    const half = Math.ceil(refs.length / 2)
    const first = await fill(source, target, refs.slice(0, half), run)
    return added(first, await fill(source, target, refs.slice(half), run))
  }
}
