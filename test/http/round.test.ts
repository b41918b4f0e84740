/** Pull and push over HTTP, between databases of every kind. */

import { expect, test } from 'vitest'
import { createSynchronizer } from '../../ts/index.js'
import { opened } from '../contract/places.js'
import { manners } from '../support/user-stores.js'
import { connect, createDB, inProcess, kinds, line, serve } from './servers.js'

const pairs = kinds.flatMap(([server, openServer]) =>
  kinds.map(([client, openClient]) => ({ server, client, openServer, openClient }))
)

test.each(pairs)(
  'a server in $server is pulled into $client',
  async ({ openServer, openClient }) => {
    const [server, client] = [await openServer('server'), await openClient('client')]
    const refs = await line(server, 300)
    await server.put(new Uint8Array([1, 2, 3]))
    const remote = connect(await serve(server))
    const run = await createSynchronizer(remote, client).run()
    expect(run).toMatchObject({ head: server.head(), revisions: 301 })
    expect(await client.remoteHead('server')).toBe(server.head())
    expect(await client.has(refs)).not.toContain(false)
    expect(client.head()).toBe(null)
    expect(await client.get(server.head() ?? '')).toEqual(new Uint8Array([1, 2, 3]))
    expect(await createSynchronizer(remote, client).run()).toMatchObject({ revisions: 0 })
  }
)

test.each(pairs)(
  'a client in $client is pushed to a server in $server',
  async ({ openServer, openClient }) => {
    const [server, client] = [await openServer('server'), await openClient('client')]
    const refs = await line(client, 300)
    await client.put(new Uint8Array([1, 2, 3]))
    const remote = connect(await serve(server))
    const run = await createSynchronizer(client, remote).run()
    expect(run).toMatchObject({ head: client.head(), revisions: 301 })
    expect(await server.remoteHead('client')).toBe(client.head())
    expect(await server.has(refs)).not.toContain(false)
    expect(server.head()).toBe(null)
    expect(await createSynchronizer(client, remote).run()).toMatchObject({ revisions: 0 })
  }
)

test('only missing revisions are sent, in either direction', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  await line(server, 1000)
  const remote = inProcess(server)
  await client.pull(remote, { resolve: () => expect.fail('nothing to resolve') })
  await line(server, 10, 'theirs')
  await line(client, 20, 'ours')
  expect(await createSynchronizer(remote, client).run()).toMatchObject({ revisions: 10 })
  expect(await createSynchronizer(client, remote).run()).toMatchObject({ revisions: 20 })
})

test('an empty database is not a failure, in either direction', async () => {
  const [server, client] = [createDB({ name: 'server' }), createDB({ name: 'client' })]
  const nothing = { head: null, revisions: 0, bytes: 0 }
  expect(await createSynchronizer(inProcess(server), client).run()).toEqual(nothing)
  expect(await createSynchronizer(client, inProcess(server)).run()).toEqual(nothing)
})

test('push moves the head, or pulls and merges first', async () => {
  const [server, client] = [
    createDB<unknown>({ name: 'server' }),
    createDB<unknown>({ name: 'client' })
  ]
  const remote = inProcess(server)
  await line(client, 3)
  expect(await client.push(remote)).toMatchObject({ moved: true, revisions: 3 })
  expect(server.head()).toBe(client.head())
  await line(server, 2, 'theirs')
  await line(client, 2, 'ours')
  await expect(client.push(remote)).rejects.toMatchObject({ code: 'HISTO_HEAD_CONFLICT' })
  const pushed = await client.push(remote, { resolve: ({ ours, theirs }) => ({ ours, theirs }) })
  expect(pushed).toMatchObject({ moved: true })
  expect(server.head()).toBe(client.head())
})

test('both call styles, and names', async () => {
  const server = createDB<unknown>({ name: 'server' })
  const refs = await line(server, 3)
  const remote = inProcess(server)
  expect(() => remote.name).toThrow(expect.objectContaining({ code: 'HISTO_NOT_READY' }))
  expect(await remote.ready()).toBe(remote)
  expect(remote.name).toBe('server')
  expect(await remote.head()).toBe(refs[2])
  const told = await new Promise((resolve) => remote.head((error, head) => resolve([error, head])))
  expect(told).toEqual([null, refs[2]])
  expect(await remote.has([refs[0] ?? '', 'nothing'])).toEqual([true, false])
  expect(await remote.refDifference(refs[0], refs[2] ?? '')).toEqual([refs[2], refs[1]])
  const all = []
  for await (const revision of remote.createStream(refs)) all.push(revision.ref)
  expect(all).toEqual(refs)
})

test('revisions that were pruned here do not matter, in either direction', async () => {
  const [server, client] = [
    createDB<unknown>({ name: 'server' }),
    createDB<unknown>({ name: 'client' })
  ]
  await line(server, 50)
  await line(client, 5, 'ours')
  const other = client.branch('other')
  await line(other, 10, 'dropped')
  await client.deleteBranch('other')
  await client.prune({ grace: 0 })
  expect(await client.prune({ grace: 0 })).toMatchObject({ deleted: 10 })
  const remote = inProcess(server)
  expect(await createSynchronizer(remote, client).run()).toMatchObject({ revisions: 50 })
  expect(await createSynchronizer(client, remote).run()).toMatchObject({ revisions: 5 })
})

test.each(manners)(
  'refs of stores of your own travel between such stores: $name',
  async ({ make }) => {
    const open = (name: string) => {
      const { revisionStore, branchStore } = make()
      return opened<unknown>({ name, revisionStore, branchStore })
    }
    const [server, client] = [await open('server'), await open('client')]
    await line(server, 20)
    const remote = connect(await serve(server))
    const resolve = ({ ours, theirs }: { ours: unknown; theirs: unknown }) => ({ ours, theirs })
    await client.pull(remote, { resolve })
    await line(client, 3, 'ours')
    await line(server, 3, 'theirs')
    expect(await client.push(remote, { resolve })).toMatchObject({ moved: true })
    expect(await remote.head()).toBe(client.head())
  }
)
