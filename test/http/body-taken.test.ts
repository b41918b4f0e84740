/** A body that somebody read before the handler: the answer says so. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import express from 'express'
import { expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf } from '../contract/places.js'
import {
  connect,
  createDB,
  createHandler,
  createListener,
  listening,
  openToAll
} from './servers.js'

const plain = /the body was read before the handler: let the handler come before/

const read = async (incoming: IncomingMessage) => {
  for await (const _chunk of incoming) void _chunk
}

const taking: [string, (db: DB<number>) => Promise<string>][] = [
  [
    'node:http, read to its end',
    (db) => {
      const listener = createListener(db, openToAll)
      return listening(
        createServer(async (incoming, outgoing) => {
          await read(incoming)
          await listener(incoming, outgoing)
        })
      )
    }
  ],
  [
    'Express, a parser that makes text of bytes',
    async (db) => {
      const app = express()
      app.use(express.text({ type: '*/*' }), createListener(db, openToAll))
      return await listening(createServer(app))
    }
  ],
  [
    'Express, a parser that makes a form of bytes',
    async (db) => {
      const app = express()
      app.use(express.urlencoded({ type: '*/*' }), createListener(db, openToAll))
      return await listening(createServer(app))
    }
  ],
  [
    'fetch, a Request that was read',
    (db) => {
      const handler = createHandler(db, openToAll)
      return listening(
        createServer(async (incoming: IncomingMessage, outgoing: ServerResponse) => {
          const { method = 'GET', headers, url = '/' } = incoming
          const chunks: Buffer[] = []
          for await (const chunk of incoming) chunks.push(chunk)
          const request = new Request(new URL(url, 'http://x'), {
            method,
            headers: { 'content-type': String(headers['content-type']) },
            ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) })
          })
          await request.text()
          const answer = await handler(request)
          outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
          outgoing.end(Buffer.from(await answer.arrayBuffer()))
        })
      )
    }
  ]
]

test.each(taking)('%s: pull and push say so', async (_name, serveTaken) => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'client' })
  await server.put(1)
  await client.put(2)
  const remote = connect<number>(await serveTaken(server), { retries: 0 })
  for (const failing of [client.pull(remote), client.push(remote)]) {
    const failure = await failureOf(failing)
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: false })
    expect(failure.message).toMatch(plain)
  }
})

test('a body that somebody else is reading is reported too', async () => {
  const server = createDB<number>({ name: 'server' })
  await server.put(1)
  const body = encodeRefs([])
  const request = new Request('http://x/news', { method: 'POST', body, headers: {} })
  request.body?.getReader()
  const answer = await createHandler(server, openToAll)(request)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    error: { code: 'HISTO_PROTOCOL', message: expect.stringMatching(plain) }
  })
})
