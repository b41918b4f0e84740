/**
 * A copy of all documents that works offline, beside `examples/documents.mjs`:
 * `node examples/documents-offline.mjs user [id text]`, in as many terminals as you like.
 *
 * Edits a document of the copy, if an id and a text are given, or makes it. Then brings all that changed at the server, and
 * sends what is new here, in one exchange each; documents that both sides edited are merged. Without a server the edits
 * stay here until the next time.
 */

import { createDB } from 'histo-revisions'
import { connect } from 'histo-revisions/http'

const [user = 'me', id, text] = process.argv.slice(2)
const url = process.env.SERVER ?? 'http://localhost:8080'

const meta = () => ({ author: user, time: new Date().toISOString() })
const db = await createDB({ path: `./copy-data/${user}`, name: user, meta }).ready()
if (id !== undefined) await db.branch(`doc/${id}`).update((document) => ({ ...document, text }))

const server = connect(`${url}/sync`, { headers: { user } })
const all = { branches: 'doc/', resolve: 'json' }
try {
  const pulled = await db.pull(server, { ...all, prune: true })
  const pushed = await db.push(server, all)
  console.log(`got ${pulled.revisions} revisions, sent ${pushed.revisions}`)
  for (const { branches } of [pulled, pushed]) {
    for (const [name, { kind }] of Object.entries(branches)) {
      if (kind !== 'up-to-date') console.log(`${name}: ${kind}`)
    }
  }
  for (const [name, error] of Object.entries({ ...pulled.failed, ...pushed.failed })) {
    console.log(`${name} waits: ${error.message}`) // tried again the next time
  }
} catch (error) {
  if (error.code !== 'HISTO_NETWORK') throw error
  console.log(`offline (${error.message}): kept here until the next time`)
}
for await (const { name, ref } of db.eachBranch({ prefix: 'doc/' })) {
  console.log(name, JSON.stringify(await db.get(ref)))
}
await db.close()
