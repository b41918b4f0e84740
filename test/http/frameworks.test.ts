/** The handler behind common servers. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import express from 'express'
import fastify, { type FastifyInstance } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import {
  connect,
  createDB,
  createHandler,
  createListener,
  line,
  listening,
  openToAll
} from './servers.js'

type Serve = (db: DB<unknown>) => Promise<string>

const readable: [string, Serve][] = [
  ['node:http', (db) => listening(createServer(createListener(db, openToAll)))],
  [
    'node:http below a path, with a query and a slash',
    async (db) => `${await listening(createServer(createListener(db, openToAll)))}/a/b/?token=x`
  ],
  [
    'Express, mounted',
    async (db) => {
      const app = express()
      app.use('/api/db', createListener(db, openToAll))
      return `${await listening(createServer(app))}/api/db`
    }
  ],
  [
    'Express behind parsers of bodies',
    async (db) => {
      const app = express()
      app.use(express.json(), express.urlencoded({ extended: true }), express.text())
      app.use('/db', createListener(db, openToAll))
      return `${await listening(createServer(app))}/db`
    }
  ],
  [
    'Express behind a parser that reads every body',
    async (db) => {
      const app = express()
      app.use(express.raw({ type: '*/*', limit: '64mb' }))
      app.all('/db/*operation', createListener(db, openToAll))
      return `${await listening(createServer(app))}/db`
    }
  ],
  [
    'Fastify, its own request and reply, which takes bodies of JSON only',
    (db) =>
      fastifyAt((app) => {
        app.all('/db/*', createListener(db, openToAll))
      })
  ],
  [
    'Fastify, hijacked, with bodies left alone',
    (db) =>
      fastifyAt((app) => {
        const listener = createListener(db, openToAll)
        app.addContentTypeParser('*', (_request, _body, done) => done(null))
        app.all('/db/*', (request, reply) => {
          reply.hijack()
          return listener(request.raw, reply.raw)
        })
      })
  ],
  [
    'Fastify, raw and not hijacked',
    (db) =>
      fastifyAt((app) => {
        const listener = createListener(db, openToAll)
        app.addContentTypeParser('*', (_request, _body, done) => done(null))
        app.all('/db/*', (request, reply) => listener(request.raw, reply.raw))
      })
  ],
  [
    'a server that has fetch-style handlers',
    (db) => listening(fetchServer(createHandler(db, openToAll)))
  ]
]

async function fastifyAt(set: (app: FastifyInstance) => void): Promise<string> {
  const app = fastify()
  set(app)
  onTestFinished(() => app.close())
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return `${url}/db`
}

/** A minimal runtime for a handler of fetch's requests. */
function fetchServer(handler: (request: Request) => Promise<Response>) {
  return createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = 'GET' } = incoming
    const body = method === 'GET' ? {} : { body: Readable.toWeb(incoming), duplex: 'half' }
    const headers = incoming.headers as Record<string, string>
    const url = `http://${incoming.headers.host}${incoming.url}`
    void handler(new Request(url, { method, headers, ...body } as RequestInit)).then(
      async (answer) => {
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
        for await (const chunk of answer.body ?? []) outgoing.write(chunk)
        outgoing.end()
      }
    )
  })
}

test.each(readable)('pull and push, both with merges, work behind %s', async (_name, serve) => {
  const server = createDB<unknown>({ name: 'server' })
  const [anna, ben] = [createDB<unknown>({ name: 'anna' }), createDB<unknown>({ name: 'ben' })]
  const url = await serve(server)
  const resolve = ({ ours, theirs }: { ours: unknown; theirs: unknown }) => ({ ours, theirs })
  await line(anna, 2000, 'anna')
  await line(ben, 500, 'ben')
  expect(await anna.push(connect(url), { resolve })).toMatchObject({ moved: true, revisions: 2000 })
  expect(await ben.push(connect(url), { resolve })).toMatchObject({ moved: true })
  expect(await anna.pull(connect(url), { resolve })).toMatchObject({ revisions: 501 })
  expect(anna.head()).toBe(server.head())
  expect(ben.head()).toBe(server.head())
  const again = await createSynchronizer(connect(url), anna).run()
  expect(again).toEqual({ head: server.head(), revisions: 0, bytes: 0 })
})

test.each([
  ['h3', { nitro: {}, params: { operation: 'state' } }],
  ['@whatwg-node/server', { waitUntil: () => undefined, method: 'DELETE', headers: 1 }],
  ['Bun', { port: 3000, fetch: () => undefined, signal: 'none', url: new URL('http://x') }],
  ['Cloudflare', 'env'],
  ['nobody', null]
])('what %s passes beside a request does not matter', async (_name, context) => {
  const db = createDB<unknown>({ name: 'server' })
  const [ref = ''] = await line(db, 1)
  const handler = createHandler(db, openToAll)
  const state = await handler(new Request('http://x/state'), context)
  expect(await state.json()).toMatchObject({ name: 'server', head: ref })
  const body = encodeRefs([ref]) as Uint8Array<ArrayBuffer>
  const has = await handler(new Request('http://x/has', { method: 'POST', body }), context)
  expect([...new Uint8Array(await has.arrayBuffer())]).toEqual([1])
})

test('a handler stands in the place of fetch', async () => {
  const db = createDB<unknown>({ name: 'server' })
  await line(db, 3)
  const client = createDB<unknown>({ name: 'client' })
  const remote = connect('http://x/db', { fetch: createHandler(db, openToAll) })
  expect(await createSynchronizer(remote, client).run()).toMatchObject({ revisions: 3 })
  await client.setHead(db.head() ?? '')
  await client.put('more')
  expect(await client.push(remote)).toMatchObject({ moved: true, revisions: 1 })
})

test.each(['TRACE', 'OPTIONS', 'PUT', 'HEAD'])('%s is answered with 405', async (method) => {
  const url = await listening(createServer(createListener(createDB(), openToAll)))
  const asked = request(`${url}/state`, { method })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  expect(answer.statusCode).toBe(405)
  expect(answer.headers['histo-revisions']).toBe('1')
})
