/** Proxies that cut idle connections, and servers that report false changes: `live` keeps its pace. */

import { expect, test, vi } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { type Counted, counted, cutting, operationOf, proxy, relay } from './middlemen.js'
import { createDB, createHandler, openToAll, serve } from './servers.js'

const seconds = 1000

/** Keeps both synchronized while `work` runs. */
async function living<T>(
  remote: Counted<T>['remote'],
  client: DB<T>,
  work: () => Promise<void>,
  onError: (error: unknown) => void = () => undefined
): Promise<void> {
  const stop = new AbortController()
  const living = createSynchronizer(remote, client).live({ signal: stop.signal, onError })
  try {
    await Promise.race([work(), living])
  } finally {
    stop.abort()
    await living
  }
}

/** Milliseconds until the client has what is put on the server. */
async function delayOf(server: DB<number>, client: DB<number>, data: number): Promise<number> {
  const begun = performance.now()
  const ref = await server.put(data)
  const name = server.name
  await vi.waitFor(async () => expect(await client.remoteHead(name)).toBe(ref), {
    timeout: 30 * seconds,
    interval: 5
  })
  return performance.now() - begun
}

const rest = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

test.each([
  [300, { retries: 0 }],
  [300, {}],
  [1500, {}]
])(
  'a middleman that cuts idle connections after %i ms delays no change, with %o',
  async (milliseconds, options) => {
    const server = createDB<number>({ name: 'server' })
    const client = createDB<number>({ name: 'client' })
    const url = await relay(await serve(server), cutting(milliseconds))
    const { remote, since } = counted<number>(url, options)
    await living(remote, client, async () => {
      const begun = performance.now()
      const delays: number[] = []
      for (const idle of [8, 1, 1, 1]) {
        await rest(idle * seconds)
        delays.push(await delayOf(server, client, delays.length))
      }
      const took = performance.now() - begun
      expect(Math.max(...delays)).toBeLessThan(1.5 * seconds)
      expect(since(begun) / (took / seconds)).toBeLessThan(8)
    })
  },
  60_000
)

test('after some cuts there are hardly any more, since shorter waits are requested', async () => {
  const server = createDB<number>({ name: 'server' })
  const url = await relay(await serve(server), cutting(1500))
  const { remote } = counted<number>(url, { retries: 0 })
  const onError = vi.fn()
  await living(remote, createDB<number>(), () => rest(10 * seconds), onError)
  expect(onError.mock.calls.length).toBeGreaterThan(0)
  expect(onError.mock.calls.length).toBeLessThan(3)
}, 60_000)

/** How many requests a second `live` makes of what `answer` makes of `changes`, after a while. */
async function rateOf(change: (head: string | null) => string | null): Promise<number> {
  const server = createDB<number>({ name: 'server' })
  await server.putMany([{ data: 1 }, { data: 2 }])
  const handler = createHandler(server, openToAll)
  const fetch = async (url: string, init: RequestInit) => {
    await rest(1) // a server far away never answers at once
    if (operationOf(url) !== 'changes') return handler(new Request(url, init))
    const head = change(new URL(url).searchParams.get('since') || null)
    return Response.json({ head }, { headers: { 'histo-revisions': '1' } })
  }
  const { remote, asked } = counted<number>('http://x', { fetch })
  await living(remote, createDB<number>(), () => rest(5 * seconds))
  return asked.length / 5
}

test('a server that returns the same head at once is polled slowly', async () => {
  expect(await rateOf((since) => since)).toBeLessThan(4)
}, 60_000)

test('a server whose head flaps between two values is polled slowly', async () => {
  let isOdd = false
  const rate = await rateOf(() => {
    isOdd = !isOdd
    return isOdd ? 'a'.repeat(64) : 'b'.repeat(64)
  })
  expect(rate).toBeLessThan(8)
}, 60_000)

test('changes are polled each second if a router refuses the wait at once', async () => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'client' })
  const url = await proxy(await serve(server), (incoming, outgoing) => {
    if (operationOf(incoming.url ?? '') !== 'changes') return false
    outgoing.writeHead(502).end('no')
    return true
  })
  const { remote, asked } = counted<number>(url, { retries: 0 })
  await living(remote, client, async () => {
    const begun = performance.now()
    await rest(8 * seconds)
    expect(await delayOf(server, client, 1)).toBeLessThan(1.5 * seconds)
    const took = performance.now() - begun
    expect(asked.length / (took / seconds)).toBeLessThan(8)
  })
}, 60_000)

test('a source whose watch ends at once is polled slowly', async () => {
  const source = createDB<number>({ name: 'source' })
  await source.put(1)
  const head = vi.fn(source.head.bind(source))
  const ending = {
    name: 'source',
    head,
    refDifference: source.refDifference.bind(source),
    createStream: source.createStream.bind(source),
    async *watch() {
      // ends
    }
  }
  const stop = new AbortController()
  const going = createSynchronizer(ending as never, createDB()).live({ signal: stop.signal })
  await rest(4 * seconds)
  stop.abort()
  await going
  expect(head.mock.calls.length).toBeGreaterThan(4)
  expect(head.mock.calls.length).toBeLessThan(20)
}, 60_000)

test('a push to a server whose head flaps is repeated no faster than its backoff', async () => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'client' })
  await client.put(1)
  const handler = createHandler(server, openToAll)
  let turn = 0
  const fetch = async (url: string, init: RequestInit) => {
    await rest(1)
    const answer = await handler(new Request(url, init))
    if (operationOf(url) !== 'state') return answer
    turn += 1
    const state = {
      ...((await answer.json()) as object),
      head: (turn % 2 === 0 ? 'a' : 'b').repeat(64)
    }
    return Response.json(state, { headers: { 'histo-revisions': '1' } })
  }
  const { remote, asked } = counted<number>('http://x', { fetch })
  await expect(client.push(remote, { signal: AbortSignal.timeout(4 * seconds) })).rejects.toThrow()
  expect(asked.length).toBeGreaterThan(4)
  expect(asked.length / 4).toBeLessThan(8)
}, 60_000)
