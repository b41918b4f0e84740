/** Many branches over HTTP: pull, push, live, and how little travels. */

import { expect, test } from 'vitest'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createDB, createSynchronizer, type DB, type Ref } from '../../ts/index.js'
import { opened } from '../contract/places.js'
import { failureOf } from '../support/open.js'
import { counted } from './counted.js'
import { inProcess, kinds, openToAll } from './servers.js'

type Doc = Record<string, number>

const all: HandlerOptions = { ...openToAll, branches: true }

const edit = (db: DB<Doc>, branch: string, member: string) =>
  db.branch(branch).update((doc) => ({ ...doc, [member]: 1 }))
const headsOf = async (db: Pick<DB<Doc>, 'branches'>) => ({ ...(await db.branches()) })
const kindsOf = (branches: Readonly<Record<string, { kind: string }>>) =>
  Object.fromEntries(Object.entries(branches).map(([name, { kind }]) => [name, kind]))

/** A server with a number of documents of some versions. */
async function documents(count: number, versions = 2): Promise<DB<Doc>> {
  const server = createDB<Doc>({ name: 'server' })
  for (let version = 0; version < versions; version += 1) {
    await server.batch(
      Array.from({ length: count }, (_, n) => ({
        type: 'put' as const,
        branch: `doc/${n}`,
        data: { n, version }
      }))
    )
  }
  return server
}

test.each(kinds)('branches come from %s, and go on from there', async (_name, open) => {
  const server = (await open('server')) as DB<Doc>
  for (const name of ['main', 'doc/1', 'doc/2', 'ü']) await edit(server, name, name)
  const remote = inProcess(server, all)
  expect({ ...(await remote.branches()) }).toEqual(await headsOf(server))
  const laptop = createDB<Doc>({ name: 'laptop' })
  const { branches, heads, head } = await laptop.pull(remote, { branches: true, resolve: 'json' })
  expect([{ ...heads }, head]).toEqual([await headsOf(server), (await headsOf(server))['main']])
  expect(new Set(Object.values(kindsOf(branches)))).toEqual(new Set(['fast-forward']))
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  await edit(server, 'doc/1', 'server')
  await edit(laptop, 'doc/1', 'laptop')
  await edit(laptop, 'new', 'laptop')
  const pulled = await laptop.pull(remote, { branches: true, resolve: 'json' })
  expect(kindsOf(pulled.branches)).toEqual({ 'doc/1': 'merge' })
  const pushed = await laptop.push(remote, { branches: true, resolve: 'json' })
  expect(kindsOf(pushed.branches)).toMatchObject({ 'doc/1': 'fast-forward', new: 'fast-forward' })
  expect([await headsOf(server), { ...pushed.failed }]).toEqual([await headsOf(laptop), {}])
  expect(await server.remoteHead('laptop/new')).toBe((await headsOf(laptop))['new'])
})

test.each(kinds)('branches come to %s over HTTP', async (_name, open) => {
  const server = await documents(70)
  await edit(server, 'main', 'main')
  const laptop = (await open('laptop')) as DB<Doc>
  const remote = inProcess(server, all)
  await laptop.pull(remote, { branches: true })
  expect(await headsOf(laptop)).toEqual(await headsOf(server))
  const ref = await edit(server, 'doc/7', 'more')
  const fork = await server.branch('fork').setHead(ref)
  const { heads, revisions } = await laptop.pull(remote, { branches: true })
  expect([{ ...heads }, revisions]).toEqual([{ 'doc/7': ref, fork }, 1])
  expect(await laptop.pull(remote, { branches: true })).toMatchObject({ revisions: 0, bytes: 0 })
})

test('ten thousand branches: few requests, and of what changed alone', async () => {
  const server = await documents(10_000)
  const laptop = createDB<Doc>({ name: 'laptop' })
  const { remote, moved } = counted(server as DB<unknown>, undefined, all)
  const run = createSynchronizer(remote, laptop as DB<unknown>, { branches: 'doc/' }).run
  const first = await run()
  expect([first.revisions, Object.keys(first.heads ?? {}).length]).toEqual([20_000, 10_000])
  expect(moved.statuses.length).toBeLessThanOrEqual(3)
  const step = async () => {
    const before = { ...moved, requests: moved.statuses.length }
    const { heads = {}, revisions } = await run()
    const bytes = moved.sent - before.sent + moved.came - before.came
    const requests = moved.statuses.length - before.requests
    return { requests, bytes, revisions, heads: Object.keys(heads).length }
  }
  const nothing = await step()
  expect(nothing).toMatchObject({ requests: 1, revisions: 0, heads: 0 })
  expect(nothing.bytes).toBeLessThan(250)
  for (let n = 0; n < 10; n += 1) await edit(server, `doc/${n * 997}`, 'changed')
  const ten = await step()
  expect(ten).toMatchObject({ requests: 2, revisions: 10, heads: 10 })
  expect(ten.bytes).toBeLessThan(5000)
  for (let n = 0; n < 3000; n += 1) await server.deleteBranch(`doc/${n}`)
  await edit(server, 'doc/3000', 'changed')
  const many = await step()
  expect(many).toMatchObject({ revisions: 1, heads: 1 })
})

test('the cost of a request does not grow with the branches that it is not about', async () => {
  const costs: number[] = []
  for (const count of [100, 4000]) {
    const server = await documents(count)
    const laptop = createDB<Doc>({ name: 'laptop' })
    const { remote, moved } = counted(server as DB<unknown>, undefined, all)
    await laptop.pull(remote as never, { branches: true })
    await edit(server, 'doc/5', 'changed')
    const before = moved.sent + moved.came
    await laptop.branch('doc/5').put({ mine: 1 })
    expect(await laptop.pull(remote.branch('doc/5') as never)).toMatchObject({ revisions: 1 })
    costs.push(moved.sent + moved.came - before)
  }
  const [few = 0, many = 0] = costs
  expect(many).toBeLessThan(few * 3)
})

test('pull with prune over HTTP deletes what the server tells to be deleted', async () => {
  const server = await documents(80)
  const remote = inProcess(server, all)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.pull(remote, { branches: true })
  await edit(laptop, 'doc/2', 'own')
  for (const name of ['doc/1', 'doc/2']) await server.deleteBranch(name)
  expect((await laptop.pull(remote, { branches: true })).deleted).toEqual([])
  const { deleted, branches } = await laptop.pull(remote, { branches: true, prune: true })
  expect(deleted?.toSorted()).toEqual(['doc/1', 'doc/2'])
  expect(kindsOf(branches)).toEqual({ 'doc/1': 'deleted' })
  expect(await laptop.remoteHead('server/doc/1')).toBe(null)
})

test('an emptied server, another database and a narrowed permission delete nothing', async () => {
  const server = await documents(3)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await laptop.pull(inProcess(server, all), { branches: true })
  const before = await headsOf(laptop)
  const options = { branches: true, prune: true } as const
  await laptop.pull(inProcess(createDB<Doc>({ name: 'server' }), all), options)
  const other = createDB<Doc>({ name: 'server' })
  await edit(other, 'other', 'other')
  await laptop.pull(inProcess(other, all), options)
  await server.deleteBranch('doc/1')
  const narrow = { ...all, authorize: () => (name: string) => name === 'doc/0' }
  await laptop.pull(inProcess(server, narrow), options)
  await laptop.pull(inProcess(server, { ...all, branches: (name) => name === 'doc/2' }), options)
  const denied = laptop.pull(inProcess(server, { ...all, authorize: () => false }), options)
  expect(await failureOf(denied)).toMatchObject({ code: 'HISTO_DENIED' })
  expect(await headsOf(laptop)).toMatchObject(before)
  expect(Object.keys(await laptop.remotes()).length).toBe(4)
  expect((await laptop.pull(inProcess(server, all), options)).deleted).toEqual(['doc/1'])
})

test('push says why nothing moved; a deletion needs the action delete', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const laptop = createDB<Doc>({ name: 'laptop' })
  const ref = await edit(laptop, 'a', 'a')
  await edit(laptop, 'main', 'main')
  const push = (options: HandlerOptions, prune = false) =>
    laptop.push(inProcess(server, { branches: true, ...options }), { branches: 'a', prune })
  expect(await failureOf(push({}))).toMatchObject({ code: 'HISTO_DENIED' })
  const never = await push({ authorize: () => true })
  expect({ ...never.branches }).toEqual({ a: { kind: 'unmoved', ref, reason: 'never' } })
  const allowing = (...actions: string[]): HandlerOptions => ({
    heads: 'fast-forward',
    authorize: ({ action }) => actions.includes(action)
  })
  await edit(laptop, 'a', 'b')
  expect(Object.values((await push(allowing('write'))).branches)).toMatchObject([
    { kind: 'unmoved', reason: 'denied' }
  ])
  const moved = await push(allowing('read', 'write', 'head'))
  expect(kindsOf(moved.branches)).toEqual({ a: 'fast-forward' })
  await laptop.deleteBranch('a')
  for (const actions of [['write'], ['read', 'write', 'head']]) {
    const kept = await push(allowing(...actions), true)
    expect({ ...kept.branches }).toEqual({ a: { kind: 'unmoved', ref: null, reason: 'denied' } })
  }
  const stays = await push({ authorize: () => true }, true)
  expect(Object.values(stays.branches)).toMatchObject([{ kind: 'unmoved', reason: 'never' }])
  expect(Object.keys(await headsOf(server))).toEqual(['a'])
  const gone = await push(allowing('read', 'write', 'head', 'delete'), true)
  expect(kindsOf(gone.branches)).toEqual({ a: 'deleted' })
})

/** Checked to fail: where the last branch of a prefix is gone, take it for a database without any. */
test('the last branch of a prefix is pruned, in both directions', async () => {
  const server = await documents(1)
  const laptop = createDB<Doc>({ name: 'laptop' })
  await edit(server, 'main', 'main')
  const remote = inProcess(server, all)
  for (const branches of ['doc/', ['doc/0'], (name: string) => name === 'doc/0']) {
    await edit(server, 'doc/0', 'more')
    await laptop.pull(remote, { branches })
    await server.deleteBranch('doc/0')
    const pulled = await laptop.pull(remote, { branches, prune: true })
    expect([kindsOf(pulled.branches), pulled.deleted]).toEqual([{ 'doc/0': 'deleted' }, ['doc/0']])
    await edit(laptop, 'main', 'own')
    await edit(laptop, 'doc/0', 'again')
    await laptop.push(remote, { branches })
    await laptop.deleteBranch('doc/0')
    const pushed = await laptop.push(remote, { branches, prune: true })
    expect([kindsOf(pushed.branches), pushed.deleted]).toEqual([{ 'doc/0': 'deleted' }, ['doc/0']])
  }
})

test('deleting the last branch of a database prunes nothing elsewhere', async () => {
  const server = await documents(1)
  const laptop = createDB<Doc>({ name: 'laptop' })
  const remote = inProcess(server, all)
  await laptop.pull(remote, { branches: true })
  await server.deleteBranch('doc/0')
  for (const branches of [true, 'doc/', ['doc/0']] as const) {
    const { deleted } = await laptop.pull(remote, { branches, prune: true })
    expect(deleted).toEqual([])
  }
})

test('push with prune deletes branches of the server where it is allowed', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const laptop = createDB<Doc>({ name: 'laptop' })
  for (const name of ['a', 'b', 'c']) await edit(laptop, name, name)
  const remote = inProcess(server, all)
  await laptop.push(remote, { branches: true })
  await edit(server, 'b', 'server')
  for (const name of ['a', 'b']) await laptop.deleteBranch(name)
  const { branches, deleted } = await laptop.push(remote, { branches: true, prune: true })
  expect([kindsOf(branches), deleted?.toSorted()]).toEqual([{ a: 'deleted' }, ['a', 'b']])
  expect(Object.keys(await headsOf(server))).toEqual(['b', 'c'])
})

test('pushes of two laptops to the same branches are merged', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const laptops = ['anna', 'ben'].map((name) => createDB<Doc>({ name }))
  for (const laptop of laptops) {
    for (const name of ['a', 'b', 'c']) await edit(laptop, name, laptop.name)
  }
  const remote = () => inProcess(server, all)
  const push = (laptop: DB<Doc>) => laptop.push(remote(), { branches: true, resolve: 'json' })
  const pushed = await Promise.all(laptops.map(push))
  for (const { failed } of pushed) expect({ ...failed }).toEqual({})
  for (const name of ['a', 'b', 'c']) {
    expect(await server.branch(name).get()).toEqual({ anna: 1, ben: 1 })
  }
})

test('a push of what was pulled before sends what is new alone', async () => {
  const server = await documents(200, 3)
  const laptop = createDB<Doc>({ name: 'laptop' })
  const { remote, moved } = counted(server as DB<unknown>, undefined, all)
  await laptop.pull(remote as never, { branches: true })
  await edit(laptop, 'doc/5', 'own')
  const before = moved.sent
  const { revisions } = await laptop.push(remote as never, { branches: true })
  expect(revisions).toBe(1)
  expect(moved.sent - before).toBeLessThan(200 * 60)
  const again = await laptop.push(remote as never, { branches: true })
  expect([again.revisions, kindsOf(again.branches)]).toEqual([0, {}])
})

test('branch(name) is one branch of the server, with all members of a remote database', async () => {
  const server = createDB<Doc>({ name: 'server' })
  const ref = await edit(server, 'doc/1', 'one')
  const remote = inProcess(server, all).branch('doc/1')
  await remote.ready()
  expect([remote.name, await remote.head()]).toEqual(['server/doc/1', ref])
  const laptop = createDB<Doc>({ name: 'laptop' })
  const own = laptop.branch('doc/1')
  await own.pull(remote, { resolve: 'json' })
  expect(await laptop.remoteHead('server/doc/1')).toBe(ref)
  const edited = await edit(laptop, 'doc/1', 'two')
  expect(await own.push(remote)).toMatchObject({ moved: true, head: edited })
  expect(await server.branch('doc/1').head()).toBe(edited)
  expect(await inProcess(server, all).head()).toBe(null) // main
})

test('live over HTTP keeps all branches together', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  await edit(server, 'a', 'one')
  const stop = new AbortController()
  const living = createSynchronizer(inProcess(server, all), laptop, {
    branches: true,
    prune: true,
    signal: stop.signal
  }).live()
  const becomes = (name: string, ref: Ref | null) =>
    expect.poll(() => laptop.remoteHead(name), { timeout: 5000 }).toBe(ref)
  await becomes('server/a', await server.branch('a').head())
  await becomes('server/new', await edit(server, 'new', 'one'))
  await server.deleteBranch('a')
  await becomes('server/a', null)
  stop.abort()
  await living
})

test('a function, an array and a prefix select branches of a server', async () => {
  const server = await documents(90)
  await edit(server, 'main', 'main')
  const remote = inProcess(server, all)
  const select = async (branches: string | string[] | ((name: string) => boolean)) => {
    const laptop = createDB<Doc>()
    const options = { branches }
    const names = async () =>
      Object.keys((await createSynchronizer(remote, laptop, options).run()).heads ?? {}).toSorted()
    const first = await names()
    expect(await names()).toEqual([])
    return first
  }
  expect(await select(['doc/5', 'main', 'none'])).toEqual(['doc/5', 'main'])
  expect(await select((name) => name.endsWith('9'))).toHaveLength(9)
  expect(await select('doc/8')).toHaveLength(11)
})

test('a handler of one branch answers of that alone', async () => {
  const server = await documents(3)
  await edit(server, 'main', 'main')
  expect(Object.keys(await inProcess(server).branches())).toEqual(['main'])
  expect(Object.keys(await inProcess(server.branch('doc/1')).branches())).toEqual(['doc/1'])
  expect(await inProcess(server).branch('doc/1').head()).toBe(null)
})

test('a source over HTTP needs a handler that knows branches', async () => {
  const fetch = () => Promise.resolve(new Response('no', { status: 404 }))
  const { connect } = await import('../../ts/http-entry.js')
  const remote = connect<Doc>('http://old.example', { fetch, retries: 0 })
  const failure = await failureOf(
    createSynchronizer(remote, await opened<Doc>({}), { branches: true }).run()
  )
  expect(failure).toMatchObject({ code: 'HISTO_PROTOCOL' })
})

test('data that one server erased comes from another one that has it; refused where it shall not come', async () => {
  const owner = await documents(70)
  const mirror = createDB<Doc>({ name: 'mirror' })
  await mirror.pull(owner, { branches: true })
  const ref = (await headsOf(owner))['doc/5'] ?? ''
  await mirror.erase(ref)
  const laptop = createDB<Doc>({ name: 'laptop' })
  const refusing = { branches: true, tombstones: 'refuse' } as const
  const refused = createSynchronizer(inProcess(mirror, all), laptop, refusing).run()
  expect(await failureOf(refused)).toMatchObject({ code: 'HISTO_DENIED' })
  await laptop.pull(inProcess(mirror, all), { branches: true })
  expect(await laptop.has([ref])).toEqual([false])
  await laptop.pull(inProcess(owner, all), { branches: true })
  expect(await laptop.has([ref])).toEqual([true])
  expect(await laptop.get(ref)).toEqual({ n: 5, version: 1 })
})
