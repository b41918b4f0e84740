/** Hearing of heads that moved: `on`, `off` and `watch`. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createDB, createSynchronizer, type HeadChange } from '../../ts/index.js'
import { folder, opened, places } from '../contract/places.js'
import { start } from '../durability/children.js'
import { manners } from '../support/user-stores.js'

/** Long enough for any report that was going to come. */
const settled = () => sleep(300)

test.each(places)('a put is reported with the head before it, in %s', async (_name, open) => {
  const db = await open<string>()
  const told: HeadChange[] = []
  const first = await db.put('first')
  db.on('head', (change) => told.push(change))
  const second = await db.put('second')
  await vi.waitFor(() => expect(told).toHaveLength(1))
  expect(told).toEqual([{ branch: 'main', ref: second, previous: first }])
})

test.each(places)('no change is reported twice, and none after off, in %s', async (_name, open) => {
  const db = await open<number>()
  const told: HeadChange[] = []
  const listener = (change: HeadChange) => told.push(change)
  db.on('head', listener).on('head', listener)
  await db.put(1)
  await vi.waitFor(() => expect(told).toHaveLength(1))
  await settled()
  expect(told).toHaveLength(1)
  db.off('head', listener)
  await db.put(2)
  await settled()
  expect(told).toHaveLength(1)
})

test.each(places)('changed and forgotten remote heads are reported, in %s', async (_name, open) => {
  const db = await open<number>()
  const ref = await db.put(1)
  const told: HeadChange[] = []
  db.on('head', (change) => told.push(change))
  await db.setRemoteHead('phone', ref)
  await vi.waitFor(() => expect(told).toHaveLength(1))
  await db.deleteRemote('phone')
  await vi.waitFor(() => expect(told).toHaveLength(2))
  expect(told).toEqual([
    { remote: 'phone', ref, previous: null },
    { remote: 'phone', ref: null, previous: ref }
  ])
})

test.each(places)('a branch reports only its own head, in %s', async (_name, open) => {
  const db = await open<number>()
  const told: HeadChange[] = []
  const branch = db.branch('idea')
  branch.on('head', (change) => told.push(change))
  await db.put(1)
  const ref = await branch.put(2)
  await vi.waitFor(() => expect(told).toHaveLength(1))
  await settled()
  expect(told).toEqual([{ branch: 'idea', ref, previous: null }])
})

test('a put before a path is open is reported', async () => {
  const db = createDB<number>({ path: folder() })
  const told: HeadChange[] = []
  db.on('head', (change) => told.push(change))
  const ref = await db.put(1)
  await vi.waitFor(() => expect(told).toEqual([{ branch: 'main', ref, previous: null }]))
  await db.close()
})

test.each(manners.map((manner) => [manner.name, manner] as const))(
  'a put is told over stores of the user: %s',
  async (_name, manner) => {
    const { revisionStore, branchStore } = manner.make()
    const db = await opened<number>({ revisionStore, branchStore })
    const told: HeadChange[] = []
    db.on('head', (change) => told.push(change))
    const ref = await db.put(1)
    await vi.waitFor(() => expect(told).toEqual([{ branch: 'main', ref, previous: null }]))
  }
)

test('commits of another process are reported within 250 ms, many times', async () => {
  const path = folder()
  const db = await opened<string>({ path })
  const changes = db.watch()
  const writer = start('put-slowly', path)
  for (let number = 0; number < 5; number += 1) {
    const { value } = await changes.next()
    const { at } = (await db.get(value?.ref ?? '')) as unknown as { at: number }
    expect(Date.now() - at).toBeLessThan(1000) // 250 ms on a machine that is not busy
  }
  await changes.return?.()
  writer.child.kill()
})

test('another database of this process over the same path gets the change', async () => {
  const path = folder()
  const [a, b] = [await opened<number>({ path }), await opened<number>({ path })]
  const changes = b.watch()
  const next = changes.next()
  const ref = await a.put(1)
  expect((await next).value).toEqual({ branch: 'main', ref, previous: null })
})

test('watch reports one change for a head that moved many times between two reads', async () => {
  const db = createDB<number>()
  const first = await db.put(0)
  const changes = db.watch()
  for (let number = 1; number <= 100; number += 1) await db.put(number)
  const change = { branch: 'main', ref: db.head(), previous: first }
  expect(await changes.next()).toEqual({ done: false, value: change })
})

test('watch ends when the database is closed, and rejects when its signal is aborted', async () => {
  const db = createDB<number>()
  const controller = new AbortController()
  const aborted = db.watch({ signal: controller.signal }).next()
  controller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  const waiting = db.watch().next()
  await db.close()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(() => db.watch()).toThrow(expect.objectContaining({ code: 'HISTO_CLOSED' }))
  expect(() => db.on('head', () => undefined)).toThrow(
    expect.objectContaining({ code: 'HISTO_CLOSED' })
  )
})

test('a listener keeps no process alive, and one that throws is an uncaught exception', async () => {
  const listening = start('listen', folder())
  expect((await listening.ended).stdout).toBe('done\n')
  const throwing = start('listen', folder(), 'throw')
  const { code, stderr } = await throwing.ended
  expect(code).not.toBe(0)
  expect(stderr).toContain('the listener failed')
})

test('misuse is a TypeError', () => {
  const db = createDB()
  const loose = db as unknown as { on(event: unknown, listener: unknown): void }
  expect(() => loose.on('change', () => undefined)).toThrow(TypeError)
  expect(() => loose.on('head', 'no function')).toThrow(TypeError)
})

test('a synchronization is reported as the remote head that it moves', async () => {
  const [source, target] = [createDB<number>({ name: 'source' }), createDB<number>()]
  const ref = await source.put(1)
  const told: HeadChange[] = []
  target.on('head', (change) => told.push(change))
  await createSynchronizer(source, target).run()
  await vi.waitFor(() => expect(told).toEqual([{ remote: 'source', ref, previous: null }]))
})
