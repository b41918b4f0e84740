/**
 * `restore`: the data of an older revision once more, on top of the head.
 */

import type { Options } from '../base/arguments.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { HeadMove } from '../engine.js'
import { headMove } from './drafts.js'
import type { Handle } from './handle.js'
import { metaText } from './meta.js'

/** Puts the data of `ref` as a revision that follows the head; `options` are those of `restore`. */
export function restore(handle: Handle, ref: Ref, options: Options): Promise<Ref> {
  const meta = metaText(options['meta'], handle.meta, handle.strict)
  const move = headMove(options)
  return abortable(move.signal, () => restored(handle, ref, { meta, move }))
}

async function restored(
  handle: Handle,
  ref: Ref,
  { meta, move }: { readonly meta: string | undefined; readonly move: HeadMove }
): Promise<Ref> {
  const payload = await handle.ask((engine) => engine.payload(ref, move.signal))
  move.signal?.throwIfAborted()
  const draft = { payload, meta, ancestors: undefined }
  return await handle.write((engine) => engine.put(handle.branch, draft, move))
}
