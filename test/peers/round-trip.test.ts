/** `pull` and `push`: whole round trips. */

import { expect, test } from 'vitest'
import { createDB, type DB, type MergeInput } from '../../ts/index.js'
import { places } from '../contract/places.js'
import { kinds } from '../support/user-stores.js'

type Words = string[]

/** Everything of both sides, sorted. */
const union = ({ ours, theirs }: MergeInput<Words>) => [...new Set([...ours, ...theirs])].toSorted()

const edit = (db: DB<Words>, word: string) => db.update((words) => [...(words ?? []), word])

test.each(places)('pull brings the head and fast-forwards, in %s', async (_name, open) => {
  const [server, laptop] = [await open<Words>({ name: 'server' }), await open<Words>()]
  const head = await edit(server, 'one')
  const resolve = () => expect.fail('nothing to resolve')
  expect(await laptop.pull(server, { resolve })).toMatchObject({
    head,
    revisions: 1,
    merge: { kind: 'fast-forward', ref: head }
  })
  expect(laptop.head()).toBe(head)
  expect(await laptop.pull(server, { resolve })).toMatchObject({ merge: { kind: 'up-to-date' } })
})

test('pull without resolve moves no head', async () => {
  const [server, laptop] = [createDB<Words>({ name: 'server' }), createDB<Words>()]
  const head = await edit(server, 'one')
  expect(await laptop.pull(server)).toMatchObject({ head, revisions: 1, merge: null })
  expect(laptop.head()).toBe(null)
  expect(await laptop.remoteHead('server')).toBe(head)
})

test('pull of an empty database merges nothing', async () => {
  const [server, laptop] = [createDB<Words>({ name: 'server' }), createDB<Words>()]
  expect(await laptop.pull(server, { resolve: union })).toEqual({
    head: null,
    revisions: 0,
    bytes: 0,
    merge: null
  })
})

test.each(kinds)('push moves the head of %s by compare-and-swap', async (_name, open) => {
  const server = await open<Words>({ name: 'server' })
  const laptop = createDB<Words>({ name: 'laptop' })
  const head = await edit(laptop, 'one')
  expect(await laptop.push(server)).toMatchObject({ head, revisions: 1, moved: true })
  expect(server.head()).toBe(head)
  expect(await laptop.push(server)).toMatchObject({ head, revisions: 0, moved: false })
})

test('push without resolve refuses if the target has moved on', async () => {
  const [server, laptop] = [
    createDB<Words>({ name: 'server' }),
    createDB<Words>({ name: 'laptop' })
  ]
  await edit(laptop, 'one')
  await laptop.push(server)
  const theirs = await edit(server, 'two')
  const ours = await edit(laptop, 'three')
  const pushing = laptop.push(server)
  await expect(pushing).rejects.toThrow(/^head conflict$/)
  await expect(pushing).rejects.toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: theirs })
  expect([server.head(), laptop.head()]).toEqual([theirs, ours])
  expect(await server.has([ours])).toEqual([true])
})

test('push with resolve pulls, merges and moves the head', async () => {
  const [server, laptop] = [
    createDB<Words>({ name: 'server' }),
    createDB<Words>({ name: 'laptop' })
  ]
  await edit(laptop, 'one')
  await laptop.push(server)
  await edit(server, 'two')
  await edit(laptop, 'three')
  const { head, moved } = await laptop.push(server, { resolve: union })
  expect(moved).toBe(true)
  expect(await server.get()).toEqual(['one', 'three', 'two'])
  expect([server.head(), laptop.head()]).toEqual([head, head])
})

test('push to a target that is ahead moves nothing', async () => {
  const [server, laptop] = [
    createDB<Words>({ name: 'server' }),
    createDB<Words>({ name: 'laptop' })
  ]
  await edit(laptop, 'one')
  await laptop.push(server)
  const ahead = await edit(server, 'two')
  await laptop.pull(server) // known here, and not merged
  const pushed = await laptop.push(server)
  expect(pushed).toMatchObject({ moved: false })
  expect(pushed).not.toHaveProperty('reason')
  expect(server.head()).toBe(ahead)
})

test('push to a target without setHead adds revisions and the remote head', async () => {
  const [server, laptop] = [createDB<Words>(), createDB<Words>({ name: 'laptop' })]
  const head = await edit(laptop, 'one')
  const target = {
    head: server.head.bind(server),
    remoteHead: server.remoteHead.bind(server),
    writeStream: server.writeStream.bind(server),
    setRemoteHead: server.setRemoteHead.bind(server)
  }
  expect(await laptop.push(target)).toMatchObject({
    head,
    revisions: 1,
    moved: false,
    reason: 'no-setHead'
  })
  expect([server.head(), await server.remoteHead('laptop')]).toEqual([null, head])
})

test('twenty clients that edit offline and push with resolve end with one head that has every edit', async () => {
  const server = createDB<Words>({ name: 'server' })
  await edit(server, 'start')
  const clients = Array.from({ length: 20 }, (_, number) =>
    createDB<Words>({ name: `client ${number}` })
  )
  await Promise.all(clients.map((client) => client.pull(server, { resolve: union })))
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(
      clients.map(async (client) => {
        await edit(client, `${client.name} edit ${round}`)
        await client.push(server, { resolve: union })
      })
    )
  }
  expect(await server.get()).toHaveLength(61)
  for (const client of clients) {
    await client.pull(server, { resolve: union })
    expect(client.head()).toBe(server.head())
  }
})

test('an aborted push rejects with the reason, and both take callbacks', async () => {
  const [server, laptop] = [
    createDB<Words>({ name: 'server' }),
    createDB<Words>({ name: 'laptop' })
  ]
  await edit(laptop, 'one')
  const signal = AbortSignal.abort(new Error('no more'))
  await expect(laptop.push(server, { signal })).rejects.toThrow('no more')
  await expect(laptop.pull(server, { signal })).rejects.toThrow('no more')
  const pushed = await new Promise((resolve) => laptop.push(server, (_error, r) => resolve(r)))
  expect(pushed).toMatchObject({ moved: true })
  const pulled = await new Promise((resolve) =>
    laptop.pull(server, { resolve: union }, (_error, r) => resolve(r))
  )
  expect(pulled).toMatchObject({ merge: { kind: 'up-to-date' } })
})

test('misuse is a TypeError', async () => {
  const db = createDB<Words>({ name: 'db' })
  await db.put([])
  const loose = db as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  await expect(loose['pull']?.(undefined)).rejects.toThrow(TypeError)
  await expect(loose['push']?.({})).rejects.toThrow(TypeError)
  await expect(loose['pull']?.(createDB(), { resolve: 'no function' })).rejects.toThrow(TypeError)
})
