/** The synchronizer between databases: what the target has afterwards, and what was sent. */

import { expect, test } from 'vitest'
import type { SyncProgress } from '../../ts/base/sync-options.js'
import type { DB } from '../../ts/db.js'
import { createLocalSource, createLocalTarget } from '../../ts/roles.js'
import { createSynchronizer } from '../../ts/sync/synchronizer.js'
import { callbackOf, openPlain } from '../support/open.js'

const many = 600

async function sourceOf(length: number): Promise<{ source: DB<number>; refs: string[] }> {
  const source = openPlain<number>({ name: 'source' })
  return { source, refs: await source.putMany(Array.from({ length }, (_i, data) => ({ data }))) }
}

test('the target has all of the source’s head and remembers it, and its own head stays', async () => {
  const { source, refs } = await sourceOf(many)
  const target = openPlain<number>()
  const own = await target.put(-1)
  const result = await createSynchronizer(source, target).run()
  expect(result).toEqual({ head: refs.at(-1), revisions: many, bytes: 10 + 180 + 1500 })
  expect(await target.has(refs)).toEqual(refs.map(() => true))
  expect(await target.remotes()).toEqual({ source: refs.at(-1) })
  expect(target.head()).toBe(own)
})

test('only new revisions are sent the next time, none if there are none', async () => {
  const { source } = await sourceOf(3)
  const target = openPlain<number>()
  const synchronizer = createSynchronizer(source, target)
  await synchronizer.run()
  const head = await source.put(10)
  expect(await synchronizer.run()).toEqual({ head, revisions: 1, bytes: 2 })
  expect(await synchronizer.run()).toEqual({ head, revisions: 0, bytes: 0 })
})

test('what the target has from elsewhere is not sent', async () => {
  const { source, refs } = await sourceOf(5)
  const target = openPlain<number>()
  await target.writeStream(source.createStream(refs.slice(0, 3)))
  expect((await createSynchronizer(source, target).run()).revisions).toBe(2)
})

test('an empty source leaves the target as it was', async () => {
  const target = openPlain<number>()
  const result = await createSynchronizer(openPlain<number>({ name: 'empty' }), target).run()
  expect(result).toEqual({ head: null, revisions: 0, bytes: 0 })
  expect(await target.remotes()).toEqual({})
})

test('a branch is remembered by its own name, the option remote by that', async () => {
  const { source, refs } = await sourceOf(1)
  const side = source.branch('side')
  await side.setHead(refs[0] ?? '')
  const target = openPlain<number>()
  await createSynchronizer(side, target).run()
  await createSynchronizer(source, target, { remote: 'other' }).run()
  await createSynchronizer(source, target, { remote: 'other' }).run({ remote: 'third' })
  expect(await target.remotes()).toEqual({
    'source/side': refs[0],
    other: refs[0],
    third: refs[0]
  })
})

test('branches of one database need nothing sent', async () => {
  const { source, refs } = await sourceOf(2)
  const side = source.branch('side')
  expect(await createSynchronizer(source, side).run()).toMatchObject({ revisions: 0 })
  expect(await side.remoteHead('source')).toBe(refs[1])
})

test('sides that are not open yet are waited for', async () => {
  const later = () => new Promise<void>((resolve) => setTimeout(resolve, 5))
  const source = openPlain<number>({ name: 'late', opening: later() })
  const target = openPlain<number>({ opening: later() })
  const put = source.put(1)
  await createSynchronizer(source, target).run()
  expect(await target.remotes()).toEqual({ late: await put })
})

test('narrowed roles do what the databases do', async () => {
  const { source, refs } = await sourceOf(2)
  const target = openPlain<number>()
  const from = createLocalSource(source)
  const to = createLocalTarget(target)
  expect((await createSynchronizer(from, to).run()).revisions).toBe(2)
  expect(from.name).toBe('source')
  expect(await from.ready()).toBe(from)
  expect(from.head()).toBe(refs[1])
  expect('put' in from || 'put' in to || 'refDifference' in to || 'setRemoteHead' in from).toBe(
    false
  )
})

test('only a database can be narrowed', () => {
  expect(() => createLocalSource({} as never)).toThrow(TypeError)
  expect(() => createLocalTarget(null as never)).toThrow(TypeError)
})

test('run works detached and with a callback', async () => {
  const { source, refs } = await sourceOf(1)
  const { run } = createSynchronizer(source, openPlain<number>())
  const { callback, calls, first } = callbackOf()
  void run(callback)
  expect(calls).toEqual([])
  expect(await first).toEqual({ error: null, result: { head: refs[0], revisions: 1, bytes: 1 } })
})

test('progress goes through both phases up to the result', async () => {
  const { source } = await sourceOf(many)
  const reports: SyncProgress[] = []
  const onProgress = (report: SyncProgress) => reports.push(report)
  const { bytes } = await createSynchronizer(source, openPlain<number>()).run({ onProgress })
  expect(reports.map(({ phase }) => phase)).toEqual(reports.map(({ phase }) => phase).toSorted())
  const sent = reports.filter(({ phase }) => phase === 'revisions').map(({ done }) => done)
  expect(sent.length).toBeGreaterThan(2)
  expect(sent).toEqual(sent.toSorted((a, b) => a - b))
  expect(reports.at(-1)).toEqual({ phase: 'revisions', done: many, total: many, bytes })
})

test('an exception of onProgress ends the run, and the remote head stays', async () => {
  const { source } = await sourceOf(2)
  const target = openPlain<number>()
  const failure = new Error('of the user')
  const onProgress = ({ phase }: SyncProgress) => {
    if (phase === 'revisions') throw failure
  }
  await expect(createSynchronizer(source, target, { onProgress }).run()).rejects.toBe(failure)
  expect(await target.remotes()).toEqual({})
})

test.each([
  ['a source that is none', {}, openPlain()],
  ['no source', null, openPlain()],
  ['a target that is none', openPlain(), { head() {} }],
  ['no target', openPlain(), undefined]
])('%s is a TypeError of the run', async (_what, source, target) => {
  const { run } = createSynchronizer(source as never, target as never)
  await expect(run()).rejects.toThrow(TypeError)
  const { callback, first } = callbackOf()
  void run(callback)
  expect((await first).error).toBeInstanceOf(TypeError)
})

test.each([[{ remote: '' }], [{ remote: 1 }], [{ onProgress: 1 }], [{ signal: 1 }], [null], [1]])(
  'the options %o are a TypeError of the run',
  async (options) => {
    const { source } = await sourceOf(1)
    const { run } = createSynchronizer(source, openPlain<number>())
    await expect(run(options as never)).rejects.toThrow(TypeError)
  }
)
