/**
 * PouchDB over LevelDB. A document a version, as its guide wants it: old revisions of a document are no place to
 * keep data. It does not sync, in its favour.
 */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pipelined } from '../pipeline.mjs'

const PouchDB = createRequire(import.meta.url)('pouchdb-node')

export const how = 'a document a version, `bulkDocs`, 4 in flight; **not synced to the disk**'

export async function open(path) {
  const db = new PouchDB(join(path, 'pouchdb'))
  // biome-ignore lint/style/useNamingConvention: PouchDB's
  const none = { _id: '_local/head', id: null, next: 0 }
  const known = await db.get(none._id).catch(() => none)
  let { id: head, next } = known
  const get = async (ref) => (await db.get(ref)).data
  return {
    async put(all, flight) {
      const refs = await pipelined(all, flight, async (batch) => {
        const documents = batch.map((data) => {
          const _id = String(next++).padStart(10, '0')
          // biome-ignore lint/style/useNamingConvention: PouchDB's
          const document = { _id, parent: head, data }
          head = _id
          return document
        })
        for (const { error, reason } of await db.bulkDocs(documents)) {
          if (error) throw new Error(reason)
        }
        return documents.map(({ _id }) => _id)
      })
      const { rev } = await db.put({ ...known, id: head, next })
      known._rev = rev
      return refs
    },
    get,
    async getMany(refs) {
      const { rows } = await db.allDocs({ keys: refs, include_docs: true })
      return rows.map(({ doc }) => doc.data)
    },
    head: () => head,
    close: () => db.close()
  }
}
