/**
 * Connections that are cut at random points: what arrived stays, and little is sent twice.
 *
 * HISTO_LONG=1 makes the history 100,000 revisions long.
 */

import { expect, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { connect, createDB, createHandler, kinds, line, openToAll } from './servers.js'

const revisions = process.env['HISTO_LONG'] === '1' ? 100_000 : 12_000
/** Bytes of revisions in one batch, and some for its surroundings. */
const batch = 256 * 1024 + 4096

/** Chunks of a stream up to a byte, and then an error. */
function cutAfter(bytes: number, passed: (count: number, isCut: boolean) => void) {
  let left = bytes
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const part = chunk.subarray(0, left)
      left -= part.byteLength
      passed(part.byteLength, left === 0)
      if (part.byteLength > 0) controller.enqueue(part)
      if (left === 0) controller.error(new TypeError('terminated'))
    }
  })
}

interface Network {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Bytes of revisions that came through, either way. */
  bytes: number
  cuts: number
}

/** A network to `db` that breaks each stream of revisions after `life()` bytes. */
function network(db: DB<unknown>, life: () => number): Network {
  const handler = createHandler(db, openToAll)
  const net: Network = { fetch: ask, bytes: 0, cuts: 0 }
  const passed = (count: number, isCut: boolean) => {
    net.bytes += count
    net.cuts += isCut ? 1 : 0
  }
  const cut = (stream: ReadableStream<Uint8Array>) => stream.pipeThrough(cutAfter(life(), passed))
  async function ask(url: string, init: RequestInit): Promise<Response> {
    const operation = new URL(url).pathname.split('/').at(-1)
    if (operation === 'push') {
      const body = cut(new Blob([init.body as Uint8Array<ArrayBuffer>]).stream())
      const answer = await handler(new Request(url, { ...init, body, duplex: 'half' }))
      if (answer.status === 200) return answer
      throw new TypeError('fetch failed')
    }
    const answer = await handler(new Request(url, init))
    const brings = operation === 'pull' || operation === 'news'
    if (!brings || answer.body === null) return answer
    return new Response(cut(answer.body), answer)
  }
  return net
}

const endless = () => Number.MAX_SAFE_INTEGER
/** Long enough for a batch, so that the run progresses. */
const short = () => Math.floor((0.6 + Math.random()) * batch)

/** Data that a compressor makes little of. */
function noise(db: DB<unknown>, count: number) {
  const data = () => Array.from({ length: 30 }, () => Math.random())
  return db.putMany(Array.from({ length: count }, () => ({ data: data() })))
}

/** Runs until it is through; how often it had to. */
async function untilThrough(run: () => Promise<unknown>): Promise<number> {
  for (let runs = 1; ; runs += 1) {
    const failure = await run().then(
      () => undefined,
      (error: unknown) => error
    )
    if (failure === undefined) return runs
    expect(failure).toMatchObject({ code: 'HISTO_NETWORK' })
  }
}

const targets = kinds.filter(([name]) => name !== 'a path' || process.env['HISTO_LONG'] === '1')

test.each(targets)(
  'a pull into %s that is cut again and again sends hardly anything twice',
  async (_name, open) => {
    const server = createDB<unknown>({ name: 'server' })
    await noise(server, revisions)
    const whole = network(server, endless)
    await createSynchronizer(connect('http://x', { fetch: whole.fetch }), createDB()).run()
    const client = await open('client')
    const cut = network(server, short)
    const remote = connect('http://x', { fetch: cut.fetch, retries: 0 })
    const runs = await untilThrough(async () => {
      await createSynchronizer(remote, client).run()
    })
    expect(runs).toBeGreaterThan(3)
    expect(await client.remoteHead('server')).toBe(server.head())
    expect(cut.bytes - whole.bytes).toBeLessThan(cut.cuts * batch)
  },
  300_000
)

test.each(targets)(
  'a push into %s that is cut again and again sends hardly anything twice',
  async (_name, open) => {
    const client = createDB<unknown>({ name: 'client' })
    await noise(client, revisions)
    const whole = network(createDB(), endless)
    await createSynchronizer(client, connect('http://x', { fetch: whole.fetch })).run()
    const server = await open('server')
    const cut = network(server, short)
    const remote = connect('http://x', { fetch: cut.fetch, retries: 0 })
    const runs = await untilThrough(async () => {
      await createSynchronizer(client, remote).run()
    })
    expect(runs).toBeGreaterThan(3)
    expect(await server.remoteHead('client')).toBe(client.head())
    expect(cut.bytes - whole.bytes).toBeLessThan(cut.cuts * batch)
  },
  300_000
)

test('an interrupted run moves no remote head, and the next one goes on from what arrived', async () => {
  const server = createDB<unknown>({ name: 'server' })
  await noise(server, 5000)
  const client = createDB({ name: 'client' })
  const cut = network(server, () => 2 * batch)
  const remote = connect('http://x', { fetch: cut.fetch, retries: 0 })
  await expect(createSynchronizer(remote, client).run()).rejects.toThrow()
  expect([await client.remoteHead('server'), client.head()]).toEqual([null, null])
  const whole = network(server, endless)
  const { revisions } = await createSynchronizer(
    connect('http://x', { fetch: whole.fetch }),
    client
  ).run()
  expect(revisions).toBeLessThan(4000)
  expect(await client.remoteHead('server')).toBe(server.head())
})

test('one run succeeds by itself, since progress resets its retries', async () => {
  const server = createDB<unknown>({ name: 'server' })
  await noise(server, 4000)
  const client = createDB({ name: 'client' })
  const cut = network(server, () => 0.8 * batch)
  const remote = connect('http://x', { fetch: cut.fetch, retries: 1 })
  const { revisions } = await createSynchronizer(remote, client).run()
  expect(revisions).toBe(4000)
  expect(cut.cuts).toBeGreaterThan(2)
}, 60_000)

test('a line that was pulled in parts is whole', async () => {
  const server = createDB<unknown>({ name: 'server' })
  const refs = await line(server, 3000)
  const client = createDB({ name: 'client' })
  const remote = connect('http://x', { fetch: network(server, short).fetch })
  await createSynchronizer(remote, client).run()
  expect(await client.has(refs)).not.toContain(false)
  expect(await client.refDifference(null, refs.at(-1) ?? '')).toHaveLength(3000)
})
