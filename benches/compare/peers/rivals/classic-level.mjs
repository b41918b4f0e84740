/** npm `classic-level`: synced batches. */

import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { versionsOver } from '../mixed.mjs'
import { batched } from '../pipeline.mjs'
import { chained, dataOf, headKey } from './chained.mjs'

export const how =
  '`batch` with `sync: true` for what is in flight, one after the other: of two at once the earlier may end as the later, and move the head back; the key is SHA-256 of the text, with its parent in it'

export async function open(path) {
  const db = new ClassicLevel(join(path, 'level'))
  await db.open()
  let head = await db.get(headKey)
  return {
    put: (all, flight) =>
      batched(all, flight, async (batch) => {
        const operations = batch.map((data) => {
          const { text, ref } = chained(data, head)
          head = ref
          return { type: 'put', key: ref, value: text }
        })
        const refs = operations.map(({ key }) => key)
        operations.push({ type: 'put', key: headKey, value: head })
        await db.batch(operations, { sync: true })
        return refs
      }),
    get: async (ref) => dataOf(await db.get(ref)),
    getMany: async (refs) => (await db.getMany(refs)).map(dataOf),
    head: () => db.get(headKey),
    close: () => db.close()
  }
}

/** Reads, writes and merges of a service. */
export async function openMixed(path) {
  const db = new ClassicLevel(join(path, 'mixed'), { valueEncoding: 'json' })
  await db.open()
  let next = 0
  const write = async (version, movesHead) => {
    next += 1
    const ref = next
    const operations = [{ type: 'put', key: String(ref), value: version }]
    if (movesHead) operations.push({ type: 'put', key: headKey, value: ref })
    await db.batch(operations, { sync: true })
    return ref
  }
  const read = (ref) => db.get(String(ref))
  return { ...versionsOver({ read, write, order: (ref) => ref }), close: () => db.close() }
}
