/**
 * Other engines doing what a database of revisions does: canonical text of ancestors and data,
 * SHA-256 of it, the text under its hash and the head under a key of its own, flushed a group.
 */

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { ClassicLevel } from 'classic-level'
import { open } from 'lmdb'

const headKey = 'heads/main'

/** A revision's text and ref, chained on `head`. */
function revision(data, head) {
  const text = canonicalize({ ancestors: head === undefined ? [] : [head], data })
  return { text, ref: createHash('sha256').update(text).digest('hex') }
}

/** npm `lmdb`: asynchronous puts, which it gathers in transactions by itself, and a flush. */
export function openLmdb(path) {
  const db = open({ path, encoding: 'string' })
  let head
  return {
    async put(group) {
      for (const data of group) {
        const { text, ref } = revision(data, head)
        void db.put(ref, text) // durable once `flushed` says so
        head = ref
      }
      void db.put(headKey, head)
      await db.flushed
    },
    head: () => db.get(headKey),
    get: async (ref) => JSON.parse(await db.get(ref)).data,
    close: () => db.close()
  }
}

/** npm `classic-level`: one synced batch a group. */
export async function openLevel(path) {
  const db = new ClassicLevel(path)
  await db.open()
  let head
  return {
    async put(group) {
      const operations = group.map((data) => {
        const { text, ref } = revision(data, head)
        head = ref
        return { type: 'put', key: ref, value: text }
      })
      operations.push({ type: 'put', key: headKey, value: head })
      await db.batch(operations, { sync: true })
    },
    head: () => db.get(headKey),
    get: async (ref) => JSON.parse(await db.get(ref)).data,
    close: () => db.close()
  }
}
