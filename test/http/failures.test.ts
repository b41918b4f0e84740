/** Failures between a client and a server, and how the client reports them. */

import { createServer } from 'node:http'
import { expect, test, vi } from 'vitest'
import { createSynchronizer, HistoError } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { type Manner, manners, only } from '../support/user-stores.js'
import {
  connect,
  createDB,
  createHandler,
  createListener,
  inProcess,
  line,
  listening,
  openToAll,
  serve
} from './servers.js'

const pullFrom = (remote: ReturnType<typeof connect>) =>
  createSynchronizer(remote, createDB()).run()

/** A server that gives the same answer to everything. */
const answering = (
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {}
) =>
  listening(
    createServer((_request, response) => {
      response.writeHead(status, headers).end(body)
    })
  )

test('a server that is not there is HISTO_NETWORK, with the cause', async () => {
  const failure = await failureOf(pullFrom(connect('http://127.0.0.1:1', { retries: 0 })))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK', retryable: true })
  expect(failure.cause).toBeInstanceOf(Error)
  expect(failure.message).toContain('http://127.0.0.1:1')
})

test.each([undefined, 5, {}, { status: 200 }])(
  'a fetch that answers %o, no response, is told',
  async (answer) => {
    const remote = connect('http://x', { retries: 0, fetch: (async () => answer) as never })
    const message = expect.stringContaining('fetch must answer a Response')
    expect(await failureOf(remote.ready())).toMatchObject({ name: 'TypeError', message })
  }
)

test('a fetch that throws is HISTO_NETWORK, with the cause', async () => {
  const cause = new TypeError('fetch failed')
  const remote = connect('http://x', { retries: 0, fetch: () => Promise.reject(cause) })
  expect(await failureOf(remote.ready())).toMatchObject({ code: 'HISTO_NETWORK', cause })
})

test.each([
  [401, 'HISTO_DENIED', 1],
  [403, 'HISTO_DENIED', 1],
  [407, 'HISTO_DENIED', 1],
  [413, 'HISTO_DENIED', 1],
  [404, 'HISTO_PROTOCOL', 3],
  [408, 'HISTO_NETWORK', 3],
  [429, 'HISTO_NETWORK', 3],
  [301, 'HISTO_PROTOCOL', 1],
  [204, 'HISTO_PROTOCOL', 1],
  [200, 'HISTO_PROTOCOL', 1],
  [500, 'HISTO_NETWORK', 1],
  [502, 'HISTO_NETWORK', 3],
  [503, 'HISTO_NETWORK', 3],
  [504, 'HISTO_NETWORK', 3],
  [522, 'HISTO_NETWORK', 3]
])('an answer of HTML with status %i is %s, asked for %i times', async (status, code, times) => {
  const fetch = vi.fn(() => {
    const body = status === 204 ? null : '<html>swordfish</html>'
    return Promise.resolve(new Response(body, { status, headers: { 'content-type': 'text/html' } }))
  })
  const failure = await failureOf(pullFrom(connect('http://x/db', { fetch, retries: 2 })))
  expect(failure).toMatchObject({ code })
  expect(failure.message).toContain('http://x/db')
  expect(fetch).toHaveBeenCalledTimes(times)
})

test('over a socket too: a page that is not ours', async () => {
  const url = await answering(200, '<html></html>', { 'content-type': 'text/html' })
  expect(await failureOf(pullFrom(connect(url)))).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

const ours = { 'histo-revisions': '1', 'content-type': 'application/json' }
const states: [string, string, Record<string, string>][] = [
  ['another version', '{}', { ...ours, 'histo-revisions': '2' }],
  ['no JSON', 'nonsense', ours],
  ['an array', '[]', ours],
  ['no UTF-8', '\u00ff', ours],
  ['a name that is none', '{"name":7,"head":null,"heads":"never","maxBodyBytes":9}', ours],
  [
    'a name of control characters',
    '{"name":"\\u0000","head":null,"heads":"never","maxBodyBytes":9}',
    ours
  ],
  ['a head that is none', '{"name":"x","head":7,"heads":"never","maxBodyBytes":9}', ours],
  ['no head', '{"name":"x","heads":"never","maxBodyBytes":9}', ours],
  ['another policy', '{"name":"x","head":null,"heads":"all","maxBodyBytes":9}', ours],
  ['no limits', '{"name":"x","head":null,"heads":"never"}', ours],
  ['too much JSON', `{"name":"${'x'.repeat(100_000)}"}`, ours],
  [
    'another type',
    '{"name":"x","head":null,"heads":"never","maxBodyBytes":9}',
    { ...ours, 'content-type': 'text/plain' }
  ]
]

test.each(states)(
  'a state with %s is HISTO_PROTOCOL, asked for once',
  async (_n, body, headers) => {
    const url = await answering(200, body, headers)
    const asked = vi.fn((target: string, init: RequestInit) => fetch(target, init))
    const failure = await failureOf(connect(url, { fetch: asked }).ready())
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: false })
    expect(asked).toHaveBeenCalledTimes(1)
  }
)

test.each(states)('news with %s are HISTO_PROTOCOL, asked for once', async (_n, body, headers) => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Buffer.byteLength(body))
  const isJson = headers['content-type'] === ours['content-type']
  const type = isJson ? 'application/vnd.histo-revisions' : 'text/plain'
  const answer = Buffer.concat([length, Buffer.from(body)])
  const url = await answering(200, answer, { ...headers, 'content-type': type })
  const asked = vi.fn((target: string, init: RequestInit) => fetch(target, init))
  const failure = await failureOf(pullFrom(connect(url, { fetch: asked })))
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: false })
  expect(asked).toHaveBeenCalledTimes(1)
})

test('what the network fails is tried again until it works, and no more than retries in a row', async () => {
  const server = createDB<unknown>({ name: 'server' })
  await line(server, 10)
  const handler = createHandler(server)
  let failures = 0
  const flaky = (most: number) => {
    failures = 0
    return (url: string, init: RequestInit) => {
      failures += 1
      if (failures <= most) return Promise.resolve(new Response(null, { status: 503 }))
      return handler(new Request(url, init))
    }
  }
  const run = await pullFrom(connect('http://x', { fetch: flaky(2), retries: 2 }))
  expect(run.revisions).toBe(10)
  const failing = pullFrom(connect('http://x', { fetch: flaky(3), retries: 2 }))
  expect(await failureOf(failing)).toMatchObject({ code: 'HISTO_NETWORK' })
})

test('a server that says nothing is given up after the timeout', async () => {
  const url = await listening(createServer(() => undefined))
  const failure = await failureOf(pullFrom(connect(url, { timeout: 100, retries: 0 })))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK', retryable: true })
  expect(failure.message).toContain('100 ms')
})

test('an answer that stops in the middle is given up after the timeout', async () => {
  const url = await listening(
    createServer((_request, response) => {
      response
        .writeHead(200, { ...ours, 'content-type': 'application/vnd.histo-revisions' })
        .write('{')
    })
  )
  const failure = await failureOf(pullFrom(connect(url, { timeout: 100, retries: 0 })))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK' })
})

test('a fetch that never answers and does not hear its signal is given up as well', async () => {
  const fetch = () => new Promise<Response>(() => undefined)
  const failure = await failureOf(pullFrom(connect('http://x', { fetch, timeout: 50, retries: 0 })))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK' })
})

test('a signal ends a run at once with its reason, whatever it waits for', async () => {
  const url = await listening(createServer(() => undefined))
  const controller = new AbortController()
  const running = createSynchronizer(connect(url), createDB()).run({ signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 50)
  await expect(running).rejects.toThrow('enough')
  const waiting = connect('http://127.0.0.1:1', { retries: 1000 })
  const controller2 = new AbortController()
  const retrying = createSynchronizer(waiting, createDB()).run({ signal: controller2.signal })
  setTimeout(() => controller2.abort(new Error('enough')), 300)
  await expect(retrying).rejects.toThrow('enough')
})

test('a closed database answers 503, which is HISTO_NETWORK', async () => {
  const server = createDB<unknown>({ name: 'server' })
  await line(server, 3)
  const url = await serve(server)
  await pullFrom(connect(url))
  await server.close()
  const answer = await fetch(`${url}/state`)
  expect([answer.status, await answer.text()]).toEqual([503, ''])
  const failure = await failureOf(pullFrom(connect(url, { retries: 0 })))
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK', retryable: true })
})

test('what fails inside the server is told to its operator, and to clients nothing', async () => {
  const told: unknown[] = []
  const secret = new HistoError('HISTO_STORE', 'EACCES /var/secret/db')
  const stores = {
    revisionStore: { put: () => 'id', get: () => undefined, del: () => undefined },
    branchStore: {
      put: () => undefined,
      del: () => undefined,
      get: (key: string) => (key === 'name' ? Promise.resolve('server') : Promise.reject(secret))
    }
  } as unknown as Parameters<typeof createDB>[0]
  const server = createDB(stores)
  const handler = createHandler(server, { ...openToAll, onError: (error) => told.push(error) })
  const answer = await handler(new Request('http://x/state'))
  expect([answer.status, await answer.text()]).toEqual([503, ''])
  expect([...answer.headers].join()).not.toContain('secret')
  expect(told).toHaveLength(1)
  expect((told[0] as Error).cause).toBe(secret)
})

test('requests that are none are refused in words, and break nothing', async () => {
  const server = createDB<unknown>({ name: 'server' })
  await line(server, 3)
  const handler = createHandler(server, openToAll)
  const ask = async (path: string, init?: RequestInit) =>
    (await handler(new Request(`http://x${path}`, init))).status
  const post = (body: string | Uint8Array) => ({ method: 'POST', body }) as RequestInit
  expect(await ask('/')).toBe(404)
  expect(await ask('/nothing')).toBe(404)
  expect(await ask('/toString')).toBe(404)
  expect(await ask('/state/..')).toBe(404)
  expect(await ask('/has')).toBe(405)
  expect(await ask('/state', post(''))).toBe(405)
  expect(await ask('/state', { headers: { 'histo-revisions': '2' } })).toBe(400)
  expect(await ask(`/state?remote=${'x'.repeat(256)}`)).toBe(400)
  expect(await ask('/has?for=everything', post(''))).toBe(400)
  expect(await ask('/push', post(''))).toBe(400)
  expect(await ask('/push?remote=x', post('nonsense'))).toBe(400)
  expect(await ask('/pull', post('nonsense'))).toBe(400)
  expect(await ask('/pull', post(new Uint8Array([0])))).toBe(400)
  expect(await ask('/head', post('{}'))).toBe(400)
  expect(await ask('/head', post('{"ref":""}'))).toBe(400)
  expect(await ask('/remote-head?remote=x', post('{"ref":7}'))).toBe(400)
  expect(await ask('/changes?wait=-1')).toBe(400)
  expect(await ask('/state')).toBe(200)
})

test('the handler stands in the place of fetch too', async () => {
  const server = createDB<unknown>({ name: 'server' })
  const [, last] = await line(server, 2)
  const remote = connect('http://x/db', { fetch: createHandler(server) })
  expect(await pullFrom(remote)).toMatchObject({ head: last, revisions: 2 })
})

test('misuse is a TypeError at once', () => {
  const loose = { connect, createHandler, createListener } as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >
  const db = createDB()
  for (const call of [
    () => loose['connect']?.(undefined),
    () => loose['connect']?.('not a url'),
    () => loose['connect']?.('ftp://x'),
    () => loose['connect']?.('http://x', { timeout: 0 }),
    () => loose['connect']?.('http://x', { retries: -1 }),
    () => loose['connect']?.('http://x', { fetch: 1 }),
    () => loose['connect']?.('http://x', { headers: 1 }),
    () => loose['createHandler']?.({}),
    () => loose['createHandler']?.(undefined),
    () => loose['createHandler']?.(db, { heads: 'always' }),
    () => loose['createHandler']?.(db, { authorize: true }),
    () => loose['createListener']?.(db, { maxBodyBytes: 0 })
  ]) {
    expect(call).toThrow(TypeError)
  }
})

test('headers come from an object, from a function, and from the URL', async () => {
  const server = createDB<unknown>({ name: 'server' })
  const seen: (string | null)[] = []
  const authorize = ({ request }: { request: Request }) => {
    seen.push(request.headers.get('authorization'))
    return true
  }
  const asked = (options: Parameters<typeof inProcess>[2]) =>
    inProcess(server, { authorize }, options).ready()
  await asked({ headers: { authorization: 'one' } })
  await asked({ headers: () => ({ authorization: 'two' }) })
  await asked({ headers: () => Promise.resolve(new Headers({ authorization: 'three' })) })
  const handler = createHandler(server, { authorize })
  await connect('http://us%65r:pa%20ss@x/db', { fetch: handler }).ready()
  expect(seen).toEqual(['one', 'two', 'three', `Basic ${btoa('user:pa ss')}`])
  const failing = inProcess(
    server,
    { authorize },
    { headers: () => Promise.reject(new Error('no')) }
  )
  await expect(failing.ready()).rejects.toThrow(/^no$/)
})

test('what was erased comes without its data, and is HISTO_SHALLOW for stores, which need that', async () => {
  const server = createDB<unknown>({ name: 'server' })
  const refs = await line(server, 3000)
  const [erased, last] = [refs[2000] ?? '', refs[2999] ?? '']
  await server.erase(erased)
  const client = createDB<unknown>()
  await createSynchronizer(inProcess(server), client).run()
  expect(await client.remotes()).toEqual({ server: last })
  expect(await client.get(last)).toEqual(await server.get(last))
  expect(await failureOf(client.get(erased))).toMatchObject({ code: 'HISTO_SHALLOW', ref: erased })
  const overStores = createDB<unknown>(only((manners.at(-1) as Manner).make()))
  const failure = await failureOf(createSynchronizer(inProcess(server), overStores).run())
  expect(failure).toMatchObject({ code: 'HISTO_SHALLOW', ref: erased })
  expect(await overStores.remotes()).toEqual({})
})
