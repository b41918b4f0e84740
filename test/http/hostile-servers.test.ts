/** Servers that lie, stall, flood, cut short: the database is untouched by what was wrong. */

import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { type WireItem, wireOfItems } from '../../ts/wire.js'
import { encodeRefs } from '../../ts/wire-refs.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { connect, createDB, createHandler, line, listening, openToAll } from './servers.js'

type Change = (operation: string, answer: Response, url: string) => Response | Promise<Response>

/** A client of `db`, behind somebody who changes what the server says. */
function behind(db: DB<unknown>, change: Change, options = {}) {
  const handler = createHandler(db, openToAll)
  const fetch = async (url: string, init: RequestInit) => {
    const operation = new URL(url).pathname.split('/').at(-1) ?? ''
    return change(operation, await handler(new Request(url, init)), url)
  }
  return connect('http://x', { fetch, retries: 0, ...options })
}

/** The same answer with another body. */
const withBody = (answer: Response, body: Uint8Array | ReadableStream | string) =>
  new Response(body as Uint8Array<ArrayBuffer>, answer)

async function* batches(...all: WireItem[][]) {
  for (const batch of all) yield await Promise.resolve(batch)
}

async function wire(...all: WireItem[][]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  const options = { signal: undefined, compress: false }
  for await (const chunk of wireOfItems(batches(...all), options)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A server of 50 revisions, and a client that has 10 of them and an edit of its own. */
async function pair() {
  const [server, client] = [
    createDB<unknown>({ name: 'server' }),
    createDB<unknown>({ name: 'me' })
  ]
  const old = await line(server, 10)
  await client.pull(connect('http://x', { fetch: createHandler(server) }))
  await client.put('mine')
  const refs = [...old, ...(await line(server, 40))]
  return { server, client, refs }
}

/** How a pull fails; and nothing that is not the server's is there, and no head moved. */
async function failedPull(change: Change, options = {}) {
  const { server, client, refs } = await pair()
  const [known, head] = [await client.remoteHead('server'), client.head()]
  const failure = await failureOf(client.pull(behind(server, change, options)))
  expect([await client.remoteHead('server'), client.head()]).toEqual([known, head])
  return { failure, client, refs }
}

const onPull = (
  body: (answer: Response) => Promise<Uint8Array | ReadableStream | string>
): Change => {
  return async (operation, answer) =>
    operation === 'pull' ? withBody(answer, await body(answer)) : answer
}

test('a head that never comes is HISTO_PROTOCOL', async () => {
  const { failure } = await failedPull(onPull(() => wire()))
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test('a head that the server does not have is HISTO_PROTOCOL', async () => {
  const { failure } = await failedPull(async (operation, answer) => {
    if (operation !== 'state') return answer
    return withBody(
      answer,
      JSON.stringify({ ...((await answer.json()) as object), head: unknownRef })
    )
  })
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: true })
})

test('a forged revision is HISTO_CORRUPT, and is not there', async () => {
  const forged = { ref: unknownRef, ancestors: [], payload: '"forged"' }
  const { failure, client } = await failedPull(onPull(() => wire([forged])))
  expect(failure).toMatchObject({ code: 'HISTO_CORRUPT' })
  expect(await client.has([unknownRef])).toEqual([false])
})

test('a revision without its ancestors is HISTO_PROTOCOL, and is not there', async () => {
  const other = createDB<unknown>()
  const [, orphan = ''] = await line(other, 2, 'other')
  const { ancestors, data } = await other.revision(orphan)
  const item = { ref: orphan, ancestors, payload: JSON.stringify(data) }
  const { failure, client } = await failedPull(onPull(() => wire([item])))
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
  expect(await client.has([orphan])).toEqual([false])
})

test('a server that says that it has everything of ours gets what it asked for', async () => {
  const { failure } = await failedPull(async (operation, answer) => {
    if (operation !== 'has') return answer
    return withBody(answer, new Uint8Array(await answer.arrayBuffer()).fill(0xff))
  })
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test('answers of another length to has are HISTO_PROTOCOL', async () => {
  const { failure } = await failedPull((operation, answer) =>
    operation === 'has' ? withBody(answer, new Uint8Array(9999)) : answer
  )
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test('an answer that ends before its time is HISTO_PROTOCOL, and may pass', async () => {
  const { failure } = await failedPull(
    onPull(async (answer) => new Uint8Array(await answer.arrayBuffer()).subarray(0, -1))
  )
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: true })
})

test('bytes after the end, or a stream twice, are HISTO_PROTOCOL', async () => {
  for (const more of [1, 2]) {
    const { failure } = await failedPull(
      onPull(async (answer) => {
        const all = Buffer.from(await answer.arrayBuffer())
        return Buffer.concat([all, more === 1 ? Buffer.from([0]) : all])
      })
    )
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
  }
})

test('a page in the place of revisions is HISTO_PROTOCOL', async () => {
  const { failure } = await failedPull((operation, answer) => {
    const headers = { ...Object.fromEntries(answer.headers), 'content-type': 'text/html' }
    return operation === 'pull' ? new Response('<html>', { headers }) : answer
  })
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test('a revision over maxRevisionBytes is HISTO_DENIED', async () => {
  const { server, client } = await pair()
  await server.put('x'.repeat(10_000))
  const remote = behind(server, (_operation, answer) => answer, { maxRevisionBytes: 1000 })
  expect(await failureOf(client.pull(remote))).toMatchObject({ code: 'HISTO_DENIED' })
})

test('any byte of any answer changed: what is there afterwards is the server’s, or nothing', async () => {
  for (let round = 0; round < 150; round += 1) {
    const { server, client, refs } = await pair()
    const target = ['state', 'has', 'pull'][round % 3]
    const remote = behind(server, async (operation, answer) => {
      if (operation !== target) return answer
      const bytes = new Uint8Array(await answer.arrayBuffer())
      const at = Math.floor(Math.random() * bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
      return withBody(answer, bytes)
    })
    const known = await client.remoteHead('server')
    const failed = await client.pull(remote).then(
      () => undefined,
      (error: { code: string }) => error
    )
    if (failed !== undefined) {
      expect(failed.code).toMatch(/^HISTO_(PROTOCOL|CORRUPT|DENIED|NETWORK)$/)
      expect(await client.remoteHead('server')).toBe(known)
    }
    for (const ref of Object.values(await client.remotes())) expect(refs).toContain(ref)
    expect(await client.verify()).toMatchObject({ ok: true })
  }
}, 60_000)

test('an endless answer is cut off, whatever the operation', async () => {
  const endless = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20))
    })
  for (const target of ['state', 'has', 'pull']) {
    const { failure } = await failedPull((operation, answer) =>
      operation === target ? withBody(answer, endless()) : answer
    )
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
  }
})

test('a redirect without end is HISTO_NETWORK', async () => {
  const url = await listening(
    createServer((request, response) => {
      response.writeHead(307, { location: request.url ?? '/' }).end()
    })
  )
  const failure = await failureOf(connect(url, { retries: 0 }).ready())
  expect(failure).toMatchObject({ code: 'HISTO_NETWORK' })
})

test('refs and revisions that were not asked for are HISTO_PROTOCOL', async () => {
  const { server, refs } = await pair()
  const [first = '', second = ''] = refs
  const other = await wire([{ ref: first, ancestors: [], payload: 'null' }])
  const remote = behind(server, (operation, answer) => {
    if (operation === 'revisions') return withBody(answer, other)
    return operation === 'difference' ? withBody(answer, new Uint8Array([0, 1, 2])) : answer
  })
  const reading = failureOf(remote.createStream([second]).read())
  expect(['HISTO_PROTOCOL', 'HISTO_CORRUPT']).toContain((await reading).code)
  const differing = failureOf(remote.refDifference(null, second))
  expect(await differing).toMatchObject({ code: 'HISTO_PROTOCOL' })
  expect(encodeRefs([first])).toHaveLength(33)
})
