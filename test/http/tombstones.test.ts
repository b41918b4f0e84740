/**
 * Tombstones over HTTP: a mirror or a writer that sends them keeps no data away, and equal ones cost no request.
 *
 * Checked to fail: where `Pull` does not `#fill` nothing comes from the second mirror; where `Push` does not `fill`
 * what a writer sent tombstones of never arrives; without prints equal databases ask twice; where the head is noted
 * before what is lacking has come (`#take`), an interruption loses it; where `#wanted` does not ask `reachedBy` what
 * is on another branch is sent.
 */

import { expect, test } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { failureOf } from '../contract/places.js'
import { manners } from '../support/user-stores.js'
import { connect, createDB, createHandler, inProcess, kinds, line, openToAll } from './servers.js'

type Data = DB<unknown>

/** A client that keeps count of what it asks; `lose` lists operations that fail once. */
function noted(db: Data, options: HandlerOptions = openToAll, lose: string[] = []) {
  const operations: string[] = []
  const handler = createHandler(db, options)
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    const operation = new URL(url).pathname.slice(1)
    operations.push(operation)
    const at = lose.indexOf(operation)
    if (at >= 0) lose.splice(at, 1)
    if (at < 0) return handler(new Request(url, init))
    return Promise.resolve(new Response(null, { status: 500 }))
  }
  return { operations, remote: connect('http://x', { fetch, retries: 0 }) }
}

/** A replica of `source` that has erased what `which` says, its head the source's. */
async function erasing(
  source: Data,
  refs: readonly string[],
  name = 'eraser',
  which = (_n: number) => true
) {
  const eraser = createDB<unknown>({ name })
  await createSynchronizer(source, eraser).run()
  await eraser.setHead(refs.at(-1) ?? '')
  for (const [n, ref] of refs.entries()) if (which(n)) await eraser.erase(ref)
  return eraser
}

async function owner(count: number) {
  const source = createDB<unknown>({ name: 'owner' })
  return { source, refs: await line(source, count) }
}

const all = (refs: readonly string[], value: boolean) => refs.map(() => value)
const embedded = kinds.slice(0, 2)

test.each(
  embedded.flatMap(([name, open]) => [5, 301, 3001].map((count) => ({ name, open, count })))
)(
  '$count that a mirror erased come from who has them, into $name',
  async ({ open, count }) => {
    const { source, refs } = await owner(count)
    const client = await open('client')
    const first = await client.pull(inProcess(await erasing(source, refs)))
    expect(first).toMatchObject({ revisions: count, tombstones: count })
    expect(await client.has(refs)).toEqual(all(refs, false))
    const second = await client.pull(inProcess(source))
    expect(second).toMatchObject({ head: refs.at(-1), revisions: count })
    expect(second).not.toHaveProperty('tombstones')
    expect(await client.getMany(refs)).toEqual(await source.getMany(refs))
    expect(await client.remoteHead('owner')).toBe(refs.at(-1))
  },
  60_000
)

test('one pull brings new revisions and missing data', async () => {
  const { source, refs } = await owner(20)
  const client = createDB<unknown>()
  await client.pull(inProcess(await erasing(source, refs, 'eraser', (n) => n % 2 === 0)))
  const more = await line(source, 5, 'more')
  const told: number[] = []
  const pulled = await client.pull(inProcess(source), {
    onProgress: ({ done }) => void told.push(done)
  })
  expect(pulled.revisions).toBe(15)
  expect(told.at(-1)).toBe(15)
  expect(await client.has([...refs, ...more])).toEqual(all([...refs, ...more], true))
})

test.each(
  embedded.flatMap(([name, open]) =>
    [301, 3001].flatMap((count) => [
      { name, open, count, all: false },
      { name, open, count, all: true }
    ])
  )
)(
  'a writer sends tombstones of nearly all of $count (all: $all) to $name, and a push brings the data',
  async ({ open, count, all: whole }) => {
    const { source, refs } = await owner(count)
    const server = await open('server')
    const spoiled = whole ? refs : refs.slice(0, -1)
    const writer = await erasing(source, spoiled, 'writer')
    await writer.setHead(spoiled.at(-1) ?? '')
    const sent = await writer.push(inProcess(server))
    expect(sent).toMatchObject({ revisions: spoiled.length, tombstones: spoiled.length })
    expect(await server.has(spoiled)).toEqual(all(spoiled, false))
    const pushed = await source.push(inProcess(server))
    expect(pushed).toMatchObject({ head: refs.at(-1), revisions: count })
    expect(await server.getMany(refs)).toEqual(await source.getMany(refs))
    expect(await server.verify()).not.toHaveProperty('tombstones')
  },
  60_000
)

test('a writer that notes the head of somebody else keeps no data away either', async () => {
  const { source, refs } = await owner(30)
  const server = createDB<unknown>({ name: 'server' })
  const writer = await erasing(source, refs, 'writer')
  await createSynchronizer(writer, inProcess(server), { remote: 'owner' }).run()
  expect(await server.remoteHead('owner')).toBe(refs.at(-1))
  await createSynchronizer(source, inProcess(server)).run()
  expect(await server.has(refs)).toEqual(all(refs, true))
})

test('tombstones that come between two pushes are filled in by the second', async () => {
  const { source, refs } = await owner(10)
  const server = createDB<unknown>({ name: 'server' })
  const late = createDB<unknown>({ name: 'late' })
  await createSynchronizer(source, late).run()
  await late.setHead(refs.at(-1) ?? '')
  const ahead = await line(late, 10, 'ahead')
  await createSynchronizer(source, inProcess(server)).run()
  const writer = await erasing(late, ahead, 'writer')
  await createSynchronizer(writer, inProcess(server)).run()
  expect(await server.has(ahead)).toEqual(all(ahead, false))
  await source.setHead((await createSynchronizer(late, source).run()).head ?? '')
  await createSynchronizer(source, inProcess(server)).run()
  expect(await server.has([...refs, ...ahead])).not.toContain(false)
})

test('equal databases with 3,000 tombstones agree in one request, in either direction', async () => {
  const { source, refs } = await owner(3000)
  const eraser = await erasing(source, refs)
  const server = createDB<unknown>({ name: 'server' })
  await createSynchronizer(eraser, server).run()
  await server.setHead(refs.at(-1) ?? '')
  const client = createDB<unknown>({ name: 'client' })
  await createSynchronizer(eraser, client).run()
  await client.setHead(refs.at(-1) ?? '')
  const { operations, remote } = noted(server)
  for (let time = 0; time < 2; time += 1) await client.pull(remote)
  expect(operations).toEqual(['news', 'news'])
  operations.length = 0
  await createSynchronizer(client, remote).run()
  await createSynchronizer(client, remote).run()
  expect(operations).toEqual(['state', 'remote-head', 'state'])
}, 60_000)

test('a peer without the missing data is asked once for each of its heads', async () => {
  const { source, refs } = await owner(10)
  const eraser = await erasing(source, refs)
  const partly = await erasing(source, refs, 'partly', (n) => n > 4)
  const client = createDB<unknown>({ name: 'client' })
  await createSynchronizer(eraser, client).run()
  const { operations, remote } = noted(partly)
  for (let time = 0; time < 3; time += 1) await client.pull(remote)
  expect(operations).toEqual(['news', 'has', 'revisions', 'news', 'news'])
  expect(await client.has(refs)).toEqual(refs.map((_ref, n) => n <= 4))
  operations.length = 0
  await partly.put('next')
  await client.pull(remote)
  await client.pull(remote)
  expect(operations).toEqual(['news', 'news'])
})

test('a push offers missing data once for each head and each print', async () => {
  const { source, refs } = await owner(10)
  const server = createDB<unknown>({ name: 'server' })
  await createSynchronizer(await erasing(source, refs), server).run()
  const stranger = createDB<unknown>({ name: 'stranger' })
  await stranger.put('unrelated')
  const { operations, remote } = noted(server)
  for (let time = 0; time < 3; time += 1) await createSynchronizer(stranger, remote).run()
  expect(operations.filter((operation) => operation === 'lacking')).toHaveLength(1)
})

test('if the transfer of missing data is interrupted, the remote head stays, and the next run brings the data', async () => {
  const { source, refs } = await owner(10)
  const client = createDB<unknown>({ name: 'client' })
  await client.pull(inProcess(await erasing(source, refs)))
  await line(source, 5, 'more')
  const { remote } = noted(source, openToAll, ['revisions'])
  expect((await failureOf(client.pull(remote))).code).toBe('HISTO_NETWORK')
  expect(await client.remoteHead('owner')).toBeNull()
  expect(await client.pull(remote)).toMatchObject({ revisions: 10 })
  expect(await client.has(refs)).toEqual(all(refs, true))
  const server = createDB<unknown>({ name: 'server' })
  await createSynchronizer(await erasing(source, refs), server).run()
  const pushing = noted(server, openToAll, ['push'])
  expect((await failureOf(source.push(pushing.remote))).code).toBe('HISTO_NETWORK')
  await source.push(pushing.remote)
  expect(await server.has(refs)).toEqual(all(refs, true))
})

test('what the head does not reach is not sent, whoever asks for it', async () => {
  const { source, refs } = await owner(5)
  const other = source.branch('private')
  const secret = await other.put('secret', [refs[4] ?? ''])
  const eraser = createDB<unknown>({ name: 'eraser' })
  await createSynchronizer(other, eraser).run()
  await eraser.setHead(secret)
  for (const ref of [...refs, secret]) await eraser.erase(ref)
  const server = createDB<unknown>({ name: 'server' })
  await createSynchronizer(eraser, server).run()
  await source.push(inProcess(server))
  expect(await server.has([...refs, secret])).toEqual([...all(refs, true), false])
})

test('what the server erased itself stays erased there', async () => {
  const { source, refs } = await owner(5)
  const server = createDB<unknown>({ name: 'server' })
  await source.push(inProcess(server))
  await server.erase(refs[2] ?? '')
  await source.put('next')
  await source.push(inProcess(server))
  expect((await failureOf(server.get(refs[2] ?? ''))).code).toBe('HISTO_SHALLOW')
  const remote = inProcess(server)
  expect(await remote.has([refs[1] ?? '', refs[2] ?? ''])).toEqual([true, false])
  await remote.remoteHead('owner')
  expect(await remote.has([refs[1] ?? '', refs[2] ?? ''])).toEqual([true, true])
})

test('a remote database has no tombstone', async () => {
  const { source, refs } = await owner(3)
  const server = createDB<unknown>({ name: 'server' })
  await createSynchronizer(await erasing(source, refs, 'eraser', (n) => n === 1), server).run()
  await server.setHead(refs[2] ?? '')
  const remote = inProcess(server)
  expect(await remote.has(refs)).toEqual([true, false, true])
  await remote.remoteHead('owner')
  expect(await remote.has(refs)).toEqual([true, false, true])
})

test("a handler with tombstones: 'refuse' takes none in", async () => {
  const { source, refs } = await owner(50)
  const eraser = await erasing(source, refs, 'eraser', (n) => n === 40)
  const server = createDB<unknown>({ name: 'server' })
  const remote = inProcess(server, { ...openToAll, tombstones: 'refuse' })
  expect(await failureOf(eraser.push(remote))).toMatchObject({
    code: 'HISTO_DENIED',
    ref: refs[40],
    retryable: false
  })
  expect(await server.has(refs)).toEqual(all(refs, false))
  expect(await server.remotes()).toEqual({})
  expect(await source.push(remote)).toMatchObject({ revisions: 50 })
})

test.each(['pull', 'push'] as const)(
  "connect with tombstones: 'refuse' refuses a %s",
  async (way) => {
    const { source, refs } = await owner(50)
    const eraser = await erasing(source, refs, 'eraser', (n) => n === 40)
    const other = createDB<unknown>({ name: 'other' })
    const tombstones = 'refuse'
    const run = () =>
      way === 'pull'
        ? other.pull(inProcess(eraser, openToAll, { tombstones }))
        : eraser.push(inProcess(other, openToAll, { tombstones }))
    expect(await failureOf(run())).toMatchObject({ code: 'HISTO_DENIED', ref: refs[40] })
    const option =
      way === 'pull'
        ? other.pull(inProcess(eraser), { tombstones })
        : eraser.push(inProcess(other), { tombstones })
    expect((await failureOf(option)).code).toBe('HISTO_DENIED')
    expect(await other.remotes()).toEqual({})
    expect(await other.has([refs[40] ?? ''])).toEqual([false])
  }
)

test("over stores of your own 'refuse' says so, and else it is HISTO_SHALLOW", async () => {
  const { source, refs } = await owner(5)
  const eraser = await erasing(source, refs, 'eraser', (n) => n === 3)
  const made = manners.at(-1)?.make()
  if (made === undefined) throw new Error('no stores')
  const { revisionStore, branchStore } = made
  const stores = createDB<unknown>({ revisionStore, branchStore })
  expect((await failureOf(stores.pull(inProcess(eraser)))).code).toBe('HISTO_SHALLOW')
  const refusing = stores.pull(inProcess(eraser), { tombstones: 'refuse' })
  expect((await failureOf(refusing)).code).toBe('HISTO_DENIED')
})

test('an old server, which does not report tombstones, is asked, and its answer does no harm', async () => {
  const { source, refs } = await owner(5)
  const partly = await erasing(source, refs, 'partly', (n) => n === 3)
  const client = createDB<unknown>({ name: 'client' })
  await createSynchronizer(await erasing(source, refs), client).run()
  const handler = createHandler(partly, openToAll)
  const fetch = async (url: string, init: RequestInit) => {
    const asked = new URL(url)
    asked.searchParams.delete('data')
    const answer = await handler(new Request(asked, init))
    if (asked.pathname !== '/news') return answer
    const bytes = Buffer.from(await answer.arrayBuffer())
    const told = JSON.parse(bytes.subarray(4).toString())
    delete told.tombstones
    const json = Buffer.from(JSON.stringify(told))
    const length = Buffer.alloc(4)
    length.writeUInt32LE(json.length)
    return new Response(Buffer.concat([length, json]), { headers: answer.headers })
  }
  await client.pull(connect('http://old', { fetch }))
  expect(await client.has(refs)).toEqual([true, true, true, false, true])
})

test.each([
  ['lacking', 403, { authorize: ({ action }: { action: string }) => action === 'read' }],
  ['lacking?from=x', 400, openToAll],
  ['lacking?from=-1', 400, openToAll],
  ['lacking?from=7', 200, openToAll]
] as const)('%s is answered %i', async (path, status, options) => {
  const handler = createHandler(createDB<unknown>({ name: 'server' }), options)
  const answer = await handler(new Request(`http://x/${path}`))
  expect(answer.status).toBe(status)
})
