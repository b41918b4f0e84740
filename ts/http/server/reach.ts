/**
 * Limits readers to what the head of the handler's branch reaches. Anything else looks as if it did not exist.
 */

import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'

/** Whether the head reaches each of `refs`; false without a head. */
export async function reachedByHead(
  handle: Handle,
  refs: readonly Ref[],
  signal: AbortSignal
): Promise<boolean[]> {
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head === null) return refs.map(() => false)
  if (refs.every((ref) => ref === head)) return refs.map(() => true)
  return abortable(signal, () => handle.ask((engine) => engine.reachedBy(head, refs, signal)))
}
