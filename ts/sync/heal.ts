/**
 * What a synchronizer does beside sending what is new: revisions that the target knows to be damaged are
 * sent again, and written anew in their places.
 */

import { hasMethod } from '../base/foreign.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Run, Sent, Source, Target } from './exchange.js'
import { untouchedHandle } from './local.js'
import { hasOf, send } from './transfer.js'

/** The revisions of `target` that are damaged and could be written anew, ancestors first. */
export function damagedIn(target: object): Ref[] {
  const handle = untouchedHandle(target)
  if (handle === undefined || handle.isClosed) return []
  return handle.engine.damaged?.() ?? []
}

/**
 * Sends what of the target is damaged and the source has. A source that cannot tell what it has is asked
 * for what `head` reaches, which the target's own graph knows.
 */
export async function heal<T>(
  source: Source<T>,
  target: Target<T>,
  head: Ref,
  run: Run
): Promise<Sent> {
  const damaged = damagedIn(target)
  const none = { revisions: 0, bytes: 0 }
  if (damaged.length === 0) return none
  const there = await abortable(run.signal, () =>
    hasMethod(source, 'has') ? hasOf(source, damaged) : reached(target, damaged, head)
  )
  const refs = damaged.filter((_ref, place) => there[place])
  return refs.length === 0 ? none : await send(source, target, refs, run)
}

async function reached(target: object, refs: readonly Ref[], head: Ref): Promise<boolean[]> {
  const engine = untouchedHandle(target)?.engine
  const reaches: boolean[] = []
  for (const ref of refs) {
    reaches.push((await engine?.isAncestor(ref, head, undefined)) ?? false)
  }
  return reaches
}
