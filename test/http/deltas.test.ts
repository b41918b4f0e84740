/**
 * Texts travel over HTTP as changes of earlier ones, where both sides say that they can.
 *
 * Checked to fail: without `for_side_that_takes_changes` in `crates/node/src/exports/wire.rs` the bodies are large; a
 * client or a handler that does not look at `histo-revisions-can` sends changes to a side of before.
 */

import { expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { opened } from '../contract/places.js'
import { connect, createHandler, kinds, openToAll } from './servers.js'

const header = 'histo-revisions-can'
type Row = { id: number; note: string }

/** Versions of a document of some 110 KB, which take 80 KB compressed; each changes a row. */
async function versionsIn(db: DB<unknown>, count: number): Promise<string[]> {
  const word = () => Math.random().toString(36).slice(2)
  const note = () => Array.from({ length: 9 }, word).join('')
  const rows: Row[] = Array.from({ length: 1000 }, (_, id) => ({ id, note: note() }))
  const refs: string[] = []
  for (let n = 0; n < count; n += 1) {
    rows[(n * 7) % 1000] = { id: (n * 7) % 1000, note: `edited ${n}` }
    refs.push(await db.put(structuredClone(rows)))
  }
  return refs
}

/** A client of `db`, and the bytes of the bodies that go each way; `before` is the side that is of a time before deltas. */
function counted(db: DB<unknown>, before?: 'client' | 'server') {
  const handler = createHandler(db, openToAll)
  const moved = { sent: 0, came: 0 }
  const fetch = async (url: string | URL | Request, init?: RequestInit) => {
    const request = new Request(url, init)
    if (before === 'client') request.headers.set(header, 'meta')
    const body = new Uint8Array(await request.arrayBuffer())
    moved.sent += body.byteLength
    const { method, headers, signal } = request
    const sent = new Request(request.url, {
      method,
      headers,
      signal,
      ...(method === 'POST' && { body })
    })
    const answer = await handler(sent)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    moved.came += bytes.byteLength
    const told = new Headers(answer.headers)
    if (before === 'server') told.set(header, 'meta')
    return new Response(bytes, { status: answer.status, headers: told })
  }
  return { remote: connect<unknown>('http://in.process/db', { fetch }), moved }
}

test.each(kinds)('a version costs what changed in it, to and from %s', async (_kind, open) => {
  const [server, client] = [await open('server'), await opened<unknown>({ name: 'client' })]
  const refs = await versionsIn(server, 100)
  const { remote, moved } = counted(server)
  await client.pull(remote, { resolve: 'json' })
  expect(client.head()).toBe(refs.at(-1))
  for (const ref of refs.slice(0, 5)) expect(await client.get(ref)).toEqual(await server.get(ref))
  expect(moved.came).toBeLessThan(110_000) // whole it is over 4 MB
  const before = moved.sent
  const more = await versionsIn(client, 100)
  await client.push(remote)
  expect(await server.getMany(more)).toEqual(await client.getMany(more))
  expect(moved.sent - before).toBeLessThan(500_000) // in several bodies, each of which begins with a whole one
})

test.each(['client', 'server'] as const)('a %s of before deltas gets whole texts', async (side) => {
  const [server, client] = [
    await opened<unknown>({ name: 'server' }),
    await opened<unknown>({ name: 'client' })
  ]
  const refs = await versionsIn(server, 40)
  const { remote, moved } = counted(server, side)
  await client.pull(remote, { resolve: 'json' })
  expect(await client.getMany(refs)).toEqual(await server.getMany(refs))
  if (side === 'client') expect(moved.came).toBeGreaterThan(1_000_000)
  const before = moved.sent
  const more = await versionsIn(client, 40)
  await client.push(remote)
  expect(await server.getMany(more)).toEqual(await client.getMany(more))
  if (side === 'server') expect(moved.sent - before).toBeGreaterThan(1_000_000)
})

test('a push with changes that did not say so is refused', async () => {
  const server = await opened<unknown>({ name: 'server' })
  const client = await opened<unknown>({ name: 'client' })
  await versionsIn(client, 10)
  const handler = createHandler(server, openToAll)
  const fetch = (url: string | URL | Request, init?: RequestInit) => {
    const place = new URL(url instanceof Request ? url.url : url)
    place.searchParams.delete('changes')
    return handler(new Request(place, init))
  }
  const remote = connect<unknown>('http://in.process/db', { fetch })
  await expect(client.push(remote)).rejects.toMatchObject({
    code: 'HISTO_PROTOCOL',
    message: expect.stringContaining('not asked for')
  })
})
