/**
 * Texts travel over HTTP as changes of earlier ones, where both sides say that they can.
 *
 * Checked to fail: without `for_side_that_takes_changes` in `crates/node/src/exports/wire.rs` the bodies are large; a
 * client or a handler that does not look at `histo-revisions-can` sends changes to a side of before.
 */

import { expect, test } from 'vitest'
import { opened } from '../contract/places.js'
import { counted, versionsIn } from './counted.js'
import { connect, createHandler, kinds, openToAll } from './servers.js'

test.each(kinds)('a version costs what changed in it, to and from %s', async (kind, open) => {
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
  // In several bodies. Over user stores each of them begins with a whole one.
  expect(moved.sent - before).toBeLessThan(kind === 'user stores' ? 500_000 : 120_000)
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
    place.searchParams.delete('bases')
    return handler(new Request(place, init))
  }
  const remote = connect<unknown>('http://in.process/db', { fetch })
  await expect(client.push(remote)).rejects.toMatchObject({
    code: 'HISTO_PROTOCOL',
    message: expect.stringContaining('not asked for')
  })
})
