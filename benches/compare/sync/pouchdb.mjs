/** PouchDB's replication between two of its databases on disk, both in this process: no network, in its favour. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { items } from '../../../target/benches/lib/data.js'

const batch = 1000
const PouchDB = createRequire(import.meta.url)('pouchdb-node')

/** A database of so many documents, and the contender that replicates it. */
export async function pouchdb(path, documents) {
  const source = new PouchDB(join(path, 'pouchdb'))
  for (let next = 0; next < documents; next += batch) {
    const size = Math.min(batch, documents - next)
    await source.bulkDocs(items(next, size))
  }
  let round = 0
  let target
  const contender = {
    name: 'PouchDB replication, in one process',
    before() {
      round += 1
      target = new PouchDB(join(path, `pouchdb-${round}`))
    },
    run: () => PouchDB.replicate(source, target, { batch_size: batch }),
    async after() {
      assert.equal((await target.info()).doc_count, documents)
      await target.destroy()
    }
  }
  return { contender, end: () => source.close() }
}
