/** Servers that lie, stall, flood, cut short: the database is untouched by what was wrong. */

import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { type WireItem, wireOfItems } from '../../ts/wire/wire.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { connect, createDB, createHandler, line, listening, openToAll } from './servers.js'

type Change = (operation: string, answer: Response, url: string) => Response | Promise<Response>

/** A client of `db` behind a proxy that changes the server's answers. */
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

/**
 * How many edits of its own a client has: little enough to name them all and get what is missing at
 * once, or so many that it asks first.
 */
const [atOnce, afterQuestions] = [1, 200]
const ways = [
  ['at once', atOnce],
  ['after questions', afterQuestions]
] as const

/** A server of 50 revisions, and a client that has 10 of them and edits of its own. */
async function pair(own: number = atOnce) {
  const [server, client] = [
    createDB<unknown>({ name: 'server' }),
    createDB<unknown>({ name: 'me' })
  ]
  const old = await line(server, 10)
  await client.pull(connect('http://x', { fetch: createHandler(server) }))
  await client.putMany(Array.from({ length: own }, (_, number) => ({ data: ['mine', number] })))
  const refs = [...old, ...(await line(server, 40))]
  return { server, client, refs }
}

/** How a pull fails; and nothing that is not the server's is there, and no head moved. */
async function failedPull(change: Change, own: number = atOnce) {
  const { server, client, refs } = await pair(own)
  const [known, head] = [await client.remoteHead('server'), client.head()]
  const failure = await failureOf(client.pull(behind(server, change)))
  expect([await client.remoteHead('server'), client.head()]).toEqual([known, head])
  return { failure, client, refs }
}

/** An answer of `news` in its two parts. */
async function partsOf(answer: Response) {
  const bytes = Buffer.from(await answer.arrayBuffer())
  const end = 4 + bytes.readUInt32LE()
  return { first: bytes.subarray(4, end), rest: bytes.subarray(end) }
}

function joint(first: Uint8Array, rest: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(first.length)
  return Buffer.concat([length, first, rest])
}

/** Changes the stream of revisions, whatever brings it. */
const onStream = (body: (stream: Uint8Array) => Promise<Uint8Array> | Uint8Array): Change => {
  return async (operation, answer) => {
    if (operation === 'pull') {
      return withBody(answer, await body(new Uint8Array(await answer.arrayBuffer())))
    }
    if (operation !== 'news') return answer
    const { first, rest } = await partsOf(answer)
    return withBody(answer, joint(first, rest.length === 0 ? rest : await body(rest)))
  }
}

test('a server with little to tell streams at once, one with questions after them', async () => {
  for (const [own, expected] of [
    [atOnce, ['news']],
    [afterQuestions, ['news', 'has', 'has', 'pull']]
  ] as const) {
    const { server, client } = await pair(own)
    const operations: string[] = []
    await client.pull(
      behind(server, (operation, answer) => {
        operations.push(operation)
        return answer
      })
    )
    expect(operations).toEqual(expected)
  }
})

test.each(ways)('a head that never comes is HISTO_PROTOCOL, %s', async (_way, own) => {
  const { failure } = await failedPull(
    onStream(() => wire()),
    own
  )
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: false })
})

test.each(ways)('a head that the server does not have is HISTO_PROTOCOL, %s', async (_way, own) => {
  const { failure } = await failedPull(async (operation, answer) => {
    if (operation !== 'news') return answer
    const { first, rest } = await partsOf(answer)
    const changed = { ...(JSON.parse(String(first)) as object), head: unknownRef }
    return withBody(answer, joint(Buffer.from(JSON.stringify(changed)), rest))
  }, own)
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: own === afterQuestions })
})

test('the part before a stream is bounded, and whole', async () => {
  const length = (bytes: number) => {
    const four = Buffer.alloc(4)
    four.writeUInt32LE(bytes)
    return four
  }
  for (const body of [
    Buffer.alloc(0),
    Buffer.alloc(3),
    length(100),
    Buffer.concat([length(2), Buffer.from('{}')]),
    Buffer.concat([length(4), Buffer.from('none')]),
    Buffer.concat([length(0xffff_ffff), Buffer.alloc(200_000)]),
    joint(
      Buffer.from('{"name":"x","head":null,"heads":"never","maxBodyBytes":1,"follows":true}'),
      Buffer.alloc(0)
    )
  ]) {
    const { failure } = await failedPull((operation, answer) =>
      operation === 'news' ? withBody(answer, body) : answer
    )
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
  }
})

test.each(ways)('a forged revision is HISTO_CORRUPT, and is not there, %s', async (_way, own) => {
  const forged = { ref: unknownRef, ancestors: [], payload: '"forged"' }
  const { failure, client } = await failedPull(
    onStream(() => wire([forged])),
    own
  )
  expect(failure).toMatchObject({ code: 'HISTO_CORRUPT' })
  expect(await client.has([unknownRef])).toEqual([false])
})

test('a revision without its ancestors is HISTO_PROTOCOL, and is not there', async () => {
  const other = createDB<unknown>()
  const [, orphan = ''] = await line(other, 2, 'other')
  const { ancestors, data } = await other.revision(orphan)
  const item = { ref: orphan, ancestors, payload: JSON.stringify(data) }
  const { failure, client } = await failedPull(onStream(() => wire([item])))
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
  expect(await client.has([orphan])).toEqual([false])
})

test('a server that says that it has everything of ours gets what it asked for', async () => {
  const { failure } = await failedPull(async (operation, answer) => {
    if (operation !== 'has') return answer
    return withBody(answer, new Uint8Array(await answer.arrayBuffer()).fill(0xff))
  }, afterQuestions)
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test('answers of another length to has are HISTO_PROTOCOL', async () => {
  const { failure } = await failedPull(
    (operation, answer) => (operation === 'has' ? withBody(answer, new Uint8Array(9999)) : answer),
    afterQuestions
  )
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test.each(ways)('an answer that ends before its time may pass, %s', async (_way, own) => {
  const { failure } = await failedPull(
    onStream((stream) => stream.subarray(0, -1)),
    own
  )
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: true })
})

test('bytes after the end, or a stream twice, are HISTO_PROTOCOL', async () => {
  for (const more of [1, 2]) {
    const { failure } = await failedPull(
      onStream((stream) => Buffer.concat([stream, more === 1 ? Buffer.from([0]) : stream]))
    )
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
  }
})

test.each(ways)('a page in the place of revisions is HISTO_PROTOCOL, %s', async (_way, own) => {
  const brings = own === atOnce ? 'news' : 'pull'
  const { failure } = await failedPull((operation, answer) => {
    const headers = { ...Object.fromEntries(answer.headers), 'content-type': 'text/html' }
    return operation === brings ? new Response('<html>', { headers }) : answer
  }, own)
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
    const { server, client, refs } = await pair(round % 2 === 0 ? atOnce : afterQuestions)
    const target = round % 2 === 0 ? 'news' : ['news', 'has', 'pull'][round % 3]
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
  for (const target of ['news', 'has', 'pull']) {
    const { failure } = await failedPull(
      (operation, answer) => (operation === target ? withBody(answer, endless()) : answer),
      afterQuestions
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
  expect(await reading).toMatchObject({ code: 'HISTO_PROTOCOL' })
  const differing = failureOf(remote.refDifference(null, second))
  expect(await differing).toMatchObject({ code: 'HISTO_PROTOCOL' })
  expect(encodeRefs([first])).toHaveLength(33)
})
