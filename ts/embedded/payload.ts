/**
 * Large data, from the native engine.
 */

import type { Ref } from '../base/types.js'
import type { OpenPayload } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import type { End, Walks } from './walks.js'

/** What the addon returns. */
type InMemory = Awaited<ReturnType<typeof native.openPayload>>

/** Reads the data of a revision into memory, off the event loop. */
export async function openPayload(
  db: NativeDatabase,
  ref: Ref,
  signal: AbortSignal | undefined,
  walks: Walks
): Promise<OpenPayload> {
  const open = (end?: End) => native.openPayload(db, ref, end)
  return await walks.ask<InMemory, OpenPayload>(signal, open, ({ size, isBinary, payload }) => ({
    size,
    isBinary,
    piece: (from, count) => native.pieceOfPayload(payload, from, count),
    close: () => native.endPayload(payload)
  }))
}
