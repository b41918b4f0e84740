/**
 * Metas over HTTP: between databases of every kind, by values too, and where one side is of a time before them.
 *
 * Checked to fail: a client or a handler that does not look at `histo-revisions-can` sends metas to a side of before.
 */

import { describe, expect, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { collect, failureOf, opened, refOf } from '../contract/places.js'
import { connect, createHandler, inProcess, kinds, openToAll, serve } from './servers.js'

const ada = { author: 'Ada', time: '2026-01-01T00:00:00.000Z' }
const pairs = kinds.flatMap(([server, openServer]) =>
  kinds.map(([client, openClient]) => ({ server, client, openServer, openClient }))
)

/** Some revisions, with a meta and without. */
const mixed = (db: DB<unknown>) =>
  db.putMany([
    { data: 'bare' },
    { data: { a: 1 }, meta: ada },
    { data: new Uint8Array([1, 2]), meta: { n: 2 } },
    { data: 'bare again' }
  ])

const same = async (one: DB<unknown>, other: DB<unknown>, refs: readonly string[]) => {
  for (const ref of refs) expect(await other.revision(ref)).toEqual(await one.revision(ref))
}

test.each(pairs)('metas from $server to $client, and back', async ({ openServer, openClient }) => {
  const [server, client] = [await openServer('server'), await openClient('client')]
  const refs = await mixed(server)
  const remote = connect<unknown>(await serve(server))
  await client.pull(remote, { resolve: 'json' })
  await same(server, client, refs)
  const more = await client.putMany([{ data: 1, meta: { n: 1 } }, { data: 2 }])
  await client.push(remote)
  await same(client, server, more)
  expect(server.head()).toBe(more.at(-1))
})

test('streams of values bring metas out and in, checked by their refs', async () => {
  const server = await opened<unknown>({ name: 'server' })
  const remote = inProcess(server)
  const refs = await mixed(server)
  const read = await collect(remote.createStream(refs))
  expect(read.map(({ meta }) => meta)).toEqual([undefined, ada, { n: 2 }, undefined])
  const fresh = inProcess(server) // nothing was asked before
  await remote.remoteHead('client')
  await fresh.remoteHead('client')
  const ref = refOf(1, [], ada)
  await fresh.writeStream([{ ref, ancestors: [], data: 1, meta: ada }])
  expect(await server.revision(ref)).toMatchObject({ data: 1, meta: ada })
  const forged = [{ ref, ancestors: [], data: 1, meta: { author: 'Eve' } }]
  expect((await failureOf(fresh.writeStream(forged))).code).toBe('HISTO_CORRUPT')
})

const header = 'histo-revisions-can'

/** A client of `db`; the requests or the answers are those of a side that knows no metas. */
function beside<T>(db: DB<T>, old: 'client' | 'server') {
  const handler = createHandler(db, openToAll)
  const fetch = async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    expect(headers.get(header)).toContain('meta')
    if (old === 'client') headers.delete(header)
    const answer = await handler(new Request(url, { ...init, headers }))
    expect(answer.headers.get(header)).toContain('meta')
    if (old === 'client') return answer
    const { status, body } = answer
    const rest = new Headers(answer.headers)
    rest.delete(header)
    return new Response(body, { status, headers: rest })
  }
  return connect<T>('http://in.process/db', { fetch, retries: 0 })
}

describe('a side that knows no metas', () => {
  test.each(['client', 'server'] as const)('works as before without metas, the %s', async (old) => {
    const [server, client] = [await opened({ name: 'server' }), await opened({ name: 'client' })]
    const theirs = await server.putMany([{ data: 1 }, { data: 2 }])
    await client.pull(beside(server, old), { resolve: 'json' })
    await same(server, client, theirs)
    const ours = await client.put(3)
    await client.push(beside(server, old))
    expect(server.head()).toBe(ours)
  })

  test('a client without them gets no revision with a meta, and is told why', async () => {
    const [server, client] = [await opened({ name: 'server' }), await opened({ name: 'client' })]
    const [, withMeta = ''] = await mixed(server)
    const remote = beside(server, 'client')
    const failure = await failureOf(client.pull(remote))
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
    expect(failure.message).toContain(withMeta)
    expect(failure.message).toMatch(/meta.*newer version/)
    expect(await client.remoteHead('server')).toBeNull()
    const read = collect(remote.createStream([withMeta]))
    expect(await failureOf(read)).toMatchObject({ code: 'HISTO_PROTOCOL' })
  })

  test('a server without them is sent no revision with a meta, and the client is told why', async () => {
    const [server, client] = [await opened({ name: 'server' }), await opened({ name: 'client' })]
    const [, withMeta = ''] = await mixed(client)
    const remote = beside(server, 'server')
    const failure = await failureOf(client.push(remote))
    expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
    expect(failure.message).toContain(withMeta)
    expect(await server.remoteHead('client')).toBeNull()
    const stream = [{ ancestors: [], data: 1, meta: ada }]
    await remote.remoteHead('client')
    expect(await failureOf(remote.writeStream(stream))).toMatchObject({ code: 'HISTO_PROTOCOL' })
    expect(await server.has([withMeta, refOf(1, [], ada)])).toEqual([false, false])
  })
})

test('a stream recorded before there were metas is accepted, and made again byte for byte', async () => {
  const head = 'c9b55794dc44408962c31f2addb68a13ac6bb402954b328aeb903da4df00dc14'
  const recorded =
    'iUhJU1RPDQoBAAAAFCOfTAEAAAAFAAAAaAAAAGgAAAAGCd4ZYFBQzAAHeyJhIjoxfQwCILXbQ6XxVuA3WzUayu2eVAv7Trowxvmb' +
    'b8U4klPaZOuLCQIDAQIDCAQHIm90aGVyIhADAggibWVyZ2VkIgWoLFshXyUX7er27pOp6pAqSaCvupaDGiAO5HykKGJ+AgAAAAAAAA' +
    'AQAAAAEAAAAI6RQyNIW2WJBQAAAAAAAABoAAAAAAAAAA=='
  const server = await opened<unknown>({ name: 'server' })
  const handler = createHandler(server, openToAll)
  const headers = { 'content-type': 'application/vnd.histo-revisions' }
  const body = Buffer.from(recorded, 'base64')
  const url = `http://in.process/push?remote=old&head=${head}`
  expect((await handler(new Request(url, { method: 'POST', headers, body }))).status).toBe(200)
  expect(await server.remoteHead('old')).toBe(head)
  expect(await server.get(head)).toBe('merged')
  expect((await server.verify()).tombstones).toBe(1)
  await server.setHead(head)
  const asked = Buffer.concat([Buffer.from([0]), Buffer.from(head, 'hex')])
  const init = { method: 'POST', headers, body: asked }
  const answer = await handler(new Request('http://in.process/pull', init))
  expect(Buffer.from(await answer.arrayBuffer()).length).toBe(body.length)
})

test('the wire between two databases of a process carries what erase kept of a meta', async () => {
  const source = await opened<unknown>({ name: 'source' })
  const refs = await mixed(source)
  await source.erase(refs[1] ?? '')
  await source.erase(refs[2] ?? '', { meta: true })
  const over = await opened<unknown>({ name: 'over' })
  await over.pull(inProcess(source))
  const beside = await opened<unknown>({ name: 'beside' })
  await createSynchronizer(source, beside).run()
  for (const db of [over, beside]) {
    const headers = await collect(db.history(refs[3] ?? '', { data: false }))
    expect(headers.map(({ meta }) => meta)).toEqual([undefined, undefined, ada, undefined])
    expect(await db.verify()).toMatchObject({ ok: true })
  }
})
