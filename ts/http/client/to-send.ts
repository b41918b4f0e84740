/**
 * The revisions that a push sends.
 */

import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { Tips } from '../../engine.js'

/** What `to` but not `from` reaches, ancestors first; also what the other side may lack if history was cut away. */
export async function toSend(
  handle: Handle,
  from: readonly Ref[],
  to: Tips,
  signal: AbortSignal | undefined
): Promise<Ref[]> {
  const newestFirst = await abortable(signal, () =>
    handle.ask((engine) =>
      engine.toSend === undefined
        ? engine.refDifference(from, to, signal)
        : engine.toSend(from, to, signal)
    )
  )
  return newestFirst.toReversed()
}
