/**
 * A shopping list that works offline: `node examples/client.mjs name [word...]`, in as many terminals as
 * you like, each with a name of its own, beside `examples/server.mjs`.
 *
 * Adds the words to its own copy, then synchronizes: what others added is merged, and the server gets
 * ours. Without a server the words stay here until the next time.
 */

import { createDB } from 'histo-revisions'
import { connect } from 'histo-revisions/http'

const [name = 'me', ...words] = process.argv.slice(2)
const url = process.env.SERVER ?? 'http://localhost:8080'
const password = process.env.PASSWORD ?? 'open sesame'

/** Both lists without doubles; deletions would need `base`, the list that both come from. */
const resolve = ({ ours, theirs }) => [...new Set([...theirs, ...ours])]

const db = await createDB({ path: `./client-data/${name}`, name }).ready()
for (const word of words) await db.update((list = []) => [...list, word])

const server = connect(url, { headers: { authorization: `Bearer ${password}` } })
try {
  const pulled = await db.pull(server, { resolve })
  const pushed = db.head() === null ? { revisions: 0 } : await db.push(server, { resolve })
  console.log(`got ${pulled.revisions} revisions, sent ${pushed.revisions}`)
} catch (error) {
  if (error.code !== 'HISTO_NETWORK') throw error
  console.log(`offline (${error.message}): kept here until the next time`)
}
console.log(db.head() === null ? 'the list is empty' : (await db.get()).join(', '))
await db.close()
