/**
 * The first revisions of a pull or push travel as changes of what the other side has, and whole where it has not.
 *
 * Checked to fail: without `bases` of `ts/http/client/calls.ts` one edit takes 70 KB; without `lackedBase`, and without the
 * second attempt of `pull-over.ts`, who has erased the version before gets no more.
 */

import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { folder, opened } from '../contract/places.js'
import { type Before, counted, editIn, versionsIn } from './counted.js'
import { createHandler, inProcess, kinds, openToAll } from './servers.js'

/** One edit of the document of 110 KB, names and answers around it included; a whole one takes 70 KB. */
const little = 1500
const whole = 60_000

type Databases = { server: DB<unknown>; client: DB<unknown> }

/** A server and a client that have the same version. */
async function both(at: 'memory' | 'a path' = 'memory'): Promise<Databases> {
  const place = () => (at === 'memory' ? {} : { path: folder() })
  const server = await opened<unknown>({ name: 'server', ...place() })
  const client = await opened<unknown>({ name: 'client', ...place() })
  await versionsIn(server, 3)
  await client.pull(inProcess(server), { resolve: 'json' })
  return { server, client }
}

/** Has one side edit, the other get it; returns the bytes that the edit took. */
async function edited(
  { server, client }: Databases,
  way: 'pull' | 'push',
  before?: Before,
  options?: HandlerOptions
) {
  const { remote, moved } = counted(server, before, options)
  const ref = await editIn(way === 'pull' ? server : client, `an edit to ${way}`)
  if (way === 'pull') await client.pull(remote, { resolve: 'json' })
  else await client.push(remote)
  const target = way === 'pull' ? client : server
  expect(target.head()).toBe(ref)
  expect(await target.get(ref)).toEqual(await (way === 'pull' ? server : client).get(ref))
  return { bytes: way === 'pull' ? moved.came : moved.sent, moved }
}

test.each(['memory', 'a path'] as const)(
  'one edit costs what changed, from and to %s',
  async (at) => {
    const databases = await both(at)
    for (const way of ['pull', 'push', 'pull', 'push'] as const) {
      expect((await edited(databases, way)).bytes).toBeLessThan(little)
    }
    expect(await databases.server.verify()).toMatchObject({ damaged: [] })
  }
)

test.each(['client without bases', 'server without bases', 'client', 'server'] as const)(
  'a %s of before gets whole texts',
  async (side) => {
    const databases = await both()
    const way = side.startsWith('client') ? 'pull' : 'push'
    const { bytes, moved } = await edited(databases, way, side)
    expect(bytes).toBeGreaterThan(whole)
    expect(moved.statuses.every((status) => status === 200)).toBe(true)
  }
)

test.each([
  ['pull', 'client'],
  ['push', 'server']
] as const)('a %s comes whole where the %s has erased the version before', async (way, eraser) => {
  const databases = await both()
  await databases[eraser].erase(databases[eraser].head() ?? '')
  const { bytes, moved } = await edited(databases, way)
  expect(bytes).toBeGreaterThan(whole)
  if (way === 'push') expect(moved.statuses).toContain(410)
  // And again as a change, now that the version before is there.
  expect((await edited(databases, way)).bytes).toBeLessThan(little)
})

test('accept sees the whole texts of a push', async () => {
  const databases = await both()
  const seen: unknown[] = []
  const accept: HandlerOptions['accept'] = ({ data }) => {
    seen.push(data)
    return true
  }
  const { bytes } = await edited(databases, 'push', undefined, { ...openToAll, accept })
  expect(bytes).toBeLessThan(little)
  expect(seen).toEqual([await databases.client.get()])
})

test.each(kinds)('a client in %s pulls and pushes one edit', async (kind, open) => {
  const server = await opened<unknown>({ name: 'server' })
  const client = await open('client')
  await versionsIn(server, 2)
  await client.pull(inProcess(server), { resolve: 'json' })
  const { bytes } = await edited({ server, client }, 'pull')
  if (kind === 'user stores') expect(bytes).toBeGreaterThan(whole)
  else expect(bytes).toBeLessThan(little)
  await edited({ server, client }, 'push')
})

test('live sends what changed', async () => {
  const { server, client } = await both()
  await client.push(inProcess(server)) // so that each knows what the other has
  const { remote, moved } = counted(server)
  const stop = new AbortController()
  const [pulling, pushing] = [
    createSynchronizer(remote, client),
    createSynchronizer(client, remote)
  ]
  const living = [pulling, pushing].map((it) => it.live({ signal: stop.signal }))
  for (const [source, target] of [
    [server, client],
    [client, server]
  ] as const) {
    const ref = await editIn(source, `live from ${source.name}`)
    while (!(await target.has([ref]))[0]) await new Promise((resolve) => setTimeout(resolve, 5))
    await target.setHead(ref)
  }
  stop.abort()
  await Promise.allSettled(living)
  expect(moved.came + moved.sent).toBeLessThan(4 * little)
})

test.each(['memory', 'a path'] as const)(
  'what %s stores as changes travels with metas, bytes and gaps',
  async (at) => {
    const place = () => (at === 'memory' ? {} : { path: folder() })
    const server = await opened<unknown>({ name: 'server', ...place() })
    const client = await opened<unknown>({ name: 'client', ...place() })
    const bytes = Buffer.from(JSON.stringify(Array.from({ length: 4000 }, (_, n) => n * 7919)))
    const refs: string[] = []
    for (let n = 0; n < 100; n += 1) {
      bytes.write(`<${n}>`, n * 101)
      refs.push(await server.put(new Uint8Array(bytes), undefined, { meta: { n } }))
    }
    await server.erase(refs[10] ?? '')
    await server.erase(refs[70] ?? '')
    const { remote, moved } = counted(server)
    await client.pull(remote, { resolve: 'json' })
    for (const [n, ref] of refs.entries()) {
      const isThere = n !== 10 && n !== 70
      if (isThere)
        expect(isDeepStrictEqual(await client.revision(ref), await server.revision(ref))).toBe(true)
      else expect(await client.has([ref])).toEqual([false])
    }
    expect(await client.verify()).toMatchObject({ ok: true, damaged: [] })
    expect(moved.came).toBeLessThan(40_000)
  }
)

test('many branches: one edit of one of them costs what changed, and comes whole where its base was erased', async () => {
  const { server, client } = await both()
  const base = server.head() ?? ''
  for (let n = 0; n < 20; n += 1) await server.branch(`b${n}`).setHead(base)
  const { remote, moved } = counted(server, undefined, { ...openToAll, branches: true })
  await client.pull(remote, { branches: true, resolve: 'json' })
  const taken = async (run: () => Promise<unknown>) => {
    const before = moved.came + moved.sent
    await run()
    return moved.came + moved.sent - before
  }
  const ref = await editIn(server.branch('b3'), 'an edit of a branch')
  const pulled = await taken(() => client.pull(remote, { branches: true, resolve: 'json' }))
  expect(client.branch('b3').head()).toBe(ref)
  expect(pulled).toBeLessThan(2 * little)
  const ours = await editIn(client.branch('b4'), 'ours')
  expect(await taken(() => client.push(remote, { branches: true }))).toBeLessThan(2 * little)
  expect(await server.has([ours])).toEqual([true])
  await client.erase(ref)
  const next = await editIn(server.branch('b3'), 'another')
  const whole = await taken(() => client.pull(remote, { branches: true, resolve: 'json' }))
  expect(await client.has([next])).toEqual([true])
  expect(whole).toBeGreaterThan(60_000)
})

/** Bodies of two pushes of one and of three edits, recorded when there first were changes of what a server has. */
const recorded = [
  {
    head: 'e8bd6741ea4906faf5e4c8b800c19b4da4841a2943ec488ab8ad091c5421a021',
    changes: '',
    body:
      'iUhJU1RPDQoBAAAAFCOfTAEEAQABAAAAYgAAAGIAAAAtRksctWOSsmAAm8ntOWrOvcEiiDP3FQlWTL9X8TWLPdwt6VohTdQZ0GQfAAGfqh5GqcVHbfEa' +
      'oCmYFID0og+RAgdhbm90aGVyFMLLb8345R6N9SlGDTpA6broDwvSdNLh9apSSbn7CydKAgAAAAAAAAAQAAAAEAAAAPHDBDWt+uu4AQAAAAAAAABiAAAA' +
      'AAAAAA=='
  },
  {
    head: '69d5d6ef74eb35d6831f3a9be86199d99a952c913341447d9e19997259bce4ce',
    changes: '&changes=1',
    body:
      'iUhJU1RPDQoBAAAAFCOfTAEEAQADAAAAewAAAHsAAAAbKHBGMSqSnGAA6L1nQepJBvr15Mi4AMGbTaSEGilD7EiKuK0JHFQhoCEcAAF2w1IFmgBw9O38' +
      'X7gw+goHmw/+BARtb3JlFmACCwGUD5YFBG1vcmUWYAILAY0PrgUEbW9yZRZp4EcedQc+zEYIvYOkViXP2P8R6Hh3NRWmMARQ4nyYKgIAAAAAAAAAEAAA' +
      'ABAAAAC13oFbhc5WcAMAAAAAAAAAewAAAAAAAAA='
  }
] as const

const list = () => Array.from({ length: 64 }, (_, id) => ({ id, note: `note ${id * 7919}` }))

/** Pushes a recorded body, changed by `change`. */
function replay(db: DB<unknown>, nth: 0 | 1, change: (body: Buffer) => Buffer = (body) => body) {
  const { head, changes, body } = recorded[nth]
  const url = `http://in.process/push?remote=old&head=${head}&bases=1${changes}`
  const headers = { 'content-type': 'application/vnd.histo-revisions' }
  const init = {
    method: 'POST',
    headers,
    body: new Uint8Array(change(Buffer.from(body, 'base64')))
  }
  return createHandler(db, openToAll)(new Request(url, init))
}

test('recorded changes of what a server has are taken in', async () => {
  const server = await opened<unknown>({ name: 'server' })
  await server.put(list())
  for (const nth of [0, 1] as const) expect((await replay(server, nth)).status).toBe(200)
  const last = list()
  last[9] = { id: 9, note: 'another' }
  for (const id of [21, 22, 23]) last[id] = { id, note: 'more' }
  expect(await server.get(recorded[1].head)).toEqual(last)
  expect(await server.verify()).toMatchObject({ ok: true })
})

test('a change without proof is refused like one whose base is missing', async () => {
  const server = await opened<unknown>({ name: 'server' })
  const base = await server.put(list())
  const lacking = await opened<unknown>({ name: 'lacking' })
  const answers: unknown[] = []
  const proof = 16 + 24 + 1 + 33 + 1 + 2
  const forged = (body: Buffer) => {
    body[proof] = (body[proof] ?? 0) ^ 1
    return mended(body)
  }
  for (const [db, change] of [
    [server, forged],
    [lacking, forged],
    [lacking, mended]
  ] as const) {
    const answer = await replay(db, 0, change)
    answers.push([answer.status, await answer.json()])
  }
  expect(answers[0]).toEqual([
    410,
    { error: expect.objectContaining({ code: 'HISTO_SHALLOW', ref: base }) }
  ])
  expect(answers[1]).toEqual(answers[0])
  expect(answers[2]).toEqual(answers[0])
  expect(await server.has([recorded[0].head])).toEqual([false])
})

test('a server over stores of its own, or that is not told, refuses changes of what it has', async () => {
  const server = await (kinds[2] as (typeof kinds)[number])[1]('server')
  await server.put(list())
  expect((await replay(server, 0)).status).toBe(400)
  const asked = await createHandler(server)(new Request('http://in.process/state'))
  expect(asked.status).toBe(200)
  expect(await asked.json()).not.toHaveProperty('bases')
})

/** Makes the sums of the first batch of a stream right. */
function mended(body: Buffer): Buffer {
  const sent = body.readUInt32LE(16 + 8)
  body.writeUInt32LE(crc32c(body.subarray(40, 40 + sent)), 16 + 16)
  body.writeUInt32LE(crc32c(body.subarray(16, 36)), 36)
  return body
}

function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0)
  }
  return ~sum >>> 0
}
