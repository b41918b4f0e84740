/**
 * Documents with versions, behind Express: `node examples/documents.mjs [folder] [port]`.
 *
 * A document is a branch, a version a revision; who wrote it, and when, stands in its meta. The head of the
 * branch is the ETag, so nobody overwrites what they have not seen. The header `user` says who asks: put your
 * login there. Below `/sync` whole copies are kept together with this one: see `documents-offline.mjs`.
 */

import { randomUUID } from 'node:crypto'
import express from 'express'
import { createDB } from 'histo-revisions'
import { createListener } from 'histo-revisions/http'

const [folder = './documents-data', port = '8080'] = process.argv.slice(2)
const db = await createDB({ path: folder, name: 'documents' }).ready()
const statuses = { HISTO_HEAD_CONFLICT: 412, HISTO_NOT_FOUND: 404, HISTO_TOO_LARGE: 413 }

/** The id is in it, so that two documents with the same text are two revisions. */
function metaOf(request, id, message) {
  const author = request.get('user') ?? 'nobody'
  return { id, author, time: new Date().toISOString(), message }
}

/** The version of the document that is meant: `?version=` a ref, `?at=` a time, else the latest. */
async function versionOf({ params, query }) {
  const head = await db.resolve(`doc/${params.id}`)
  if (query.version !== undefined) {
    if (await db.isAncestor(query.version, head)) return query.version
  } else if (query.at === undefined) {
    return head
  }
  for await (const { ref, meta } of db.history(head, { firstParent: true, data: false })) {
    if (meta.time <= query.at) return ref
  }
  throw Object.assign(new Error(`document ${params.id} has no such version`), { status: 404 })
}

/** All documents, forward only: a copy brings edits under its user's name, and deletes nothing. */
const sync = createListener(db, {
  branches: 'doc/',
  heads: 'fast-forward',
  authorize: ({ action, request }) => action !== 'delete' && request.headers.has('user'),
  accept: ({ meta, request }) => meta?.author === request.headers.get('user')
})

const app = express()
app.use('/sync', sync) // before what reads bodies
app.use(express.json({ limit: '1mb' }))

app.post('/documents', async (request, response) => {
  const id = randomUUID()
  const options = { meta: metaOf(request, id, 'created'), previousHead: null }
  const version = await db.branch(`doc/${id}`).put(request.body, [], options)
  response.status(201).location(`/documents/${id}`).set('ETag', `"${version}"`).json({ id })
})

app.get('/documents', async ({ query }, response) => {
  const after = query.after === undefined ? {} : { after: `doc/${query.after}` }
  const documents = []
  for await (const { name, ref } of db.eachBranch({ prefix: 'doc/', limit: 100, ...after })) {
    documents.push({ id: name.slice(4), version: ref })
  }
  response.json(documents)
})

app.get('/documents/:id', async (request, response) => {
  const version = await versionOf(request)
  response.set('ETag', `"${version}"`).json(await db.get(version))
})

app.put('/documents/:id', async (request, response) => {
  const seen = request.get('if-match')?.replaceAll('"', '')
  if (!seen) return response.status(428).json({ error: 'send If-Match, the ETag that you read' })
  const meta = metaOf(request, request.params.id, request.get('message') ?? 'edited')
  const branch = db.branch(`doc/${request.params.id}`)
  const version = await branch.put(request.body, { meta, previousHead: seen })
  response.set('ETag', `"${version}"`).json({ version })
})

app.get('/documents/:id/history', async (request, response) => {
  const versions = []
  for await (const { ref, meta } of db.history(await versionOf(request), {
    data: false,
    limit: 100
  })) {
    versions.push({ version: ref, ...meta })
  }
  response.json(versions)
})

app.post('/documents/:id/restore', async (request, response) => {
  const { id } = request.params
  const version = await versionOf(request)
  const meta = metaOf(request, id, `restored ${version.slice(0, 8)}`)
  response.json({ version: await db.branch(`doc/${id}`).restore(version, { meta }) })
})

app.use((error, _request, response, _next) => {
  const status = error.status ?? statuses[error.code] ?? 500
  response.status(status).json({ error: error.message, head: error.head })
})

const server = app.listen(Number(port), () => {
  console.log(`listening on http://localhost:${server.address().port}, data in ${folder}`)
})

process.once('SIGTERM', () => {
  server.closeAllConnections()
  server.close(() => db.close())
})
