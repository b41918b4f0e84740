/**
 * A laptop that works offline and a server on PostgreSQL, which meet over HTTP:
 * `node examples/postgres.mjs`.
 *
 * It needs `npm install pg` and a PostgreSQL where PGHOST, PGUSER and PGDATABASE say. One of your own,
 * without root, in a folder, on a socket and port of its own:
 *
 *     initdb -D ./pgdata -A trust -U postgres
 *     pg_ctl -D ./pgdata -o "-p 5433 -k /tmp" -l ./pgdata/log start
 *     PGHOST=127.0.0.1 PGPORT=5433 PGUSER=postgres PGDATABASE=postgres node examples/postgres.mjs
 *     pg_ctl -D ./pgdata stop
 *
 * The tables are `example_revisions` and `example_heads`; they are made, and dropped at the end.
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createDB } from 'histo-revisions'
import { connect, createListener } from 'histo-revisions/http'
import { postgresStores } from 'histo-revisions/postgres'
import pg from 'pg'

const pool = new pg.Pool()
const server = await createDB({
  ...postgresStores(pool, { prefix: 'example_' }),
  name: 'server'
}).ready()

const authorize = () => true // whoever reaches it; see examples/server.mjs for passwords
const http = createServer(createListener(server, { authorize, heads: 'fast-forward' }))
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
const remote = connect(`http://127.0.0.1:${http.address().port}`)

const [laptop, phone] = [createDB({ name: 'laptop' }), createDB({ name: 'phone' })]
const resolve = ({ ours, theirs }) => [...new Set([...ours, ...theirs])].sort()
try {
  await laptop.put(['bread'])
  await laptop.push(remote, { resolve })
  await phone.pull(remote, { resolve })
  await laptop.update((list) => [...list, 'milk']) // offline, both
  await phone.update((list) => [...list, 'apples'])
  await laptop.push(remote, { resolve })
  await phone.push(remote, { resolve }) // finds the server's head moved: pulls, merges, pushes
  await laptop.pull(remote, { resolve })

  assert.deepEqual(await laptop.get(), ['apples', 'bread', 'milk'])
  assert.equal(server.head(), laptop.head())
  const root = (await laptop.refDifference(null, laptop.head())).at(-1)
  assert.equal(await server.isAncestor(root, server.head()), true)
  console.log(`laptop, phone and PostgreSQL agree on ${laptop.head()}:`, await server.get())
} finally {
  http.closeAllConnections()
  http.close()
  for (const db of [laptop, phone, server]) await db.close()
  await pool.query('DROP TABLE IF EXISTS example_revisions, example_heads')
  await pool.end()
}
