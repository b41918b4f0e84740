/** The entries in a server's log for moves that came over HTTP. */

import { MemoryLevel } from 'memory-level'
import { expect, test } from 'vitest'
import { levelStores } from '../../ts/level-entry.js'
import { collect } from '../contract/places.js'
import { createDB, inProcess, openToAll } from './servers.js'

test('a push that moves a head is logged with the database that pushed', async () => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'laptop' })
  const first = await client.put(1)
  await client.push(inProcess(server, openToAll))
  const second = await client.put(2)
  await client.push(inProcess(server, openToAll))
  await server.put(3)
  const entries = (await collect(server.log())).map(({ id: _id, time: _time, ...move }) => move)
  expect(entries).toEqual([
    { branch: 'main', from: second, to: server.head(), action: 'put' },
    { branch: 'main', from: first, to: second, action: 'fast-forward', remote: 'laptop' },
    { branch: 'main', from: null, to: first, action: 'fast-forward', remote: 'laptop' }
  ])
  expect(await server.undo({ steps: 2 })).toBe(first)
  expect((await collect(client.log())).map(({ remote }) => remote)).toEqual([undefined, undefined])
})

test('a pull is logged as a move without a remote, and undo takes it back', async () => {
  const server = createDB<number>({ name: 'server' })
  const client = createDB<number>({ name: 'laptop' })
  const first = await server.put(1)
  await client.pull(inProcess(server), { resolve: () => 0 })
  const [entry] = await collect(client.log())
  expect(entry).toMatchObject({ branch: 'main', from: null, to: first, action: 'fast-forward' })
  expect(entry).not.toHaveProperty('remote')
  expect(await client.undo()).toBeNull()
})

const logged = [
  ['memory', {}],
  ['a level', levelStores(new MemoryLevel())]
] as const

/** Checked to fail: log a deletion without the database that asked for it. */
test.each(logged)('a deletion that a push requests is logged, in %s', async (_name, stores) => {
  const server = createDB<number>({ name: 'server', ...stores })
  const client = createDB<number>({ name: 'laptop' })
  const remote = inProcess(server, { ...openToAll, branches: true })
  for (const name of ['a', 'main']) await client.branch(name).put(1)
  await client.push(remote, { branches: true })
  const from = await client.branch('a').resolve('a')
  await client.deleteBranch('a')
  await client.push(remote, { branches: true, prune: true })
  const [entry] = await collect(server.log({ limit: 1 }))
  expect(entry).toMatchObject({ branch: 'a', from, to: null, action: 'delete', remote: 'laptop' })
})
