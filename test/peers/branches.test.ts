/** Synchronizers over many branches of a database, in one process. */

import { expect, test } from 'vitest'
import {
  createDB,
  createLocalSource,
  createLocalTarget,
  createSynchronizer,
  type DB,
  type Ref
} from '../../ts/index.js'
import { failureOf } from '../support/open.js'
import { randoms } from '../support/randoms.js'
import { kinds } from '../support/user-stores.js'

/** Puts a version of a document. */
const edit = (db: DB<number>, branch: string, version: number) => db.branch(branch).put(version)

/** The heads of some branches, as a plain object. */
const headsOf = async (db: DB<number>) => ({ ...(await db.branches()) })

test.each(kinds)('all branches of a database come to %s in one run', async (_name, open) => {
  const [source, target] = [createDB<number>({ name: 'source' }), await open<number>()]
  for (const name of ['main', 'doc/1', 'doc/2', '10', 'ü/ö']) {
    for (const version of [1, 2, 3]) await edit(source, name, version)
  }
  const run = createSynchronizer(source, target, { branches: true }).run
  const { head, heads, deleted, revisions } = await run()
  expect({ ...heads }).toEqual(await headsOf(source))
  expect([head, deleted]).toEqual([source.head(), []])
  expect(revisions).toBeGreaterThanOrEqual(3)
  for (const [name, ref] of Object.entries(heads ?? {})) {
    const remote = name === 'main' ? 'source' : `source/${name}`
    expect(await target.remoteHead(remote)).toBe(ref)
    expect(await target.get(ref)).toBe(3)
  }
  expect(await run()).toMatchObject({ revisions: 0, bytes: 0, deleted: [] })
  const ref = await edit(source, 'doc/2', 4)
  const again = await run()
  expect([{ ...again.heads }, again.revisions]).toEqual([{ 'doc/2': ref }, 1])
})

test.each(kinds)('all branches of %s come to a database in one run', async (_name, open) => {
  const [source, target] = [await open<number>({ name: 'source' }), createDB<number>()]
  for (const name of ['main', 'doc/1', 'doc/2']) await edit(source, name, 1)
  const run = createSynchronizer(source, target, { branches: true }).run
  expect({ ...(await run()).heads }).toEqual(await headsOf(source))
  await edit(source, 'doc/2', 2)
  expect(await run()).toMatchObject({ revisions: 1 })
  expect(await target.remoteHead('source/doc/2')).toBe((await source.branches())['doc/2'])
})

test('a prefix, an array and a function select branches, with or without the own head', async () => {
  const source = createDB<number>({ name: 'source' })
  for (const name of ['main', 'a/1', 'a/2', 'b/1']) await edit(source, name, name.length)
  const run = async (branches: true | string | string[] | ((name: string) => boolean)) => {
    const target = createDB<number>()
    const { head, heads } = await createSynchronizer(source, target, { branches }).run()
    expect(Object.keys(await target.remotes()).length).toBe(Object.keys(heads ?? {}).length)
    return [Object.keys(heads ?? {}).toSorted(), head === null ? null : head === source.head()]
  }
  expect(await run('a/')).toEqual([['a/1', 'a/2'], null])
  expect(await run(['a/2', 'main', 'none'])).toEqual([['a/2', 'main'], true])
  expect(await run((name) => name.endsWith('1'))).toEqual([['a/1', 'b/1'], null])
  expect(await run('')).toEqual([['a/1', 'a/2', 'b/1', 'main'], true])
  expect(await run([])).toEqual([[], null])
})

test('misuse of branches and prune is a TypeError', async () => {
  const [source, target] = [createDB({ name: 'source' }), createDB()]
  const wrong = [undefined, false, 1, null, {}, [1], [''], ['x'.repeat(256)], 'a\u0000']
  for (const branches of wrong) {
    const options = { branches } as unknown as { branches: true }
    expect(await failureOf(createSynchronizer(source, target, options).run())).toBeInstanceOf(
      TypeError
    )
  }
  await source.put(1)
  const later = { branches: async () => true } as unknown as { branches: () => boolean }
  const promised = await failureOf(createSynchronizer(source, target, later).run())
  expect(promised).toMatchObject({
    name: 'TypeError',
    message: expect.stringContaining('at once')
  })
  const prune = createSynchronizer(source, target, { prune: true }).run()
  expect(await failureOf(prune)).toBeInstanceOf(TypeError)
})

test('a source written by hand needs branches; a target may set remote heads one by one', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  for (const name of ['main', 'a', 'b'])
    for (const version of [1, 2]) await edit(source, name, version)
  const { head, refDifference, createStream } = source
  const without = { name: 'hand', head, refDifference, createStream }
  const failure = await failureOf(createSynchronizer(without, target, { branches: true }).run())
  expect(failure).toBeInstanceOf(TypeError)
  expect(String(failure)).toContain('branches')
  const byHand = {
    ...without,
    branches: (options: { prefix: string }, callback: (error: unknown, heads: object) => void) =>
      source.branches(options, callback as never)
  }
  const handTarget = {
    head: target.head,
    remoteHead: target.remoteHead,
    writeStream: target.writeStream,
    setRemoteHead: target.setRemoteHead
  }
  const run = createSynchronizer(byHand as never, handTarget, { branches: true }).run
  expect({ ...(await run()).heads }).toEqual(await headsOf(source))
  expect({ ...(await target.remotes()) }).toEqual({
    hand: (await headsOf(source))['main'],
    'hand/a': (await headsOf(source))['a'],
    'hand/b': (await headsOf(source))['b']
  })
  expect(await run()).toMatchObject({ revisions: 0 })
  const pruning = createSynchronizer(byHand as never, handTarget, { branches: true, prune: true })
  expect(String(await failureOf(pruning.run()))).toContain('remotes')
})

test('narrowed databases carry all branches, and a branch of a database stands for the database', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  await edit(source, 'main', 1)
  const side = await edit(source, 'side', 2)
  const narrow = createSynchronizer(createLocalSource(source), createLocalTarget(target), {
    branches: true
  })
  expect({ ...(await narrow.run()).heads }).toEqual(await headsOf(source))
  const ofSide = createSynchronizer(source.branch('side'), createDB<number>(), { branches: true })
  expect((await ofSide.run()).head).toBe(side)
})

test('names of 255 bytes on both sides of the slash are remote heads, in every store', async () => {
  const [name, branch] = ['n'.repeat(255), 'b'.repeat(255)]
  for (const [, open] of kinds) {
    const [source, target] = [createDB<number>({ name }), await open<number>()]
    const ref = await edit(source, branch, 1)
    await createSynchronizer(source, target, { branches: true }).run()
    expect(await target.remoteHead(`${name}/${branch}`)).toBe(ref)
    expect(await failureOf(target.remoteHead(`${name}x/${branch}`))).toBeInstanceOf(TypeError)
    expect(await failureOf(target.remoteHead(`${name}b`))).toBeInstanceOf(TypeError)
    await target.deleteRemote(`${name}/${branch}`)
    expect(await target.remoteHead(`${name}/${branch}`)).toBe(null)
  }
})

test('a new database has no slash in its name', () => {
  expect(() => createDB({ name: 'a/b' })).toThrow(TypeError)
})

/** A source with three branches, and a target that has them. */
async function pair(options = {}) {
  const source = createDB<number>({ name: 'source', ...options })
  const target = createDB<number>()
  for (const name of ['main', 'a', 'b']) await edit(source, name, name.length)
  await createSynchronizer(source, target, { branches: true }).run()
  return { source, target }
}

const prune = async (source: DB<number>, target: DB<number>, branches: true | string = true) =>
  (await createSynchronizer(source, target, { branches, prune: true }).run()).deleted

test('prune: branches that the source deleted go, and only with prune', async () => {
  const { source, target } = await pair()
  await source.deleteBranch('a')
  const plain = await createSynchronizer(source, target, { branches: true }).run()
  expect([plain.deleted, Object.keys(await target.remotes()).length]).toEqual([[], 3])
  expect(await prune(source, target, 'b')).toEqual([])
  expect(await prune(source, target)).toEqual(['a'])
  expect(Object.keys(await target.remotes())).toEqual(['source', 'source/b'])
  await edit(source, 'a', 9)
  await source.branch('b').setHead(await edit(source, 'c', 3))
  await source.batch([{ type: 'deleteBranch', branch: 'main' }])
  expect(await prune(source, target)).toEqual(['main'])
  expect(Object.keys(await target.remotes())).toEqual(['source/a', 'source/b', 'source/c'])
})

test('prune: a source that was emptied, or has no branch, deletes nothing', async () => {
  const { source, target } = await pair()
  expect(await prune(createDB({ name: 'source' }), target)).toEqual([])
  for (const name of ['main', 'a', 'b']) await source.deleteBranch(name)
  expect(await prune(source, target)).toEqual([])
  expect(Object.keys(await target.remotes()).length).toBe(3)
})

test('prune: another database of that name deletes nothing, even with the same revisions', async () => {
  const { source, target } = await pair()
  const other = createDB<number>({ name: 'source' })
  await edit(other, 'own', 7)
  expect(await prune(other, target)).toEqual([])
  await createSynchronizer(source, other, { branches: true, remote: 'first' }).run()
  expect(await prune(other, target)).toEqual([])
  expect(Object.keys(await target.remotes()).length).toBe(4)
})

test('prune: a source restored to an earlier state deletes nothing', async () => {
  const source = createDB<number>({ name: 'source' })
  await edit(source, 'main', 1)
  const restored = createDB<number>({ name: 'source' })
  await createSynchronizer(source, restored, { branches: true }).run()
  await restored.pull(source, { resolve: ({ theirs }) => theirs })
  const target = createDB<number>()
  await edit(source, 'later', 2)
  await createSynchronizer(source, target, { branches: true }).run()
  expect(await prune(restored, target)).toEqual([])
  expect(Object.keys(await target.remotes())).toEqual(['source', 'source/later'])
})

test('prune: a deletion that is not in the log is no deletion', async () => {
  const { source, target } = await pair({ log: false })
  await source.deleteBranch('a')
  expect(await prune(source, target)).toEqual([])
})

test('a failing stream leaves all remote heads as they were', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  for (const name of ['main', 'a']) await edit(source, name, name.length)
  const { head, refDifference, branches } = source
  const failing = {
    name: 'source',
    head,
    refDifference,
    branches,
    createStream: (refs: readonly Ref[]) => {
      const { read } = source.createStream(refs.slice(0, 1))
      return { read }
    }
  }
  const run = createSynchronizer(failing as never, target, { branches: true }).run()
  expect(await failureOf(run)).toMatchObject({ code: 'HISTO_PROTOCOL' })
  expect(await target.remotes()).toEqual({})
})

test('thousands of branches are one commit of remote heads', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  const operations = Array.from({ length: 3000 }, (_, n) => ({
    type: 'put' as const,
    branch: `doc/${n}`,
    data: n
  }))
  await source.batch(operations)
  const { heads, revisions } = await createSynchronizer(source, target, { branches: 'doc/' }).run()
  expect([Object.keys(heads ?? {}).length, revisions]).toEqual([3000, 3000])
  expect(await target.remotes({ prefix: 'source/' })).toEqual(
    Object.assign(
      Object.create(null),
      Object.fromEntries(Object.entries(heads ?? {}).map(([name, ref]) => [`source/${name}`, ref]))
    )
  )
})

test.each([1, 2, 3, 4, 5, 6])(
  'random moves of branches and runs agree with a plain model (%d)',
  async (seed) => {
    const random = randoms(seed)
    const open = kinds[random(kinds.length)]?.[1] ?? expect.fail()
    const [source, target] = [createDB<number>({ name: 'source' }), await open<number>()]
    const remembered = new Map<string, Ref>()
    for (let step = 0; step < 120; step += 1) {
      const name = `${['doc', 'note'][random(2)]}/${random(8)}`
      const there = await source.branches()
      const [other] = Object.values(there)
      const what = random(10)
      if (what < 5) await edit(source, name, step)
      else if (what === 5 && other !== undefined) await source.branch(name).setHead(other)
      else if (what === 6) await source.deleteBranch(name)
      else if (what === 7)
        await source
          .branch(name)
          .undo()
          .catch(() => undefined)
      else {
        const branches = random(2) === 0 ? true : 'doc/'
        const pruning = random(2) === 0
        const { heads, deleted } = await createSynchronizer(source, target, {
          branches,
          prune: pruning
        }).run()
        const meant = (branch: string) => branches === true || branch.startsWith(branches)
        const changed = Object.entries(there).filter(
          ([branch, ref]) => meant(branch) && remembered.get(branch) !== ref
        )
        expect({ ...heads }).toEqual(Object.fromEntries(changed))
        const gone = [...remembered.keys()].filter((branch) => meant(branch) && !(branch in there))
        const prunes = pruning && Object.keys(there).length > 0
        expect(deleted?.toSorted()).toEqual(prunes ? gone.toSorted() : [])
        for (const [branch, ref] of changed) remembered.set(branch, ref)
        if (prunes) for (const branch of gone) remembered.delete(branch)
      }
      const remotes = Object.entries(await target.remotes())
      const noted = remotes.map(([remote, ref]) => [remote.slice('source/'.length), ref])
      expect(Object.fromEntries(noted)).toEqual(Object.fromEntries(remembered))
    }
  }
)
