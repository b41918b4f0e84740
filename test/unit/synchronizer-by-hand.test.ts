/** The synchronizer over objects written by hand, with just the functions of their role. */

import { expect, test } from 'vitest'
import type { Answer } from '../../ts/base/options.js'
import type { Source, Target } from '../../ts/sync/exchange.js'
import { createSynchronizer } from '../../ts/sync/synchronizer.js'
import { openPlain } from '../support/open.js'

/** A history of three in arrays, oldest first; `name` is left to the option `remote`. */
function sourceByHand(): Source<string> {
  const revisions = [
    { ref: 'r1', ancestors: [], data: 'one' },
    { ref: 'r2', ancestors: ['r1'], data: 'two' },
    { ref: 'r3', ancestors: ['r2'], data: 'three' }
  ]
  return {
    head: (callback) => callback(null, 'r3'),
    refDifference(from, _to, callback) {
      const known = revisions.findIndex(({ ref }) => ref === from)
      setImmediate(
        callback,
        null,
        revisions
          .slice(known + 1)
          .map(({ ref }) => ref)
          .toReversed()
      )
    },
    createStream(refs) {
      const left = refs.map((ref) => revisions.find((revision) => revision.ref === ref))
      return {
        read: (callback) => callback(null, left.shift()),
        abort: (callback) => callback(null)
      }
    }
  }
}

/** A target in a map, with the stream read recursively as simple-streams are. */
function targetByHand() {
  const stored = new Map<string, string>()
  const remotes = new Map<string, string>()
  const target: Target<string> = {
    head: (callback) => callback(null, null),
    remoteHead: (name, callback) => callback(null, remotes.get(name)),
    writeStream(stream, callback) {
      const next = () =>
        stream.read((error, revision) => {
          if (error || revision === undefined) callback(error)
          else {
            stored.set(revision.ref, revision.data)
            next()
          }
        })
      next()
    },
    setRemoteHead(name, ref, callback) {
      remotes.set(name, ref)
      callback(null, ref)
    }
  }
  return { stored, remotes, target }
}

test('just the functions of both roles work, ancestors first', async () => {
  const { stored, remotes, target } = targetByHand()
  const { run } = createSynchronizer(sourceByHand(), target, { remote: 'hand' })
  expect(await run()).toEqual({ head: 'r3', revisions: 3, bytes: 5 + 5 + 7 })
  expect([...stored]).toEqual([
    ['r1', 'one'],
    ['r2', 'two'],
    ['r3', 'three']
  ])
  expect([...remotes]).toEqual([['hand', 'r3']])
})

test('the difference is asked from the remote head', async () => {
  const { stored, remotes, target } = targetByHand()
  remotes.set('hand', 'r2')
  const { run } = createSynchronizer(sourceByHand(), target, { remote: 'hand' })
  expect(await run()).toMatchObject({ revisions: 1 })
  expect([...stored.keys()]).toEqual(['r3'])
})

test('a database synchronizes into a target by hand', async () => {
  const db = openPlain<string>({ name: 'db' })
  const ref = await db.put('data')
  const { stored, remotes, target } = targetByHand()
  await createSynchronizer(db, target).run()
  expect([...stored]).toEqual([[ref, 'data']])
  expect([...remotes]).toEqual([['db', ref]])
})

test('methods may return promises instead', async () => {
  const db = openPlain<string>({ name: 'db' })
  const ref = await db.put('data')
  const source = {
    name: 'promising',
    head: () => Promise.resolve(db.head()),
    refDifference: (from: string | null, to: string) => db.refDifference(from, to),
    createStream: (refs: readonly string[]) => db.createStream(refs)
  }
  const target = openPlain<string>()
  await createSynchronizer(source as Source<string>, target).run()
  expect(await target.remotes()).toEqual({ promising: ref })
})

test('an async method that calls back is not answered by its promise of nothing', async () => {
  const { stored, target } = targetByHand()
  const source: Source<string> = {
    ...sourceByHand(),
    head: async (callback: Answer<string>) => {
      await Promise.resolve()
      setTimeout(callback, 5, null, 'r3')
    }
  }
  await createSynchronizer(source, target, { remote: 'hand' }).run()
  expect(stored.size).toBe(3)
})

test('a second call of a callback changes nothing', async () => {
  const { target } = targetByHand()
  const source: Source<string> = {
    ...sourceByHand(),
    head(callback) {
      callback(null, 'r3')
      callback(new Error('called again'))
    }
  }
  expect(await createSynchronizer(source, target, { remote: 'hand' }).run()).toMatchObject({
    head: 'r3'
  })
})

test('neither a name of the source nor the option remote is a TypeError', async () => {
  const { target } = targetByHand()
  await expect(createSynchronizer(sourceByHand(), target).run()).rejects.toThrow(TypeError)
})

test('a remote that is null is a TypeError, and not the name of the source', async () => {
  const { target } = targetByHand()
  const source = { ...sourceByHand(), name: 'hand' }
  const run = createSynchronizer(source, target, { remote: null as never }).run()
  await expect(run).rejects.toThrow('the option remote')
})

test('a source without a head is an empty one, whether null or undefined', async () => {
  const { target } = targetByHand()
  const source: Source<string> = { ...sourceByHand(), head: (callback) => callback() }
  expect(await createSynchronizer(source, target, { remote: 'hand' }).run()).toEqual({
    head: null,
    revisions: 0,
    bytes: 0
  })
})

test('the simple-streams of a source need no abort', async () => {
  const { stored, target } = targetByHand()
  const source = sourceByHand()
  const createStream = (refs: readonly string[]) => {
    const stream = source.createStream(refs)
    return 'read' in stream ? { read: stream.read } : stream
  }
  await createSynchronizer({ ...source, createStream }, target, { remote: 'hand' }).run()
  expect(stored.size).toBe(3)
})
