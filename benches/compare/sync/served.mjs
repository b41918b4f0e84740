/**
 * A process of its own that serves a database over HTTP.
 */

import { createServer } from 'node:http'
import { items } from '../../../target/benches/lib/data.js'
import { createDB, createListener } from '../../../target/benches/lib/database.js'
import { answerCalls } from './calls.mjs'
import { watchMemory } from './memory.mjs'

const group = 1000
let db
let server
let memory
let next = 0

const calls = {
  /** Opens a database and serves it, to anybody; answers the port. */
  async open(path, address) {
    db = await createDB({ path, name: 'served' }).ready()
    server = createServer(createListener(db, { authorize: () => true }))
    await new Promise((resolve) => server.listen(0, address, resolve))
    return server.address().port
  },
  /** Puts so many more revisions; answers the head. */
  async grow(count) {
    for (const end = next + count; next < end; ) {
      const size = Math.min(group, end - next)
      await db.putMany(items(next, size).map((data) => ({ data })))
      next += size
    }
    return db.head()
  },
  /** The remembered head of `name`. */
  remoteHead: (name) => db.remoteHead(name),
  /** Begins to watch this process's memory. */
  watch() {
    memory = watchMemory()
  },
  /** Bytes at the peak since `watch` beyond what stays. */
  peak: () => memory.peak(),
  async close() {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await db.close()
  }
}

answerCalls(calls)
