/** npm `lmdb`: it gathers puts in transactions by itself; `flushed` says when they are on disk. */

import { join } from 'node:path'
import { open as openLmdb } from 'lmdb'
import { versionsOver } from '../mixed.mjs'
import { pipelined } from '../pipeline.mjs'
import { chained, dataOf, headKey } from './chained.mjs'

export const how =
  '`put` and `flushed`, 4 flushes in flight; the key is SHA-256 of the text, with its parent in it'

export function open(path) {
  const db = openLmdb({ path: join(path, 'lmdb'), encoding: 'string' })
  let head = db.get(headKey)
  const get = (ref) => dataOf(db.get(ref))
  return {
    put: (all, flight) =>
      pipelined(all, flight, async (batch) => {
        const refs = batch.map((data) => {
          const { text, ref } = chained(data, head)
          void db.put(ref, text)
          head = ref
          return ref
        })
        void db.put(headKey, head)
        await db.flushed
        return refs
      }),
    get,
    getMany: async (refs) => (await db.getMany(refs)).map(dataOf),
    head: () => db.get(headKey),
    close: () => db.close()
  }
}

/** Reads, writes and merges of a service. */
export function openMixed(path) {
  const db = openLmdb({ path: join(path, 'mixed'), encoding: 'json' })
  let next = 0
  const write = async (version, movesHead) => {
    next += 1
    const ref = next
    void db.put(ref, version)
    if (movesHead) void db.put(headKey, ref)
    await db.flushed
    return ref
  }
  const read = (ref) => db.get(ref)
  return { ...versionsOver({ read, write, order: (ref) => ref }), close: () => db.close() }
}
