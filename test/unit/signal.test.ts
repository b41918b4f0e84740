/** Signals: the call rejects with the reason, at once, and no listener is left behind. */

import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/db.js'
import { collect, fork, openPlain } from '../support/open.js'

type Run = (db: DB, ref: string, signal: AbortSignal) => Promise<unknown>

const calls: [string, Run][] = [
  ['put', (db, _ref, signal) => db.put(1, { signal })],
  ['putMany', (db, _ref, signal) => db.putMany([{ data: 1 }], { signal })],
  ['getMany', (db, ref, signal) => db.getMany([ref], { signal })],
  ['has', (db, ref, signal) => db.has([ref], { signal })],
  ['refDifference', (db, ref, signal) => db.refDifference(null, ref, { signal })],
  ['commonAncestor', (db, ref, signal) => db.commonAncestor(ref, ref, { signal })],
  ['commonAncestor of the head', (db, ref, signal) => db.commonAncestor(ref, { signal })],
  ['mergeBases', (db, ref, signal) => db.mergeBases(ref, ref, { signal })],
  ['isAncestor', (db, ref, signal) => db.isAncestor(ref, ref, { signal })],
  ['history', (db, ref, signal) => collect(db.history(ref, { signal }))],
  ['writeStream', (db, _ref, signal) => db.writeStream([], { signal })],
  ['update', (db, _ref, signal) => db.update(() => 1, { signal })],
  ['merge', (db, ref, signal) => db.merge(ref, () => 1, { signal })]
]

async function opened() {
  const db = openPlain()
  const { left } = await fork<unknown>(db, 'base', 'left', 'right')
  return { db, left, head: db.head() }
}

describe.each(calls)('%s', (_member, run) => {
  test('rejects at once with the reason of a signal that is aborted', async () => {
    const { db, left, head } = await opened()
    const reason = new Error('too late')
    await expect(run(db, left, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(db.head()).toBe(head)
  })

  test('rejects with the reason of a signal that is aborted while it waits', async () => {
    const db = openPlain({ opening: new Promise(() => undefined) })
    const controller = new AbortController()
    const running = run(db, 'a', controller.signal)
    const reason = new Error('waited enough')
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
  })

  test('leaves no listener on the signal', async () => {
    const { db, left } = await opened()
    const { signal } = new AbortController()
    await run(db, left, signal)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

test('an abort during the change ends an update, and the head stays', async () => {
  const { db, head } = await opened()
  const controller = new AbortController()
  const reason = new Error('enough')
  const update = db.update(
    () => {
      controller.abort(reason)
      return new Promise(() => undefined)
    },
    { signal: controller.signal }
  )
  await expect(update).rejects.toBe(reason)
  expect(db.head()).toBe(head)
})

test('an abort while a merge is resolved ends it, and the head stays', async () => {
  const { db, left, head } = await opened()
  const controller = new AbortController()
  const reason = new Error('enough')
  const merge = db.merge(
    left,
    () => {
      controller.abort(reason)
      return new Promise(() => undefined)
    },
    { signal: controller.signal }
  )
  await expect(merge).rejects.toBe(reason)
  expect(db.head()).toBe(head)
})

test('an abort between two revisions ends a history', async () => {
  const { db } = await opened()
  const controller = new AbortController()
  const reason = new Error('enough')
  const seen: string[] = []
  const walk = async () => {
    for await (const { ref } of db.history({ signal: controller.signal })) {
      seen.push(ref)
      controller.abort(reason)
    }
  }
  await expect(walk()).rejects.toBe(reason)
  expect(seen).toHaveLength(1)
})

test('an abort ends the writing of a stream that never answers, and aborts it', async () => {
  let aborted = false
  const stream = {
    read: () => new Promise<undefined>(() => undefined),
    abort: () => {
      aborted = true
    }
  }
  const controller = new AbortController()
  const writing = openPlain().writeStream(stream, { signal: controller.signal })
  await Promise.resolve()
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(writing).rejects.toBe(reason)
  expect(aborted).toBe(true)
})

test('a stream is aborted where the signal was before the call', async () => {
  let aborted = false
  const stream = {
    read: () => undefined,
    abort: () => {
      aborted = true
    }
  }
  const signal = AbortSignal.abort()
  await expect(openPlain().writeStream(stream, { signal })).rejects.toBe(signal.reason)
  expect(aborted).toBe(true)
})

test('many calls may share a signal: Node.js warns of no leak', async () => {
  const warned: string[] = []
  const note = (warning: Error) => warned.push(warning.message)
  process.on('warning', note)
  const { signal } = new AbortController()
  const db = openPlain<number>()
  const refs = await Promise.all(Array.from({ length: 30 }, (_, n) => db.put(n, { signal })))
  await Promise.all(refs.map((ref) => db.get(ref, { signal })))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  expect(warned).toEqual([])
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
