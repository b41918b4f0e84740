/**
 * Prunes an embedded database: one write decides which revisions are dead, then each of several writes removes some of
 * their records, with other writes in between.
 */

import type { PruneResult } from '../base/reports.js'
import type { Pruning, PruningRun } from '../engine.js'
import { addPrune, addSweep } from './batch.js'
import { type Many, refsOfMany, type Writes } from './writes.js'

/** The addon's result of a prune: revisions deleted, cut, waiting; bytes; records to remove; the refs. */
type Pruned = readonly [number, number, number, number, number, Many]
/** The addon's result of a step: records removed, bytes, records left, start of the next step. */
type Swept = readonly [number, number, number, number]

/** Deletes the revisions that may be deleted. */
export async function pruneEmbedded(
  writes: Writes,
  pruning: Pruning,
  { signal, onProgress, onFound }: PruningRun
): Promise<PruneResult> {
  onProgress({ phase: 'search', done: 0, total: 0, bytes: 0 })
  addPrune(writes.batch, pruning, onFound !== undefined)
  const [deleted, cut, waiting, counted, records, found] = await writes.submit<Pruned>()
  if (onFound !== undefined) for (const ref of await refsOfMany(found)) onFound(ref)
  const total = pruning.dryRun ? 0 : Math.max(deleted + cut, records)
  let [bytes, done, left, start] = [counted, 0, pruning.dryRun ? 0 : records, 0]
  while (left > 0) {
    signal?.throwIfAborted()
    onProgress({ phase: 'delete', done, total, bytes })
    addSweep(writes.batch, start)
    const [removed, freed, rest, next] = await writes.submit<Swept>()
    bytes += freed
    done += removed
    start = next
    left = removed > 0 ? rest : 0
  }
  if (total > 0) onProgress({ phase: 'delete', done: total, total, bytes })
  const hasHorizon = pruning.before !== undefined || pruning.depth !== undefined
  return { deleted, ...(hasHorizon ? { cut } : {}), waiting, bytes }
}
