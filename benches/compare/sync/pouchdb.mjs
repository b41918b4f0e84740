/** PouchDB's replication between two of its databases on disk, both in this process: no network, in its favour. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { items } from '../../../target/benches/lib/data.js'

const batch = 1000
const PouchDB = createRequire(import.meta.url)('pouchdb-node')

/** A database of so many documents, the contender that replicates it, and how to replicate more. */
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
  let all = documents
  let grown
  /** Milliseconds to replicate so many more. */
  const more = async (count) => {
    if (grown === undefined) {
      grown = new PouchDB(join(path, 'pouchdb-grown'))
      await PouchDB.replicate(source, grown, { batch_size: batch })
    }
    await source.bulkDocs(items(all, count))
    all += count
    const start = performance.now()
    await PouchDB.replicate(source, grown, { batch_size: batch })
    const milliseconds = performance.now() - start
    assert.equal((await grown.info()).doc_count, all)
    return milliseconds
  }
  const end = async () => {
    await grown?.close()
    await source.close()
  }
  return { contender, more, end }
}
