/**
 * Pruning an embedded database: one write decides what is dead, then one after the other removes some of
 * its records, with other writes between.
 */

import type { PruneResult } from '../base/reports.js'
import type { Pruning, PruningRun } from '../engine.js'
import { addPrune, addSweep } from './batch.js'
import { type Many, refsOfMany, type Writes } from './writes.js'

/** What the addon tells of a prune: revisions deleted, cut, waiting; bytes; records to be removed; which revisions. */
type Pruned = readonly [number, number, number, number, number, Many]
/** What the addon tells of a step: records removed, bytes, records left, where the next one starts. */
type Swept = readonly [number, number, number, number]

/** Deletes what may be deleted. */
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
