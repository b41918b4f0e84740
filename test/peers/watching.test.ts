/**
 * Watching at its edges: before a database is open, given up, ended beside a `next` that waits, over stores that
 * answer at once, and among many remotes.
 *
 * Checked to fail: where `movedSince` of the engines tells no `from`, what is put before a path is open is told with
 * no head before it; where what begins is not shared, 20,000 are told of each move; where a look ends a turn
 * before it can be asked for anew, the second of two changes is missed; and without `movedSince` each look lists
 * the remotes.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import type { Handle } from '../../ts/branch/handle.js'
import { Watcher } from '../../ts/branch/watcher.js'
import type { Engine } from '../../ts/engine.js'
import { createDB, type DB, type HeadChange } from '../../ts/index.js'
import { folder, opened, places } from '../contract/places.js'
import { run } from '../durability/children.js'
import { manners } from '../support/user-stores.js'

/** The handle of a database, as the members see it. */
function handleOf<T>(db: DB<T>): Handle {
  return (db as unknown as { handle: Handle }).handle
}

function isWatched<T>(db: DB<T>): boolean {
  return handleOf(db).watcher.isWatched
}

/** Collects garbage, and lets what waits for it hear. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let time = 0; time < 3; time += 1) {
    collect()
    await sleep(10)
  }
}

/** Takes the changes that are reported within a moment. */
async function toldBy<T>(db: DB<T>, act: () => Promise<unknown>): Promise<HeadChange[]> {
  const told: HeadChange[] = []
  const listener = (change: HeadChange) => told.push(change)
  db.on('head', listener)
  await act()
  await sleep(300)
  db.off('head', listener)
  return told
}

test('a head that was there before a path is open is reported as previous, not as new', async () => {
  const path = folder()
  const before = await opened<string>({ path })
  const old = await before.put('old')
  await before.setRemoteHead('phone', old)
  await before.close()
  const silent = createDB({ path })
  expect(await toldBy(silent, () => silent.ready())).toEqual([])
  await silent.close()
  const db = createDB<string>({ path })
  let second = ''
  const told = await toldBy(db, async () => {
    const first = db.put('first')
    second = await db.put('second')
    await db.setRemoteHead('phone', await first)
  })
  const moves = told.filter(({ branch }) => branch === 'main')
  expect(moves[0]?.previous).toBe(old)
  expect(moves.at(-1)?.ref).toBe(second)
  expect(told.filter(({ remote }) => remote === 'phone')).toEqual([
    { remote: 'phone', ref: expect.any(String), previous: old }
  ])
  await db.close()
})

test.each(manners.map((manner) => [manner.name, manner] as const))(
  'a head that was there before stores of the user are open is told as previous: %s',
  async (_name, manner) => {
    const { revisionStore, branchStore } = manner.make()
    const before = await createDB<string>({ revisionStore, branchStore }).ready()
    const old = await before.put('old')
    await before.close()
    const db = createDB<string>({ revisionStore, branchStore })
    let ref = ''
    const told = await toldBy(db, async () => {
      ref = await db.put('new')
    })
    expect(told).toEqual([{ branch: 'main', ref, previous: old }])
    await db.close()
  }
)

test.each(places)(
  'with 20,000 new watchers a move of the head costs as much as with one, in %s',
  async (_name, open) => {
    const db = await open()
    const [a = '', b = ''] = await db.putMany([{ data: 'a' }, { data: 'b' }])
    const added = vi.spyOn(handleOf(db).watcher, 'add')
    const watches = Array.from({ length: 20_000 }, () => db.watch())
    expect(added.mock.calls.length).toBe(1)
    await db.setHead(a)
    const late = db.watch()
    const moved = { done: false, value: { branch: 'main', ref: a, previous: b } }
    expect(await Promise.all([watches[0]?.next(), watches.at(-1)?.next()])).toEqual([moved, moved])
    await db.setHead(b)
    const back = { done: false, value: { branch: 'main', ref: b, previous: a } }
    expect(await Promise.all([watches[0]?.next(), late.next()])).toEqual([back, back])
  }
)

test('a watcher dropped before its first next is garbage-collected', async () => {
  const db = await opened({ path: folder() })
  await db.put('a')
  const begin = () => {
    for (let n = 0; n < 100; n += 1) db.watch()
  }
  begin()
  expect(isWatched(db)).toBe(true)
  await collectGarbage()
  await vi.waitFor(() => expect(isWatched(db)).toBe(false))
})

test('a watcher with a waiting next is not garbage-collected', async () => {
  const db = await opened({})
  await db.put('a')
  const told: unknown[] = []
  const follow = async () => {
    for await (const change of db.watch()) told.push(change.ref)
  }
  void follow()
  await collectGarbage()
  const ref = await db.put('b')
  await vi.waitFor(() => expect(told).toEqual([ref]))
  await db.close()
})

test('a watcher that ended before its first next is removed at once', async () => {
  const db = await opened({})
  const [first, second] = [db.watch(), db.watch()]
  await first.return?.()
  expect(isWatched(db)).toBe(true)
  await second.return?.()
  expect(isWatched(db)).toBe(false)
})

test.each(places)(
  'return ends a watcher at once, even if a next waits, in %s',
  async (_name, open) => {
    const db = await open()
    await db.put(1)
    const changes = db.watch()
    const waiting = [changes.next(), changes.next()]
    const late = sleep(5_000, 'it waits', { ref: false })
    const ended = { done: true, value: undefined }
    expect(await Promise.race([changes.return?.(), late])).toEqual(ended)
    expect(await Promise.race([Promise.all(waiting), late])).toEqual([ended, ended])
    expect(await changes.next()).toEqual(ended)
    expect(isWatched(db)).toBe(false)
  }
)

test('calls of next that wait are answered in order, one change each', async () => {
  const db = await opened<number>({})
  const changes = db.watch()
  const waiting = [changes.next(), changes.next()]
  const first = await db.put(1)
  const second = await db.put(2)
  const told = await Promise.all(waiting)
  expect(told.map(({ value }) => value?.ref)).toEqual([first, second])
})

test('a change at the end of a poll is reported, if the engine answers at once', async () => {
  let head: string | null = null
  const engine = {
    isOpen: true,
    listsHeads: false,
    head: () => head,
    movedSince: () => ({ mark: 0, moves: undefined })
  }
  const watcher = new Watcher(engine as unknown as Engine, 'main', () => () => undefined)
  const told: (string | null)[] = []
  const watch = (ref: string) => {
    head = ref
    watcher.look()
  }
  watcher.add({
    changed: ({ ref }) => told.push(ref),
    failed: () => undefined,
    ended: () => undefined
  })
  watch('first') // as the look of `add` ends
  watch('second')
  await sleep(0)
  expect(told).toEqual(['first', 'second'])
})

test.each(places)('among many remotes a poll reads only what moved, in %s', async (_name, open) => {
  const db = await open()
  const ref = await db.put('a')
  await db.setRemoteHead('one', ref)
  const listed = vi.spyOn(handleOf(db).engine, 'heads')
  const told: HeadChange[] = []
  db.on('head', (change) => told.push(change))
  const before = listed.mock.calls.length
  const second = await db.put('b')
  await db.setRemoteHead('two', second)
  await db.deleteRemote('one')
  await db.branch('side').setHead(ref)
  await vi.waitFor(() => expect(told).toHaveLength(3))
  await sleep(250) // past a look for what others commit
  expect(listed.mock.calls.length - before).toBe(0)
  expect(told).toEqual([
    { branch: 'main', ref: second, previous: ref },
    { remote: 'two', ref: second, previous: null },
    { remote: 'one', ref: null, previous: ref }
  ])
})

test('a move of another process between own moves is reported', { timeout: 60_000 }, async () => {
  const path = folder()
  const db = await opened<string>({ path })
  const first = await db.put('first')
  const told: HeadChange[] = []
  db.on('head', (change) => told.push(change))
  await db.setRemoteHead('own', first)
  const { stdout } = await run('put-many-times', path, 'other', 'put')
  const others = JSON.parse(stdout) as string[]
  await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ ref: others.at(-1) }))
  const last = await db.put('last')
  await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ branch: 'main', ref: last }))
  const line = told.filter(({ branch }) => branch === 'main')
  expect(line[0]?.previous).toBe(first)
  for (const [n, change] of line.slice(1).entries()) expect(change.previous).toBe(line[n]?.ref)
  expect(line.length).toBeGreaterThan(1)
})

test('the first next reports what another process moved before it', async () => {
  const path = folder()
  await using db = createDB({ path })
  await using other = createDB({ path })
  await Promise.all([db.ready(), other.ready()])
  const watching = db.watch()
  await sleep(20)
  const ref = await other.put('from elsewhere')
  const change = watching.next()
  const late = sleep(3000, 'nothing was told')
  expect(await Promise.race([change, late])).toMatchObject({ value: { branch: 'main', ref } })
})
