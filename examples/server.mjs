/**
 * A server that others synchronize with: `node examples/server.mjs [folder] [port]`.
 *
 * Keeps its database in a folder, serves it over HTTP, and says what moves its head. Whoever has the
 * password may write under a name of their own and move the head; everybody may read. See
 * `examples/client.mjs`.
 */

import { createServer } from 'node:http'
import { createDB } from 'histo-revisions'
import { createListener } from 'histo-revisions/http'

const [folder = './server-data', port = '8080'] = process.argv.slice(2)
const password = process.env.PASSWORD ?? 'open sesame'

const db = await createDB({ path: folder, name: 'server' }).ready()

/** Reading is for everybody, writing for those who know the password. */
function authorize({ action, request }) {
  return action === 'read' || request.headers.get('authorization') === `Bearer ${password}`
}

const server = createServer(createListener(db, { authorize, heads: 'fast-forward' }))
server.listen(Number(port), () => {
  console.log(`listening on http://localhost:${server.address().port}, data in ${folder}`)
})

db.on('head', async ({ branch, ref }) => {
  if (branch === 'main') console.log(`the list is now: ${(await db.get(ref)).join(', ')}`)
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.closeAllConnections()
    server.close()
    await db.close()
  })
}
