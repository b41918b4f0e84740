/** Proxies that accept only small requests: less is sent, down to one revision, and the limit is remembered. */

import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { ancestorsFirst } from '../../ts/http/client/ancestors-first.js'
import type { DB } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { type Answers, counted, proxy } from './middlemen.js'
import { createDB, serve } from './servers.js'

const kibibyte = 1024

/** Refuses bodies of more bytes, and counts these refusals. */
function limiting(bytes: number) {
  const told = { refused: 0 }
  const answers: Answers = ({ headers }, outgoing) => {
    if (Number(headers['content-length'] ?? 0) <= bytes) return false
    told.refused += 1
    outgoing.writeHead(413, { 'content-type': 'text/html' }).end('<html>413</html>')
    return true
  }
  return { answers, told }
}

/** Revisions that hardly compress, each of a number of bytes. */
function noise(db: DB<Uint8Array>, count: number, bytes: number): Promise<string[]> {
  const data = () => new Uint8Array(randomBytes(bytes))
  return db.putMany(Array.from({ length: count }, () => ({ data: data() })))
}

test('a push gets through a middleman that accepts 1 MiB', async () => {
  const server = createDB<Uint8Array>({ name: 'server' })
  const client = createDB<Uint8Array>({ name: 'client' })
  const refs = await noise(client, 300, 60 * kibibyte)
  const { answers, told } = limiting(1024 * kibibyte)
  const { remote } = counted<Uint8Array>(await proxy(await serve(server), answers))
  expect(await client.push(remote)).toMatchObject({ revisions: 300, moved: true })
  expect(await server.has(refs)).not.toContain(false)
  expect(told.refused).toBeLessThan(4)
}, 60_000)

test('the limit is remembered for the connection', async () => {
  const server = createDB<Uint8Array>({ name: 'server' })
  const client = createDB<Uint8Array>({ name: 'client' })
  await noise(client, 200, 4 * kibibyte)
  const { answers, told } = limiting(20 * kibibyte)
  const { remote } = counted<Uint8Array>(await proxy(await serve(server), answers))
  await client.push(remote)
  expect(told.refused).toBeGreaterThan(0)
  const before = told.refused
  await noise(client, 200, 4 * kibibyte)
  expect(await client.push(remote)).toMatchObject({ revisions: 200, moved: true })
  expect(told.refused).toBe(before)
})

test('what is sent before the server asks is sent in parts too', async () => {
  const server = createDB<Uint8Array>({ name: 'server' })
  const client = createDB<Uint8Array>({ name: 'client' })
  await noise(client, 12, kibibyte)
  const { answers } = limiting(3 * kibibyte)
  const { remote } = counted<Uint8Array>(await proxy(await serve(server), answers))
  expect(await client.push(remote)).toMatchObject({ revisions: 12, moved: true })
})

test('one revision that is too large alone is HISTO_DENIED, with its ref', async () => {
  const server = createDB<Uint8Array>({ name: 'server' })
  const client = createDB<Uint8Array>({ name: 'client' })
  await noise(client, 5, kibibyte)
  const [large] = await noise(client, 1, 100 * kibibyte)
  await noise(client, 5, kibibyte)
  const { answers } = limiting(50 * kibibyte)
  const { remote } = counted<Uint8Array>(await proxy(await serve(server), answers))
  const failure = await failureOf(client.push(remote))
  expect(failure).toMatchObject({ code: 'HISTO_DENIED', ref: large, retryable: false })
  expect(failure.message).toMatch(/one revision takes 102\d\d\d bytes/)
})

test('requests about very many refs are made in parts', async () => {
  const server = createDB<unknown>({ name: 'server' })
  const refs = await server.putMany(Array.from({ length: 5000 }, (_, data) => ({ data })))
  const { answers, told } = limiting(16 * kibibyte)
  const { remote } = counted<unknown>(await proxy(await serve(server), answers))
  const unknown = refs.map((ref) => [...ref].toReversed().join(''))
  const asked = refs.flatMap((ref, place) => [ref, unknown[place] as string])
  expect(await remote.has(asked)).toEqual(asked.map((_ref, place) => place % 2 === 0))
  expect(told.refused).toBeLessThan(8)
})

test('a stream written by hand gets through in parts, in any order', async () => {
  const server = createDB<Uint8Array>({ name: 'server' })
  const client = createDB<Uint8Array>({ name: 'client' })
  const refs = await noise(client, 30, 8 * kibibyte)
  const revisions = await Promise.all(refs.toReversed().map((ref) => client.revision(ref)))
  const { answers } = limiting(50 * kibibyte)
  const { remote } = counted<Uint8Array>(await proxy(await serve(server), answers))
  await remote.remoteHead('client')
  await remote.writeStream(revisions)
  expect(await server.has(refs)).not.toContain(false)
})

test('revisions come after their ancestors, each once, whatever is missing', () => {
  const item = (ref: string, ...ancestors: string[]) => ({ ref, ancestors, payload: '0' })
  const items = [
    item('d', 'b', 'c'),
    item('c', 'a'),
    item('d', 'b', 'c'),
    item('b', 'a', 'x'),
    item('a')
  ]
  expect(
    ancestorsFirst(items)
      .map(({ ref }) => ref)
      .join('')
  ).toBe('abcd')
  const cycle = [item('a', 'b'), item('b', 'a')]
  expect(ancestorsFirst(cycle)).toHaveLength(2)
})
