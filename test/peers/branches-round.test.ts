/** `pull`, `push` and `live` over many branches, in one process. */

import { expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB, type Ref } from '../../ts/index.js'
import { opened } from '../contract/places.js'
import { failureOf } from '../support/open.js'
import { kinds } from '../support/user-stores.js'

type Doc = Record<string, number>

/** Adds a member to a document. */
const edit = (db: DB<Doc>, branch: string, member: string, value = 1) =>
  db.branch(branch).update((doc) => ({ ...doc, [member]: value }))

const headsOf = async (db: DB<Doc>) => ({ ...(await db.branches()) })
const dataOf = (db: DB<Doc>, branch: string) => db.branch(branch).get()
const kindsOf = (branches: Readonly<Record<string, { kind: string }>>) =>
  Object.fromEntries(Object.entries(branches).map(([name, { kind }]) => [name, kind]))

test.each(kinds)(
  'pull makes branches, moves them forward and merges them, in %s',
  async (_name, open) => {
    const [server, laptop] = [
      createDB<Doc>({ name: 'server' }),
      await open<Doc>({ name: 'laptop' })
    ]
    for (const name of ['main', 'doc/1', 'doc/2']) await edit(server, name, name)
    const first = await laptop.pull(server, { branches: true, resolve: 'json' })
    expect(kindsOf(first.branches)).toEqual({
      main: 'fast-forward',
      'doc/1': 'fast-forward',
      'doc/2': 'fast-forward'
    })
    expect({ ...first.failed }).toEqual({})
    expect(await headsOf(laptop)).toEqual(await headsOf(server))
    await edit(server, 'doc/1', 'server')
    await edit(laptop, 'doc/1', 'laptop')
    await edit(server, 'doc/2', 'more')
    const second = await laptop.pull(server, { branches: 'doc/', resolve: 'json' })
    expect(kindsOf(second.branches)).toEqual({ 'doc/1': 'merge', 'doc/2': 'fast-forward' })
    expect(await dataOf(laptop, 'doc/1')).toEqual({ 'doc/1': 1, laptop: 1, server: 1 })
    const third = await laptop.pull(server, { branches: true, resolve: 'json' })
    expect(kindsOf(third.branches)).toEqual({ 'doc/1': 'up-to-date' })
  }
)

test('pull without resolve fast-forwards what it can and reports the rest, which is tried again', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  await edit(server, 'a', 'server')
  const mine = await edit(laptop, 'a', 'laptop')
  const theirs = await edit(server, 'b', 'server')
  for (let round = 0; round < 2; round += 1) {
    const { branches, failed } = await laptop.pull(server, { branches: true })
    expect(kindsOf(branches)).toEqual(round === 0 ? { b: 'fast-forward' } : {})
    expect(Object.keys(failed)).toEqual(['a'])
    expect(failed['a']).toMatchObject({
      code: 'HISTO_HEAD_CONFLICT',
      message: 'head conflict',
      head: mine
    })
  }
  expect(await headsOf(laptop)).toEqual({ a: mine, b: theirs })
  const { branches, failed } = await laptop.pull(server, { branches: true, resolve: 'json' })
  expect([kindsOf(branches), { ...failed }]).toEqual([{ a: 'merge' }, {}])
})

test('a resolve that throws fails only its branch', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  for (const name of ['a', 'b']) {
    await edit(server, name, 'server')
    await edit(laptop, name, 'laptop')
  }
  const resolve = ({ ours, theirs }: { ours: Doc; theirs: Doc }) => {
    if (laptop.branch('a').head() === null) throw new Error('unreachable')
    if (Object.keys({ ...ours, ...theirs }).length === 0) return ours
    return { ...ours, ...theirs }
  }
  let calls = 0
  const failing = (input: { ours: Doc; theirs: Doc }) => {
    calls += 1
    if (calls === 1) throw new Error('not now')
    return resolve(input)
  }
  const first = await laptop.pull(server, { branches: true, resolve: failing })
  expect(Object.values(first.failed).map(String)).toEqual(['Error: not now'])
  expect(Object.values(kindsOf(first.branches))).toEqual(['merge'])
  const second = await laptop.pull(server, { branches: true, resolve: failing })
  expect({ ...second.failed }).toEqual({})
})

test('pull with prune deletes branches that the log says were deleted, if they are still at the remote head', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  for (const name of ['main', 'a', 'b', 'c']) await edit(server, name, name)
  await laptop.pull(server, { branches: true, resolve: 'json' })
  const own = await edit(laptop, 'b', 'own')
  for (const name of ['a', 'b', 'c']) await server.deleteBranch(name)
  expect((await laptop.pull(server, { branches: true })).deleted).toEqual([])
  expect(Object.keys(await headsOf(laptop)).length).toBe(4)
  const { deleted, branches } = await laptop.pull(server, { branches: true, prune: true })
  expect(deleted).toEqual(['a', 'b', 'c'])
  expect({ ...branches }).toEqual({
    a: { kind: 'deleted', ref: null },
    c: { kind: 'deleted', ref: null }
  })
  expect(await headsOf(laptop)).toMatchObject({ b: own })
  expect(Object.keys(await headsOf(laptop))).toEqual(['b', 'main'])
})

test('pull with prune from an emptied, restored or other database deletes no branch', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  for (const name of ['main', 'a']) await edit(server, name, name)
  await laptop.pull(server, { branches: true, resolve: 'json' })
  const other = createDB<Doc>({ name: 'server' })
  await laptop.pull(other, { branches: true, prune: true })
  await edit(other, 'main', 'other')
  await laptop.pull(other, { branches: true, prune: true })
  for (const name of ['main', 'a']) await server.deleteBranch(name)
  await laptop.pull(server, { branches: true, prune: true })
  expect(Object.keys(await headsOf(laptop))).toEqual(['a', 'main'])
})

test('a branch that was deleted here stays deleted until the other side moves it', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  await edit(server, 'a', 'one')
  await laptop.pull(server, { branches: true })
  await laptop.deleteBranch('a')
  expect(kindsOf((await laptop.pull(server, { branches: true })).branches)).toEqual({})
  expect(await headsOf(laptop)).toEqual({})
  await edit(server, 'a', 'two')
  expect(kindsOf((await laptop.pull(server, { branches: true })).branches)).toEqual({
    a: 'fast-forward'
  })
})

test.each(kinds)(
  'push moves the branches of %s, makes new ones, and reports those that diverged',
  async (_name, open) => {
    const [server, laptop] = [
      await open<Doc>({ name: 'server' }),
      createDB<Doc>({ name: 'laptop' })
    ]
    for (const name of ['main', 'a', 'b']) await edit(laptop, name, name)
    const first = await laptop.push(server, { branches: true })
    expect(kindsOf(first.branches)).toEqual({
      main: 'fast-forward',
      a: 'fast-forward',
      b: 'fast-forward'
    })
    expect(await headsOf(server)).toEqual(await headsOf(laptop))
    await edit(laptop, 'a', 'laptop')
    const theirs = await edit(server, 'a', 'server')
    await edit(server, 'b', 'server')
    await edit(laptop, 'c', 'laptop')
    const second = await laptop.push(server, { branches: true })
    expect(kindsOf(second.branches)).toEqual({ b: 'up-to-date', c: 'fast-forward' })
    expect(second.failed['a']).toMatchObject({ code: 'HISTO_HEAD_CONFLICT', head: theirs })
    const third = await laptop.push(server, { branches: true, resolve: 'json' })
    expect(kindsOf(third.branches)).toEqual({ a: 'merge', b: 'up-to-date' })
    expect({ ...third.failed }).toEqual({})
    expect(await dataOf(server, 'a')).toEqual({ a: 1, laptop: 1, server: 1 })
  }
)

test('push with prune deletes branches that were deleted here, if the target has not moved them', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  for (const name of ['main', 'a', 'b']) await edit(laptop, name, name)
  await laptop.push(server, { branches: true })
  await edit(server, 'b', 'server')
  for (const name of ['a', 'b']) await laptop.deleteBranch(name)
  await laptop.push(server, { branches: true })
  expect(Object.keys(await headsOf(server))).toEqual(['a', 'b', 'main'])
  const { branches, deleted } = await laptop.push(server, { branches: true, prune: true })
  expect({ ...branches }).toEqual({ a: { kind: 'deleted', ref: null } })
  expect(deleted).toEqual(['a', 'b'])
  expect(Object.keys(await headsOf(server))).toEqual(['b', 'main'])
})

test('push to a target without branches to move says why', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  const ref = await edit(laptop, 'a', 'a')
  const { head, remoteHead, writeStream, setRemoteHead } = server
  const target = { head, remoteHead, writeStream, setRemoteHead }
  const { branches } = await laptop.push(target, { branches: true })
  expect({ ...branches }).toEqual({ a: { kind: 'unmoved', ref, reason: 'no-setHead' } })
  expect(await server.remoteHead('laptop/a')).toBe(ref)
})

test('live keeps all branches together, new ones and deleted ones too', async () => {
  const [source, target] = [createDB<Doc>({ name: 'source' }), createDB<Doc>()]
  await edit(source, 'a', 'one')
  await edit(source, 'main', 'one')
  const stop = new AbortController()
  const options = { branches: true, prune: true, signal: stop.signal } as const
  const living = createSynchronizer(source, target, options).live()
  const becomes = (name: string, ref: Ref | null) =>
    expect.poll(() => target.remoteHead(name), { timeout: 5000 }).toBe(ref)
  await becomes('source/a', source.branch('a').head())
  await becomes('source/a', await edit(source, 'a', 'two'))
  await becomes('source/new', await edit(source, 'new', 'one'))
  await source.deleteBranch('a')
  await becomes('source/a', null)
  stop.abort()
  await living
})

test('an aborted pull rejects with the reason of its signal', async () => {
  const [server, laptop] = [createDB<Doc>({ name: 'server' }), createDB<Doc>({ name: 'laptop' })]
  for (const name of ['a', 'b']) await edit(server, name, name)
  const stop = new AbortController()
  const reason = new Error('enough')
  const onProgress = () => stop.abort(reason)
  const pulling = laptop.pull(server, { branches: true, signal: stop.signal, onProgress })
  expect(await failureOf(pulling)).toBe(reason)
  expect(await laptop.remotes()).toEqual({})
})

test('a thousand documents are pulled and pushed quickly', async () => {
  const path = await opened<Doc>({ name: 'server' })
  const operations = Array.from({ length: 1000 }, (_, n) => ({
    type: 'put' as const,
    branch: `doc/${n}`,
    data: { n }
  }))
  await path.batch(operations)
  const laptop = createDB<Doc>({ name: 'laptop' })
  const { branches } = await laptop.pull(path, { branches: 'doc/', resolve: 'json' })
  expect(new Set(Object.values(kindsOf(branches)))).toEqual(new Set(['fast-forward']))
  for (const n of [1, 20, 300]) await edit(laptop, `doc/${n}`, 'edited')
  const pushed = await laptop.push(path, { branches: true })
  expect(Object.keys(pushed.branches).toSorted()).toEqual(
    expect.arrayContaining(['doc/1', 'doc/20', 'doc/300'])
  )
  expect(await headsOf(path)).toEqual(await headsOf(laptop))
})
