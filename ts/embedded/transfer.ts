/**
 * Copies what is missing from one embedded database to another, in the batches of a binary stream
 * without encoding them as bytes. The next batch is read while others are written.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { tombstoneRefused } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { Received, Receiving } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import type { Cut } from '../wire/wire.js'
import { type End, freed, type Many, type Walks } from './walks.js'
import { takeCuts } from './wire.js'
import type { Writes } from './writes.js'

/** Approximate bytes of revisions that are read per call. */
const batchBytes = 1 << 18

/** The two databases, the walks of the source, and the way to write to the target. */
interface Sides {
  readonly source: NativeDatabase
  readonly target: NativeDatabase
  readonly writes: Writes
  readonly walks: Walks
}

/** No limits here, since the target applies its own; ancestors come first, so nothing waits for them. */
const unlimited = {
  maxRevisionBytes: Number.MAX_SAFE_INTEGER,
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxPendingBytes: 0
}

/** Copies `heads` and all that they reach. */
export async function receive(
  sides: Sides,
  heads: readonly Ref[],
  receiving: Receiving
): Promise<Received> {
  const { source, target, walks, writes } = sides
  const { signal, refusesTombstones } = receiving
  const ask = (end?: End) => native.missing(source, target, [...heads], end)
  const missing = await walks.ask(signal, ask, (it): Many => it)
  return await freed(missing, async () => {
    const { count, first } = await walks.read(() => native.tombstonesIn(source, missing.refs))
    if (refusesTombstones && count > 0) throw tombstoneRefused(first)
    const onBatch = (revisions: number, bytes: number) => {
      receiving.onBatch(revisions, bytes, missing.count)
    }
    const batches = batchesOf(sides, missing, signal)
    return await takeCuts({ db: target, writes }, batches, { ...unlimited, signal, onBatch })
  })
}

/** The batches of the found revisions, ancestors first, in stored form. */
async function* batchesOf(
  { source, walks }: Sides,
  { count: total, refs: found }: Many,
  signal: AbortSignal | undefined
): AsyncGenerator<Cut> {
  for (let start = 0; start < total; ) {
    signal?.throwIfAborted()
    const from = start
    const { frame, count, weight } = await walks.read(() =>
      native.tellFound(source, found, from, batchBytes)
    )
    if (frame !== undefined) yield { frame, count, weight }
    start += count
    await turn()
  }
}
