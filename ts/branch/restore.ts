/**
 * `restore`: puts the data of an older revision again, on top of the head.
 */

import type { Options } from '../base/arguments.js'
import { after } from '../base/awaitable.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Payload } from '../engine.js'
import { headMove } from './drafts.js'
import type { Handle } from './handle.js'
import { metaText } from './meta.js'

/** Puts the data of `ref` as a revision that follows the head; `options` are those of `restore`. */
export function restore(handle: Handle, ref: Ref, options: Options): Promise<Ref> {
  const meta = metaText(options['meta'], handle.meta, handle.strict)
  const move = headMove(options)
  if (handle.engine.restore !== undefined) {
    const { engine, branch } = handle
    return abortable(move.signal, () =>
      handle.write(() => engine.restore?.(branch, ref, meta, move) as Promise<Ref>)
    )
  }
  const put = (payload: Payload) => {
    move.signal?.throwIfAborted()
    const draft = { payload, meta, ancestors: undefined }
    return handle.write((engine) => engine.put(handle.branch, draft, move))
  }
  return abortable(move.signal, () =>
    handle.ask((engine) => after(engine.payload(ref, move.signal), put))
  )
}
