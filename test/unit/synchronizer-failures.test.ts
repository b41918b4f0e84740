/** The synchronizer where something fails: the error arrives and the remote head stays. */

import { describe, expect, test } from 'vitest'
import { HistoError } from '../../ts/base/errors.js'
import type { DB } from '../../ts/db.js'
import type { Source, Target } from '../../ts/sync/exchange.js'
import { createSynchronizer } from '../../ts/sync/synchronizer.js'
import { failureOf, openPlain, unknownRef } from '../support/open.js'

const failure = new Error('cable pulled')
type Callback = (error: unknown, result?: unknown) => void

/** A source and a target with the functions of `db` and `to`, some of them replaced. */
function sourceOver(db: DB<number>, replaced: Partial<Source<number>>): Source<number> {
  return {
    name: 'source',
    head: (callback) => db.head(callback),
    refDifference: (from, to, callback) => db.refDifference(from, to, callback),
    createStream: (refs) => db.createStream(refs),
    ...replaced
  }
}

function targetOver(to: DB<number>, replaced: Partial<Target<number>>): Target<number> {
  return {
    head: (callback) => to.head(callback),
    remoteHead: (name, callback) => to.remoteHead(name, callback),
    writeStream: (stream, callback) => to.writeStream(stream, callback),
    setRemoteHead: (name, ref, callback) => to.setRemoteHead(name, ref, callback),
    ...replaced
  }
}

/** The target's remote head is `before`, the source is three revisions on. */
async function opened() {
  const db = openPlain<number>({ name: 'source' })
  const before = await db.put(0)
  const to = openPlain<number>()
  await createSynchronizer(db, to).run()
  await db.putMany([{ data: 1 }, { data: 2 }, { data: 3 }])
  return { db, to, before }
}

const calledBack = (...args: unknown[]) => (args.at(-1) as Callback)(failure)
const thrown = () => {
  throw failure
}
const rejected = () => Promise.reject(failure)
const styles = { calledBack, thrown, rejected }

describe.each(Object.entries(styles))('an error %s', (_style, fails) => {
  test.each(['head', 'refDifference'])('by the source’s %s arrives', async (member) => {
    const { db, to, before } = await opened()
    const source = sourceOver(db, { [member]: fails })
    expect(await failureOf(createSynchronizer(source, to).run())).toBe(failure)
    expect(await to.remoteHead('source')).toBe(before)
  })

  test.each(['remoteHead', 'writeStream', 'setRemoteHead'])(
    'by the target’s %s arrives',
    async (member) => {
      const { db, to, before } = await opened()
      const target = targetOver(to, { [member]: fails })
      expect(await failureOf(createSynchronizer(db, target).run())).toBe(failure)
      expect(await to.remoteHead('source')).toBe(before)
    }
  )

  test('of the stream arrives', async () => {
    const { db, to, before } = await opened()
    const createStream = () => ({ read: fails })
    const source = sourceOver(db, { createStream })
    expect(await failureOf(createSynchronizer(source, to).run())).toBe(failure)
    expect(await to.remoteHead('source')).toBe(before)
  })
})

test('the stream’s error arrives though the target reports success', async () => {
  const { db, to, before } = await opened()
  const source = sourceOver(db, { createStream: () => ({ read: calledBack }) })
  const target = targetOver(to, {
    writeStream: (stream, callback) => stream.read(() => callback(null))
  })
  expect(await failureOf(createSynchronizer(source, target).run())).toBe(failure)
  expect(await to.remoteHead('source')).toBe(before)
})

test('a stream that ends early is HISTO_PROTOCOL', async () => {
  const { db, to, before } = await opened()
  const createStream = (refs: readonly string[]) => db.createStream(refs.slice(1, 2))
  const target = targetOver(to, {
    async writeStream(stream, callback) {
      for await (const _revision of stream) {
        // a target that keeps nothing and notices nothing
      }
      callback(null)
    }
  })
  const { run } = createSynchronizer(sourceOver(db, { createStream }), target)
  await expect(run()).rejects.toMatchObject({ code: 'HISTO_PROTOCOL' })
  expect(await to.remoteHead('source')).toBe(before)
})

test.each([
  ['HISTO_NOT_FOUND', new HistoError('HISTO_NOT_FOUND', 'unknown', { ref: unknownRef })],
  ['HISTO_SHALLOW', new HistoError('HISTO_SHALLOW', 'cut away')],
  ['an error that says so', Object.assign(new Error('unknown'), { notFound: true })]
])('where the source cannot tell the difference (%s) all is asked for', async (_what, error) => {
  const { db, to } = await opened()
  const asked: unknown[] = []
  const source = sourceOver(db, {
    refDifference(from, head, callback) {
      asked.push(from)
      if (from === null) void db.refDifference(null, head, callback)
      else callback(error)
    }
  })
  await createSynchronizer(source, to).run()
  expect(asked).toHaveLength(2)
  expect(await to.remoteHead('source')).toBe(db.head())
})

test('if the source cannot compute the difference from null either, its error arrives', async () => {
  const { db, to, before } = await opened()
  const error = new HistoError('HISTO_NOT_FOUND', 'unknown', { ref: unknownRef })
  const { run } = createSynchronizer(
    sourceOver(db, { refDifference: (_from, _to, callback) => callback(error) }),
    to
  )
  expect(await failureOf(run())).toBe(error)
  expect(await to.remoteHead('source')).toBe(before)
})

test('another database of the same name replaces the remote head', async () => {
  const { to } = await opened()
  const other = openPlain<number>({ name: 'source' })
  const head = await other.put(7)
  expect(await createSynchronizer(other, to).run()).toMatchObject({ head, revisions: 1 })
  expect(await to.remoteHead('source')).toBe(head)
})

test.each(['head', 'refDifference', 'has'])('an odd answer of %s is no crash', async (member) => {
  const { db, to, before } = await opened()
  const odd = (...args: unknown[]) => (args.at(-1) as Callback)(null, 7)
  const source = sourceOver(db, { [member]: odd })
  await expect(createSynchronizer(source, to).run()).rejects.toMatchObject({
    code: 'HISTO_PROTOCOL'
  })
  expect(await to.remoteHead('source')).toBe(before)
})

test('an abort ends the run and the source’s stream, and the remote head stays', async () => {
  const { db, to, before } = await opened()
  const controller = new AbortController()
  const reason = new Error('enough')
  let aborted = false
  const createStream = () => ({
    read: () => {
      controller.abort(reason)
      return new Promise<never>(() => undefined)
    },
    abort: () => {
      aborted = true
    }
  })
  const { run } = createSynchronizer(sourceOver(db, { createStream }), to)
  expect(await failureOf(run({ signal: controller.signal }))).toBe(reason)
  expect(aborted).toBe(true)
  expect(await to.remoteHead('source')).toBe(before)
})

test('a signal that was aborted before asks nobody', async () => {
  const { db, to } = await opened()
  const signal = AbortSignal.abort()
  const source = sourceOver(db, { head: thrown })
  expect(await failureOf(createSynchronizer(source, to, { signal }).run())).toBe(signal.reason)
})
