/** The operation `news`: sends exactly what is missing, in one request, to clients that may have it. */

import { expect, test } from 'vitest'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { encodeRefs } from '../../ts/wire/wire-refs.js'
import { folder, opened, unknownRef } from '../contract/places.js'
import { commitsAt } from '../support/commits.js'
import { connect, createDB, createHandler, inProcess, line, openToAll } from './servers.js'

/** A client that keeps count of what it asks. */
function noted(db: DB<unknown>) {
  const operations: string[] = []
  const handler = createHandler(db, openToAll)
  const fetch = (url: string, init: RequestInit) => {
    operations.push(new URL(url).pathname.slice(1))
    return handler(new Request(url, init))
  }
  return { operations, remote: connect('http://x', { fetch }) }
}

/** Two databases that have the same 300 revisions, and the client knows whence. */
async function pair() {
  const [server, client] = [
    createDB<unknown>({ name: 'server' }),
    createDB<unknown>({ name: 'client' })
  ]
  const refs = await line(server, 300)
  await client.pull(inProcess(server), { resolve: () => 'none' })
  return { server, client, refs }
}

type Pair = Awaited<ReturnType<typeof pair>>
type Shape = readonly [name: string, grow: (pair: Pair) => Promise<number>]

/** Situations before a pull; each returns how many revisions the pull must bring. */
const atOnce: readonly Shape[] = [
  ['the server goes on', async ({ server }) => (await line(server, 10, 'more')).length],
  [
    'both go on',
    async ({ server, client }) => {
      await line(client, 100, 'ours')
      return (await line(server, 10, 'more')).length
    }
  ],
  [
    'the server has merged ours, and we go on',
    async ({ server, client }) => {
      await line(client, 5, 'ours')
      await line(server, 10, 'theirs')
      await createSynchronizer(client, server).run()
      await server.merge(client.head() ?? '', () => 'merged')
      await line(client, 20, 'later')
      return 11
    }
  ],
  [
    'ours are two branches, and another remote that the server has all of',
    async ({ server, client, refs }) => {
      const other = client.branch('other')
      await other.setHead(refs[100] ?? '')
      await line(client, 5, 'ours')
      await other.put('on a branch')
      await client.setRemoteHead('elsewhere', refs[200] ?? '')
      return (await line(server, 10, 'more')).length
    }
  ],
  [
    'a run was interrupted, of which no head tells',
    async ({ server, client }) => {
      const more = await line(server, 400, 'more')
      await client.writeStream(server.createStream(more.slice(0, 200)))
      return 200
    }
  ]
]

test.each(atOnce)('one request brings what is missing, no more, where %s', async (_name, grow) => {
  const both = await pair()
  const missing = await grow(both)
  const { operations, remote } = noted(both.server)
  const { revisions } = await createSynchronizer(remote, both.client).run()
  expect([revisions, operations]).toEqual([missing, ['news']])
  expect(await both.client.remoteHead('server')).toBe(both.server.head())
  expect(await both.client.verify()).toMatchObject({ ok: true })
})

const asked: readonly Shape[] = [
  [
    'ours are many that the server has not',
    async ({ server, client }) => {
      await line(client, 200, 'ours')
      return (await line(server, 10, 'more')).length
    }
  ],
  [
    'another remote has what the server has not',
    async ({ server, client }) => {
      const other = createDB<unknown>({ name: 'other' })
      await line(other, 5, 'strange')
      await createSynchronizer(other, client).run()
      return (await line(server, 10, 'more')).length
    }
  ]
]

test.each(asked)('the client asks first, and gets no more, where %s', async (_name, grow) => {
  const both = await pair()
  const missing = await grow(both)
  const { operations, remote } = noted(both.server)
  const { revisions } = await createSynchronizer(remote, both.client).run()
  expect(revisions).toBe(missing)
  expect([operations[0], operations.at(-1)]).toEqual(['news', 'pull'])
})

test('a first pull into an empty database is one request', async () => {
  const { server } = await pair()
  const { operations, remote } = noted(server)
  const client = createDB()
  expect(await createSynchronizer(remote, client).run()).toMatchObject({ revisions: 300 })
  expect(operations).toEqual(['news'])
})

test('a server that is behind, or has nothing, sends nothing', async () => {
  const { server, client } = await pair()
  await line(client, 20, 'ours')
  await createSynchronizer(client, createDB({ name: 'x' })).run()
  for (const source of [server, createDB<unknown>({ name: 'empty' })]) {
    const { operations, remote } = noted(source)
    expect(await createSynchronizer(remote, client).run()).toMatchObject({ revisions: 0 })
    expect(operations).toEqual(['news'])
  }
})

// Seen to fail, with 2 in place of 1, when `Taking` hands its last batch over before the end.
test('ten revisions and the remote head are one commit, pulled or pushed', async () => {
  const [here, there] = [folder(), folder()]
  const server = await opened<unknown>({ name: 'server', path: there })
  const client = await opened<unknown>({ name: 'client', path: here })
  await line(server, 100)
  await client.pull(inProcess(server), { resolve: () => 'none' })
  await line(server, 10, 'theirs')
  const before = commitsAt(here)
  await createSynchronizer(inProcess(server), client).run()
  expect(commitsAt(here) - before).toBe(1)
  await line(client, 10, 'ours')
  const served = commitsAt(there)
  await createSynchronizer(client, inProcess(server)).run()
  expect(commitsAt(there) - served).toBe(1)
  expect(await server.remoteHead('client')).toBe(client.head())
})

const asking = async (db: DB<unknown>, refs: readonly string[], query: string) => {
  const handler = createHandler(db)
  const body = encodeRefs(refs) as Uint8Array<ArrayBuffer>
  const answer = await handler(new Request(`http://x/news${query}`, { method: 'POST', body }))
  return [answer.status, Buffer.from(await answer.arrayBuffer()).toString('latin1')]
}

// Seen to fail when `news` asks `has` in place of what the head reaches.
test('a reader does not learn of a ref that the head does not reach', async () => {
  const { server, refs } = await pair()
  const hidden = await server.put('hidden', [], { moveHead: false })
  const known = refs[100] ?? ''
  for (const query of ['', '?bounds=0', '?bounds=1', '?bounds=2']) {
    for (const around of [[], [known]]) {
      const about = (ref: string) => asking(server, [...around, ref], query)
      if (around.length === 0 && query === '?bounds=2') continue
      const answer = await about(hidden)
      expect(answer).toEqual(await about(unknownRef))
      expect(answer[0]).toBe(200)
    }
  }
})

test('a client that may not read gets no news', async () => {
  const { server } = await pair()
  for (const actions of [[], ['write'], ['write', 'head']]) {
    const authorize = ({ action }: { action: string }) => actions.includes(action)
    const pulling = createSynchronizer(inProcess(server, { authorize }), createDB()).run()
    await expect(pulling).rejects.toMatchObject({ code: 'HISTO_DENIED' })
  }
})

test('invalid bounds are refused, and so are too many refs', async () => {
  const { server, refs } = await pair()
  for (const bounds of ['', '-1', '1.5', '2', 'all', '999999', '1e0', '0x1']) {
    expect((await asking(server, [refs[0] ?? ''], `?bounds=${bounds}`))[0]).toBe(400)
  }
  const many = Array.from({ length: 65_537 }, () => unknownRef)
  expect((await asking(server, many, '?bounds=0'))[0]).toBe(400)
})
