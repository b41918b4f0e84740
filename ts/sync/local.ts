/**
 * Databases of this process as the sides of a synchronizer: two of them exchange from engine to engine.
 */

import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import { Bound, type Handle } from '../branch/handle.js'
import type { Run, Sent } from './exchange.js'

/**
 * Sends `heads` from engine to engine. Returns `undefined` if a side is not a database of this process, has overridden
 * members, or its engine cannot.
 */
export async function transferNatively(
  source: object,
  target: object,
  heads: readonly Ref[],
  { signal, onProgress, refusesTombstones }: Run
): Promise<Sent | undefined> {
  const from = untouchedHandle(source)
  const to = untouchedHandle(target)
  if (from === undefined || to === undefined) return undefined
  from.check()
  if (from.engine === to.engine) return { revisions: 0, bytes: 0 }
  const onBatch = (done: number, bytes: number, total: number) => {
    onProgress({ phase: 'revisions', done, total, bytes })
  }
  const receiving = { signal, onBatch, refusesTombstones }
  return await abortable(signal, async () =>
    to.write((engine) => engine.receiveFrom?.(from.engine, heads, receiving) ?? none())
  )
}

/** The handle of a database, unless it has own properties, as a test double has. */
export function untouchedHandle(side: object): Handle | undefined {
  return Object.keys(side).length === 0 ? Bound.handleOf(side) : undefined
}

function none(): Promise<undefined> {
  return Promise.resolve(undefined)
}
