/**
 * Carrying what is missing from one embedded database to another as bytes, ancestors first, in
 * batches that are verified and committed one by one. The next batch is read while one is written.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { counted, tombstoneRefused } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { Received, Receiving } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import { addRun } from './batch.js'
import { type Question, type Walks, withdraw } from './walks.js'
import type { Writes } from './writes.js'

/** About so many bytes travel at once. */
const runBytes = 1 << 18

/** The two databases, the walks of the source, and the way to write to the target. */
export interface Sides {
  readonly source: NativeDatabase
  readonly target: NativeDatabase
  readonly writes: Writes
  readonly walks: Walks
}

/** Takes in `head` and all that it reaches. */
export async function receive(sides: Sides, head: Ref, receiving: Receiving): Promise<Received> {
  const { source, target, walks } = sides
  const missing = await walks.read(() => native.missing(source, target, head))
  try {
    await walks.answered(missing, receiving.signal)
    return await carry(sides, missing, receiving)
  } finally {
    withdraw(missing)
  }
}

async function carry(
  { source, writes, walks }: Sides,
  missing: Question,
  { signal, onBatch, refusesTombstones }: Receiving
): Promise<Received> {
  const total = await walks.read(() => native.countOf(missing))
  const { count: tombstones, first } = await walks.read(() => native.tombstonesIn(source, missing))
  if (refusesTombstones && tombstones > 0) throw tombstoneRefused(first)
  const intake = native.intake(0)
  const read = (start: number) =>
    walks.read(() => native.exportRun(source, missing, start, runBytes))
  let revisions = 0
  let bytes = 0
  let next = total > 0 ? await read(0) : undefined
  while (next !== undefined) {
    signal?.throwIfAborted()
    addRun(writes.batch, intake, next.frames)
    const written = writes.submit()
    revisions += next.count
    bytes += next.payloadBytes
    written.catch(() => undefined) // awaited below; reading the next run may throw first
    await turn()
    next = revisions < total ? await read(revisions) : undefined
    await written
    onBatch(revisions, bytes, total)
  }
  return { revisions, bytes, ...counted(tombstones) }
}
