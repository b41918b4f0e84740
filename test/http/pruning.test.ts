/**
 * `prune` deletes only what the source deleted from the head that was last seen, or a later one: not what another database of
 * that name, or one that was restored, deleted under the same name of a branch.
 *
 * Checked to fail: where `loggedDeletions` (`ts/sync/gone.ts`) takes each branch whose newest move has `to === null`.
 */

import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { failureOf, folder, opened } from '../contract/places.js'
import { loggingStores } from '../support/logging-stores.js'
import { mapStores } from '../support/user-stores.js'
import { openToMany } from './asks.js'
import { inProcess } from './servers.js'

type Doc = Record<string, number>
type Open = (name: string) => Promise<DB<Doc>>

const kinds: readonly (readonly [string, Open])[] = [
  ['memory', (name) => opened({ name })],
  ['a path', (name) => opened({ name, path: join(folder(), name) })],
  [
    'a level',
    async (name) => {
      const level = new MemoryLevel()
      onTestFinished(() => level.close())
      return await opened({ name, ...levelStores(level) })
    }
  ]
]

/** A source as users write one, with a log. */
function written(db: DB<Doc>) {
  const members = ['head', 'branches', 'refDifference', 'createStream', 'has', 'log'] as const
  const bound = members.map((member) => [member, (db[member] as () => unknown).bind(db)])
  return { name: db.name, ...Object.fromEntries(bound) } as unknown as DB<Doc>
}

/** A target as users write one. */
function writtenTarget(db: DB<Doc>) {
  const members = [
    'head',
    'remoteHead',
    'remotes',
    'writeStream',
    'setRemoteHead',
    'deleteRemote',
    'has'
  ] as const
  const bound = members.map((member) => [member, (db[member] as () => unknown).bind(db)])
  return Object.fromEntries(bound) as unknown as DB<Doc>
}

type Way = (db: DB<Doc>) => DB<Doc>

const overHttp: Way = (db) => inProcess(db, openToMany) as unknown as DB<Doc>

const ways: readonly (readonly [string, Way])[] = [
  ['in process', (db) => db],
  ['by a public log', written],
  ['over HTTP', overHttp]
]

const edit = (db: DB<Doc>, branch: string, member: string) =>
  db.branch(branch).update((doc) => ({ ...doc, [member]: 1 }))
const namesOf = async (db: DB<Doc>) => Object.keys(await db.branches())
const all = { branches: true, prune: true } as const

/** The remote heads that a run prunes, and the branches that a pull leaves, of one client each. */
async function pruned(source: DB<Doc>, way: Way, clients: readonly DB<Doc>[]) {
  const [runner, puller, other] = clients as [DB<Doc>, DB<Doc>, DB<Doc>]
  const run = await createSynchronizer(way(source), runner, all).run()
  const pulled = await puller.pull(way(source), all)
  const byHand = await createSynchronizer(way(source), writtenTarget(other), all).run()
  expect(pulled.deleted).toEqual(run.deleted)
  expect(byHand.deleted).toEqual(run.deleted)
  const remotes = await puller.remotes()
  for (const name of run.deleted ?? []) expect(remotes).not.toHaveProperty(`server/${name}`)
  return { deleted: run.deleted, left: await namesOf(puller) }
}

/** Three clients that have seen all of a source. */
async function clientsOf(source: DB<Doc>, way: Way) {
  const clients = ['runner', 'puller', 'other'].map((name) => createDB<Doc>({ name }))
  for (const client of clients) await client.pull(way(source), { branches: true })
  return clients
}

const kept = (...left: string[]) => ({ deleted: [], left: [...left, 'main'].toSorted() })

describe.each(kinds)('from %s', (_kind, open) => {
  describe.each(ways)('%s', (wayName, way) => {
    /** A source with `main` and `a`. */
    async function source() {
      const server = await open('server')
      for (const name of ['main', 'a']) await edit(server, name, name)
      return server
    }

    test('what was deleted from the head that was seen is pruned', async () => {
      const server = await source()
      const clients = await clientsOf(server, way)
      await server.deleteBranch('a')
      expect(await pruned(server, way, clients)).toEqual({ deleted: ['a'], left: ['main'] })
    })

    test('what moved on before it was deleted is pruned', async () => {
      const server = await source()
      const clients = await clientsOf(server, way)
      for (const member of ['more', 'yet more']) await edit(server, 'a', member)
      await server.deleteBranch('a')
      expect(await pruned(server, way, clients)).toEqual({ deleted: ['a'], left: ['main'] })
    })

    test('an undo of creation and deletion together is a deletion', async () => {
      const server = await source()
      const clients = await clientsOf(server, way)
      await server.deleteBranch('a')
      await server.branch('a').undo({ steps: 2 })
      expect(await pruned(server, way, clients)).toEqual({ deleted: ['a'], left: ['main'] })
    })

    test('what was moved back before it was deleted is pruned, unless a server tells', async () => {
      const server = await source()
      const before = server.branch('a').head() ?? expect.fail()
      await edit(server, 'a', 'more')
      const clients = await clientsOf(server, way)
      await server.branch('a').setHead(before)
      await server.deleteBranch('a')
      const gone = { deleted: ['a'], left: ['main'] }
      expect(await pruned(server, way, clients)).toEqual(way === overHttp ? kept('a') : gone)
      expect(wayName === 'over HTTP').toBe(way === overHttp)
    })

    test('another database of that name that deleted a branch of its own of that name prunes nothing', async () => {
      const clients = await clientsOf(await source(), way)
      const other = await open('server')
      for (const name of ['main', 'a']) await edit(other, name, `other ${name}`)
      await edit(other, 'a', 'more')
      await other.deleteBranch('a')
      expect(await pruned(other, way, clients)).toEqual(kept('a'))
    })

    test('another one that deleted what was seen under another name prunes nothing', async () => {
      const server = await source()
      const clients = await clientsOf(server, way)
      const other = await open('server')
      await createSynchronizer(server, other, { branches: true, remote: 'first' }).run()
      await other.branch('b').setHead(server.branch('a').head() ?? expect.fail())
      for (const name of ['main', 'a', 'b']) await edit(other, name, 'own')
      for (const name of ['a', 'b']) await other.deleteBranch(name)
      expect(await pruned(other, way, clients)).toEqual(kept('a'))
    })

    test('a source that was restored, and deletes a head from before what was seen, prunes nothing', async () => {
      const server = await source()
      const restored = await open('server')
      await restored.pull(server, { branches: true, remote: 'backup' })
      await edit(server, 'a', 'more')
      const clients = await clientsOf(server, way)
      await restored.deleteBranch('a')
      expect(await pruned(restored, way, clients)).toEqual(kept('a'))
    })

    test('a deletion from before the branch was made again prunes nothing', async () => {
      const server = await source()
      const restored = await open('server')
      await restored.pull(server, { branches: true, remote: 'backup' })
      for (const db of [server, restored]) await db.deleteBranch('a')
      await edit(server, 'a', 'again')
      const clients = await clientsOf(server, way)
      expect(await pruned(restored, way, clients)).toEqual(kept('a'))
    })
  })
})

describe.each(ways)('%s', (_name, way) => {
  test('a deletion that the source has forgotten, or whose past it has cut away, prunes nothing', async () => {
    const server = createDB<Doc>({ name: 'server' })
    for (const name of ['main', 'a', 'b']) await edit(server, name, name)
    const clients = await clientsOf(server, way)
    for (let step = 0; step < 5; step += 1) await edit(server, 'b', `step ${step}`)
    await server.prune({ horizon: { depth: 2 }, grace: 0, force: true })
    await server.deleteBranch('b')
    expect((await pruned(server, way, clients)).deleted).toEqual([])
    await server.deleteBranch('a')
    for (let time = 0; time < 2; time += 1) await server.prune({ grace: 0 })
    expect(await pruned(server, way, clients)).toEqual(kept('a', 'b'))
  })
})

const targets: readonly (readonly [string, Way])[] = [
  ['in process', (db) => db],
  ['over HTTP', overHttp]
]

describe.each(kinds)('pushed from %s', (_kind, open) => {
  test.each(targets)('%s: only what was deleted from what the target has', async (_name, way) => {
    const server = createDB<Doc>({ name: 'server' })
    const laptop = await open('laptop')
    for (const name of ['main', 'a', 'b', 'c']) await edit(laptop, name, name)
    const target = way(server)
    await laptop.push(target, { branches: true })
    const other = await open('laptop')
    for (const name of ['main', 'a', 'b', 'c']) await edit(other, name, `other ${name}`)
    for (const name of ['a', 'b', 'c']) await other.deleteBranch(name)
    expect((await other.push(target, all)).deleted).toEqual([])
    expect(await namesOf(server)).toEqual(['a', 'b', 'c', 'main'])
    const back = laptop.branch('c').head() ?? expect.fail()
    await edit(laptop, 'c', 'more')
    await laptop.push(target, { branches: true })
    await edit(laptop, 'b', 'more')
    await laptop.branch('c').setHead(back)
    for (const name of ['a', 'b', 'c']) await laptop.deleteBranch(name)
    expect((await laptop.push(target, all)).deleted?.toSorted()).toEqual(['a', 'b', 'c'])
    expect(await namesOf(server)).toEqual(['main'])
  })
})

test('a branch that was deleted here before the remote head moved is made again by the next pull', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const laptop = createDB<Doc>({ name: 'laptop' })
  for (const name of ['main', 'a']) await edit(server, name, name)
  await laptop.pull(server, { branches: true })
  for (const name of ['a', 'b']) await edit(laptop, name, 'own')
  for (const name of ['a', 'b']) await laptop.deleteBranch(name)
  await laptop.pull(server, { branches: true })
  expect(await namesOf(laptop)).toEqual(['main'])
  await edit(server, 'a', 'more')
  await edit(server, 'b', 'new')
  await createSynchronizer(server, laptop, { branches: true }).run() // as a pull that ended before its merges
  await laptop.pull(server, { branches: true })
  expect(await laptop.branches()).toEqual(await server.branches())
})

const named = { branches: ['main', 'a', 'b'], prune: true } as const

test('stores without a log: a remote head goes where its revision is still there, and no branch', async () => {
  const { texts, revisionStore, branchStore } = mapStores()
  const server = await opened<Doc>({ name: 'server', revisionStore, branchStore })
  for (const name of ['main', 'a', 'b']) await edit(server, name, name)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.pull(server, named)
  texts.delete((await laptop.branches())['b'] ?? '')
  for (const name of ['a', 'b']) await server.deleteBranch(name)
  expect((await laptop.pull(overHttp(server), named)).deleted).toEqual([])
  expect((await laptop.pull(server, named)).deleted).toEqual(['a'])
  expect(await namesOf(laptop)).toEqual(['a', 'b', 'main'])
})

// Checked to fail: where any `HISTO_STORE` of `logPart` counts as a store without a log.
test('a log that cannot be read at the moment is no store without a log', async () => {
  const { stores } = loggingStores()
  const broken = { is: false }
  const { branchStore } = stores
  const { readLog } = branchStore
  branchStore.readLog = (...args: unknown[]) =>
    broken.is
      ? Promise.reject(new Error('the log is away'))
      : Reflect.apply(readLog as () => unknown, branchStore, args)
  const server = await opened<Doc>({ ...stores, name: 'server' })
  for (const name of ['main', 'a']) await edit(server, name, name)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.pull(server, named)
  await server.deleteBranch('a')
  broken.is = true
  expect(await failureOf(laptop.pull(server, named))).toMatchObject({ code: 'HISTO_STORE' })
  expect(await laptop.remoteHead('server/a')).not.toBe(null)
  broken.is = false
  expect((await laptop.pull(server, named)).deleted).toEqual(['a'])
})
