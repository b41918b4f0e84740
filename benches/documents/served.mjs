/**
 * A process of its own that serves documents over HTTP: made by `make`, changed by `edit`. Asked over IPC.
 */

import { createServer } from 'node:http'
import { createListener } from '../../dist/http-entry.js'
import { createDB } from '../../dist/index.js'

/** Documents in one commit. */
const group = 5000

let db

/** A version of a document of some 90 bytes. */
const versionOf = (n, version) => ({
  id: n,
  title: `document ${n}`,
  version,
  text: 'word '.repeat(7)
})

const calls = {
  /** Makes so many documents of so many versions, and serves them; returns the port. */
  async make({ path, documents, versions }) {
    db = await createDB({ path, name: 'server' }).ready()
    for (let version = 0; version < versions; version += 1) {
      for (let start = 0; start < documents; start += group) {
        const length = Math.min(group, documents - start)
        const operations = Array.from({ length }, (_, at) => ({
          type: 'put',
          branch: `doc/${start + at}`,
          data: versionOf(start + at, version)
        }))
        await db.batch(operations)
      }
    }
    const server = createServer(createListener(db, { branches: true }))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server.address().port
  },
  /** Edits documents, each `step` after the one before. */
  async edit({ count, step, version }) {
    for (let n = 0; n < count; n += 1) {
      await db.branch(`doc/${n * step}`).put(versionOf(n * step, version))
    }
  },
  async close() {
    await db.close()
  }
}

process.on('message', async ({ id, call, argument }) => {
  try {
    process.send({ id, result: await calls[call](argument) })
    if (call === 'close') process.exit(0)
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) })
  }
})
