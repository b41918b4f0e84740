/**
 * `branches-deleted`, as its bytes are: old servers and clients, servers that lie, and readers that ask about what they may not
 * see.
 */

import { describe, expect, test } from 'vitest'
import { encodeNames } from '../../ts/http/compare.js'
import { abilitiesHeader } from '../../ts/http/protocol.js'
import { joined, partsOf } from '../../ts/http/sections.js'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { decodeBits, encodeRefs } from '../../ts/wire/wire-refs.js'
import { failureOf, unknownRef } from '../contract/places.js'
import { openToMany } from './asks.js'
import { connect, createHandler, openToAll } from './servers.js'

type Doc = Record<string, number>

const prune = { branches: true, prune: true } as const

/** A server with some branches, and a client that has seen them. */
async function pair(change: (answer: Response, url: string) => Promise<Response> | Response) {
  const server = createDB<Doc>({ name: 'server' })
  for (const name of ['main', 'a', 'b', 'c']) await server.branch(name).put({ [name]: 1 })
  const laptop = createDB<Doc>({ name: 'laptop' })
  const handler = createHandler(server, openToMany)
  const asked: { url: string; parts: number }[] = []
  const fetch = async (url: string, init: RequestInit) => {
    const request = new Request(url, init)
    const body = new Uint8Array(await request.clone().arrayBuffer())
    if (url.includes('branches-deleted')) asked.push({ url, parts: partsIn(body) })
    return await change(await handler(request), url)
  }
  const remote = connect<Doc>('http://in.process/db', { fetch, retries: 0 })
  await laptop.pull(remote, { branches: true })
  for (const name of ['a', 'b']) await server.deleteBranch(name)
  return { server, laptop, remote, asked }
}

function partsIn(body: Uint8Array): number {
  for (const count of [1, 2, 3]) {
    try {
      return partsOf(body, count).length
    } catch {
      // It has another number of parts.
    }
  }
  return 0
}

/** An answer of a server before `deleted-from`: it refuses a second part. */
function former(answer: Response, url: string): Response {
  const headers = new Headers(answer.headers)
  headers.set(abilitiesHeader, 'deltas, meta')
  if (!url.includes('branches-deleted')) return new Response(answer.body, { headers })
  headers.set('content-type', 'application/json')
  const error = { code: 'HISTO_PROTOCOL', message: 'a body has no 1 parts' }
  return new Response(JSON.stringify({ error }), { status: 400, headers })
}

const namesOf = async (db: DB<Doc>) => Object.keys(await db.branches())

test('a server that does not declare deleted-from is not asked, and nothing is pruned', async () => {
  const { laptop, remote, asked } = await pair(former)
  expect((await laptop.pull(remote, prune)).deleted).toEqual([])
  expect((await createSynchronizer(remote, laptop, prune).run()).deleted).toEqual([])
  expect([asked, await namesOf(laptop)]).toEqual([[], ['a', 'b', 'c', 'main']])
})

test('where an older server answers in place of a newer one, nothing is pruned, and the run succeeds', async () => {
  const { laptop, remote, asked } = await pair((answer, url) =>
    url.includes('branches-deleted') ? former(answer, url) : answer
  )
  expect((await laptop.pull(remote, prune)).deleted).toEqual([])
  expect(asked.map(({ parts }) => parts)).toEqual([2])
  expect((await laptop.pull(remote, prune)).deleted).toEqual([])
})

test('a refusal by a server that declares deleted-from is a failure', async () => {
  const { laptop, remote } = await pair((answer, url) => {
    if (!url.includes('branches-deleted')) return answer
    const headers = new Headers(answer.headers)
    headers.set('content-type', 'application/json')
    const error = { code: 'HISTO_DENIED', message: 'no' }
    return new Response(JSON.stringify({ error }), { status: 403, headers })
  })
  expect(await failureOf(laptop.pull(remote, prune))).toMatchObject({ code: 'HISTO_DENIED' })
  expect(await namesOf(laptop)).toEqual(['a', 'b', 'c', 'main'])
})

describe('a server that lies', () => {
  const answering = (bytes: Uint8Array<ArrayBuffer>) =>
    pair((answer, url) =>
      url.includes('branches-deleted') ? new Response(bytes, { headers: answer.headers }) : answer
    )

  test.each([
    ['of more bits than were asked for', Uint8Array.of(0b111)],
    ['of more bytes', Uint8Array.of(3, 0)],
    ['of none', new Uint8Array()]
  ])('in an answer %s prunes nothing', async (_what, bytes) => {
    const { laptop, remote } = await answering(bytes)
    expect(await failureOf(laptop.pull(remote, prune))).toMatchObject({ code: 'HISTO_PROTOCOL' })
    const run = createSynchronizer(remote, laptop, prune).run()
    expect(await failureOf(run)).toMatchObject({ code: 'HISTO_PROTOCOL' })
    expect(await namesOf(laptop)).toEqual(['a', 'b', 'c', 'main'])
    expect(Object.keys(await laptop.remotes()).length).toBe(4)
  })

  test('deletes no branch that it lists, nor one that has moved here', async () => {
    const { laptop, remote } = await answering(Uint8Array.of(0b11))
    await laptop.branch('b').put({ own: 1 })
    const { deleted } = await laptop.pull(remote, prune)
    expect([deleted?.toSorted(), await namesOf(laptop)]).toEqual([
      ['a', 'b'],
      ['b', 'c', 'main']
    ])
  })
})

/** Asks a handler, and reads the answer. */
async function ask(db: DB<Doc>, body: Uint8Array, options: HandlerOptions = openToMany) {
  const init = { method: 'POST', body: new Uint8Array(body) }
  const url = 'http://in.process/branches-deleted?prefix='
  const answer = await createHandler(db, options)(new Request(url, init))
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
}

const pairs = (asked: Readonly<Record<string, string>>) =>
  joined([encodeNames(Object.keys(asked)), encodeRefs(Object.values(asked))])

/** Branches that were deleted, each from the second of two versions. */
async function deleted(...names: string[]) {
  const db = createDB<Doc>({ name: 'server' })
  const versions: Record<string, [string, string]> = {}
  await db.put({ main: 1 })
  for (const name of names) {
    const branch = db.branch(name)
    versions[name] = [await branch.put({ [name]: 1 }), await branch.put({ [name]: 2 })]
    await db.deleteBranch(name)
  }
  const of = (name: string) => versions[name] ?? expect.fail()
  return { db, of }
}

test('a client that sends names alone is told of no deletion', async () => {
  const { db } = await deleted('a', 'b')
  const { status, bytes } = await ask(db, joined([encodeNames(['a', 'b', 'c'])]))
  expect([status, decodeBits(bytes, 3)]).toEqual([200, [false, false, false]])
})

// Checked to fail: where `reachingSeen` returns what the heads of all branches together reach.
test('a deletion counts from the head of its own branch alone', async () => {
  const { db, of } = await deleted('a', 'b')
  const told = async (asked: Readonly<Record<string, string>>) =>
    decodeBits((await ask(db, pairs(asked))).bytes, Object.keys(asked).length)
  expect(await told({ a: of('a')[1], b: of('b')[0] })).toEqual([true, true])
  expect(await told({ a: of('b')[0], b: of('a')[0] })).toEqual([false, false])
  expect(await told({ a: of('b')[1], b: of('b')[0] })).toEqual([false, true])
  expect(await told({ a: unknownRef, b: 'x', main: of('a')[0] })).toEqual([false, false, false])
})

test('what a reader may not see is answered like what is not there', async () => {
  const { db, of } = await deleted('anna/1', 'anna/2', 'ben/1')
  const kept = await db.branch('ben/2').put({ ben: 2 })
  const own = (name: string) => name.startsWith('anna/')
  const options: HandlerOptions = {
    ...openToAll,
    branches: true,
    authorize: ({ prefix }) => (prefix === undefined ? false : own)
  }
  const answers: string[] = []
  for (const ref of [unknownRef, kept, ...of('ben/1'), of('anna/2')[0]]) {
    const asked = {
      'anna/1': ref,
      'anna/2': ref === of('anna/2')[0] ? unknownRef : ref,
      'ben/1': ref
    }
    const { status, bytes } = await ask(db, pairs(asked), options)
    answers.push(`${status} ${bytes.toString('hex')}`)
  }
  expect(new Set(answers)).toEqual(new Set(['200 00']))
  expect((await ask(db, pairs({ 'anna/1': of('anna/1')[0] }), options)).bytes).toEqual(Buffer.of(1))
})

test('bodies that are broken are refused', async () => {
  const { db, of } = await deleted('a')
  const [names, refs] = [encodeNames(['a']), encodeRefs([of('a')[0]])]
  const broken = [
    joined([]),
    joined([names, refs, refs]),
    joined([names, encodeRefs([])]),
    joined([names, encodeRefs(of('a'))]),
    joined([encodeNames(['a', 'a']), encodeRefs(of('a'))]),
    joined([encodeNames(['a\u0000']), refs]),
    joined([encodeNames(['a', 'a'])])
  ]
  for (const body of broken) expect((await ask(db, body)).status).toBe(400)
})

test('a narrowed permission prunes nothing, also where the target is no plain database', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const ref = await server.branch('a').put({ a: 1 })
  await server.setHead(ref)
  const client = Object.assign(createDB<Doc>({ name: 'client' }), { note: 'no plain database' })
  const remote = (options: HandlerOptions) => {
    const handler = createHandler(server, options)
    const fetch = (url: string, init: RequestInit) => handler(new Request(url, init))
    return connect<Doc>('http://in.process/db', { fetch })
  }
  const run = async (options: HandlerOptions) =>
    (await createSynchronizer(remote(options), client, prune).run()).deleted
  await run(openToMany)
  expect(Object.keys(await client.remotes())).toEqual(['server', 'server/a'])
  expect(await run({ ...openToMany, branches: (name) => name === 'main' })).toEqual([])
  expect(Object.keys(await client.remotes())).toEqual(['server', 'server/a'])
  await server.deleteBranch('a')
  expect(await run(openToMany)).toEqual(['a'])
})
