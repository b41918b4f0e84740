/**
 * `update`: new data from the head's, again for as long as somebody else moves the head meanwhile.
 */

import type { Handle } from './handle.js'
import type { Change } from './options.js'
import { payloadOf } from './payload.js'
import { abortable } from './signal.js'
import { unlessMoved, untilUnmoved } from './swap.js'
import type { Ref } from './types.js'

/**
 * Writes what `change` makes of the head's data as a revision that follows the head; the ref. The
 * signal ends every wait but that for the last write, whose outcome is always told.
 */
export function update<T>(
  handle: Handle,
  change: Change<T>,
  signal: AbortSignal | undefined
): Promise<Ref> {
  return untilUnmoved(async () => {
    const { branch } = handle
    const head = await abortable(signal, () => handle.ask((engine) => engine.head(branch)))
    const data = head === null ? undefined : await abortable(signal, () => read<T>(handle, head))
    const changed = await abortable(signal, async () => await change(data, head))
    const draft = { payload: payloadOf(changed), ancestors: head === null ? [] : [head] }
    const move = { previousHead: head, moveHead: true }
    return unlessMoved(handle.write((engine) => engine.put(branch, draft, move)))
  })
}

/** The data of `ref`. */
function read<T>(handle: Handle, ref: Ref): Promise<T> {
  return handle.ask((engine) => engine.get(ref)) as Promise<T>
}
