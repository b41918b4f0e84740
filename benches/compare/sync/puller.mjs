/**
 * A process of its own that synchronizes with a served database, so that its memory is its own.
 */

import { connect, createDB, createSynchronizer } from '../../../target/benches/lib/database.js'
import { answerCalls } from './calls.mjs'
import { watchMemory } from './memory.mjs'

let db
let url

const calls = {
  async open(path, served) {
    db = await createDB({ path, name: 'puller' }).ready()
    url = served
  },
  /** Pulls; answers milliseconds, the result, and the requests that were sent with the bytes of their bodies. */
  async pull() {
    const sent = { requests: 0 }
    const counting = (input, init) => {
      sent.requests += 1
      return fetch(input, init)
    }
    const start = performance.now()
    const result = await createSynchronizer(connect(url, { fetch: counting }), db).run()
    return { milliseconds: performance.now() - start, ...result, ...sent }
  },
  /** Pulls, and answers the bytes of memory that it took for a while. */
  async pullWatched() {
    const memory = watchMemory()
    const { revisions } = await createSynchronizer(connect(url), db).run()
    return { revisions, peak: memory.peak() }
  },
  close: () => db.close()
}

answerCalls(calls)
