/**
 * The changes of a value in a history, read in parts with a turn of the event loop in between.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { parseMarked } from '../base/parse.js'
import type { ChangedValue, ChangesRange } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import type { End, Walks } from './walks.js'

/** A change as the addon reports it. */
type NativeChange = Awaited<ReturnType<typeof native.changesInHistory>>['changed'][number]

/** Milliseconds that a part should take. */
const longest = 10
/** How many revisions a part has at first, and at most. */
const [first, most] = [16, 4096]

/** Revisions that changed a value, newest first, in parts; sees the graph as it is at the first one. */
export async function* readChanges(
  db: NativeDatabase,
  { to, keys, limit }: ChangesRange,
  signal: AbortSignal | undefined,
  walks: Walks
): AsyncGenerator<ChangedValue[]> {
  const history = await walks.read(() => native.history(db, [to], []))
  try {
    let size = first
    for (let left = limit; left > 0; ) {
      signal?.throwIfAborted()
      const began = performance.now()
      const search = (end?: End) =>
        native.changesInHistory(db, history, size, [...keys], Math.min(left, most), end)
      const { changed, looked } = await walks.ask(signal, search, (answer) => answer)
      if (looked === 0) return
      const took = performance.now() - began
      if (took < longest / 2) size = Math.min(2 * size, most)
      else if (took > longest) size = Math.ceil(size / 2)
      left -= changed.length
      yield changed.map(readValues)
      if (left > 0) await turn()
    }
  } finally {
    native.endHistory(history)
  }
}

function readValues({ ref, before, after }: NativeChange): ChangedValue {
  return { ref, before: readValue(before), after: readValue(after) }
}

function readValue(value: string | Uint8Array | undefined): unknown {
  return typeof value === 'string' ? parseMarked(value) : value
}
