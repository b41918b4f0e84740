/** Databases that are closed, or servers that go, while a run is under way. */

import { createServer, type RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import type { RemoteDatabase } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf, folder, opened } from '../contract/places.js'
import { connect, createDB, createListener, openToAll } from './servers.js'

/** A server whose connections can be counted, and a client that calls `during` in the middle of a run. */
async function served(db: DB<unknown>, operation: string, during: () => unknown) {
  const http = createServer(createListener(db, openToAll) as RequestListener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as { port: number }
  const asking = async (url: string, init: RequestInit) => {
    const answer = fetch(url, init)
    if (url.includes(`/${operation}`)) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      during()
    }
    return answer
  }
  const remote = connect(`http://127.0.0.1:${port}`, { fetch: asking, retries: 0 })
  const stop = async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
  return { http, remote, stop }
}

/** Some 5 MB that a compressor makes little of, so that the end of it is far when the middle is there. */
function much(db: DB<unknown>) {
  const data = () => Array.from({ length: 30 }, () => Math.random())
  return db.putMany(Array.from({ length: 8000 }, () => ({ data: data() })))
}

const ways = [
  ['pull', 'news'],
  ['push', 'push']
] as const

function running(way: 'pull' | 'push', remote: RemoteDatabase, client: DB<unknown>) {
  const [source, target] = way === 'pull' ? [remote, client] : [client, remote]
  return createSynchronizer<unknown>(source, target).run()
}

test.each(ways)('closing the database here ends a %s', async (way, operation) => {
  const server = createDB<unknown>({ name: 'server' })
  const client = await opened<unknown>({ name: 'client', path: folder() })
  await much(way === 'pull' ? server : client)
  let closing: Promise<void> | undefined
  const { remote, stop } = await served(server, operation, () => {
    closing ??= client.close()
  })
  const failure = await failureOf(running(way, remote, client))
  expect(failure).toMatchObject({ code: 'HISTO_CLOSED' })
  await closing
  await stop()
  expect(await server.verify()).toMatchObject({ ok: true })
})

test.each(ways)('closing the served database ends a %s', async (way, operation) => {
  const server = await opened<unknown>({ name: 'server', path: folder() })
  const client = createDB<unknown>({ name: 'client' })
  await much(way === 'pull' ? server : client)
  let closing: Promise<void> | undefined
  const { remote, stop } = await served(server, operation, () => {
    closing ??= server.close()
  })
  const failure = await failureOf(running(way, remote, client))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK' })
  await closing
  await stop()
  expect(await client.remoteHead('server')).toBeNull()
})
