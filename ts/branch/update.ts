/**
 * `update`: computes new data from the head's, and starts over as long as somebody else moves the head meanwhile.
 *
 * Concurrent updates of one branch in this process take turns, since all but one of them would fail.
 * A turn ends before a promise of the user is awaited, so updates may be nested.
 */

import { booleanOption, type Options, signalOption } from '../base/arguments.js'
import { isThenable } from '../base/manner.js'
import type { Change } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Payload } from '../engine.js'
import { fromNative, native } from '../native.js'
import type { Handle } from './handle.js'
import { metaText } from './meta.js'
import { payloadOf, returnedPayload } from './payload.js'
import { type Ask, type Moved, unlessMoved, untilUnmoved } from './swap.js'
import type { EndTurn } from './turns.js'

/**
 * Writes the data that `change` returns for the head's data, as a revision that follows the head; returns its ref. The
 * signal ends every wait except that for the last write of an embedded database, whose outcome is reported.
 */
export function update<T>(handle: Handle, change: Change<T>, options: Options): Promise<Ref> {
  const signal = signalOption(options)
  const ifChanged = booleanOption(options, 'ifChanged', false)
  const meta = metaText(options['meta'], handle.meta, handle.strict)
  let again = false
  return untilUnmoved(async (ask) => {
    // An attempt that lost to a merge or to another process goes first in the queue; at its end it might lose for ever.
    const endTurn = await takeTurn(handle, signal, again)
    again = true
    try {
      return await updateOnce(handle, change, { ask, signal, endTurn, ifChanged, meta })
    } finally {
      endTurn()
    }
  })
}

/** The settings of one attempt. */
interface Once {
  readonly ask: Ask
  readonly signal: AbortSignal | undefined
  readonly endTurn: EndTurn
  readonly ifChanged: boolean
  readonly meta: string | undefined
}

async function updateOnce<T>(
  handle: Handle,
  change: Change<T>,
  { ask, signal, endTurn, ifChanged, meta }: Once
): Promise<Ref | Moved> {
  const { branch } = handle
  const head = await abortable(signal, () => handle.ask((engine) => engine.head(branch)))
  const data = head === null ? undefined : await abortable(signal, () => read<T>(handle, head))
  // Computed before `change` runs, since `change` may modify the data in place.
  const before = ifChanged && head !== null ? canonical(payloadOf(data)) : undefined
  const changed = await abortable(signal, () =>
    ask(() => {
      const changing = change(data, head)
      if (isThenable(changing)) endTurn()
      return changing
    })
  )
  const payload = returnedPayload('change', changed, handle.strict)
  if (head !== null && before !== undefined && canonical(payload) === before) return head
  const draft = { payload, ancestors: head === null ? [] : [head], meta }
  const move = { previousHead: head, moveHead: true, signal, isAttempt: true }
  return unlessMoved(handle.write((engine) => engine.put(branch, draft, move)))
}

async function takeTurn(
  handle: Handle,
  signal: AbortSignal | undefined,
  again: boolean
): Promise<EndTurn> {
  const turn = handle.turns.take(handle.branch, again)
  try {
    return await abortable(signal, () => turn)
  } catch (error) {
    void turn.then((endTurn) => endTurn())
    throw error
  }
}

/** The data of `ref`. */
function read<T>(handle: Handle, ref: Ref): Promise<T> {
  return handle.ask((engine) => engine.get(ref)) as Promise<T>
}

/** The canonical text of a root with this data: equal for equal data, different for JSON and binary. */
function canonical(payload: Payload): string {
  return fromNative(undefined, () => native.textOf(payload, [], Number.MAX_SAFE_INTEGER))
}
