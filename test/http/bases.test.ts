/**
 * The first revisions of a pull or push travel as changes of what the other side has, and whole where it has not.
 *
 * Checked to fail: without `bases` of `ts/http/client/calls.ts` one edit takes 70 KB; without `lackedBase`, and without the
 * second attempt of `pull-over.ts`, who has erased the version before gets no more.
 */

import { expect, test } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { folder, opened } from '../contract/places.js'
import { type Before, counted, editIn, versionsIn } from './counted.js'
import { inProcess, kinds, openToAll } from './servers.js'

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

test('whoever judges a push sees its texts whole', async () => {
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
