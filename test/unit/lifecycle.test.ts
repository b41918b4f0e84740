/** Opening, closing, names and branches. */

import { expect, test } from 'vitest'
import { failureOf, openPlain } from '../support/open.js'

function laterOpening() {
  let open: () => void = () => undefined
  const opening = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opening, open }
}

test('calls before the database is open wait for it', async () => {
  const { opening, open } = laterOpening()
  const db = openPlain<number>({ opening, name: 'late' })
  const put = db.put(1)
  const update = db.update((data = 0) => data + 1)
  const ready = db.ready()
  open()
  expect(await ready).toBe(db)
  await put
  await update
  expect(await db.get()).toBe(2)
  expect(db.name).toBe('late')
})

test('writes before the database is open happen in the order of the calls', async () => {
  const { opening, open } = laterOpening()
  const db = openPlain<number>({ opening })
  const puts = [db.put(1), db.put(2), db.put(3)]
  open()
  const [first, second, third] = await Promise.all(puts)
  expect(await db.ancestors(third ?? '')).toEqual([second])
  expect(await db.ancestors(second ?? '')).toEqual([first])
})

test('head and name are HISTO_NOT_READY before they are known', async () => {
  const { opening, open } = laterOpening()
  const db = openPlain({ opening })
  const notReady = expect.objectContaining({
    code: 'HISTO_NOT_READY',
    message: expect.stringContaining('ready()')
  })
  expect(() => db.head()).toThrow(notReady)
  expect(() => db.name).toThrow(notReady)
  open()
  await db.ready()
  expect(db.head()).toBeNull()
})

test('if opening failed, every call is rejected with its error, and close resolves', async () => {
  const failure = new Error('no such disk')
  const db = openPlain({ opening: Promise.reject(failure) })
  await expect(db.ready()).rejects.toBe(failure)
  await expect(db.put(1)).rejects.toBe(failure)
  await expect(db.get()).rejects.toBe(failure)
  await expect(db.branch('side').has(['a'])).rejects.toBe(failure)
  await db.close()
})

test('a database that cannot be opened and is never used causes no unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const listener = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listener)
  openPlain({ opening: Promise.reject(new Error('no such disk')) })
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('unhandledRejection', listener)
  expect(unhandled).toEqual([])
})

test('close waits for writes in flight', async () => {
  const db = openPlain<number>()
  const put = db.put(1)
  let written = false
  const noted = put.then(() => {
    written = true
  })
  await db.close()
  await noted
  expect(written).toBe(true)
})

test('close of a branch waits for its writes in flight', async () => {
  const db = openPlain<number>()
  const branch = db.branch('side')
  let written = false
  const put = branch.put(1).then(() => {
    written = true
  })
  await branch.close()
  await put
  expect(written).toBe(true)
})

test('close of a branch succeeds after its last write failed', async () => {
  const branch = openPlain<number>().branch('side')
  const failed = failureOf(branch.put(1, ['unknown']))
  await branch.close()
  expect(await failed).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
})

test('calls after close fail with HISTO_CLOSED, and close may be called again', async () => {
  const db = openPlain<number>()
  const branch = db.branch('side')
  const stream = db.createStream([])
  await db.put(1)
  await db.close()
  const closed = expect.objectContaining({ code: 'HISTO_CLOSED' })
  for (const call of [
    () => db.put(2),
    () => db.get(),
    () => branch.put(2),
    () => db.ready(),
    () => db.update(() => 2),
    () => db.merge('a', () => 2),
    () => db.writeStream([]),
    () => db.createStream(['a']).read(),
    () => db.history().next()
  ]) {
    await expect(call()).rejects.toEqual(closed)
  }
  expect(() => db.head()).toThrow(closed)
  expect(() => db.branch('other')).toThrow(closed)
  expect(await stream.read()).toBeUndefined()
  await db.close()
})

test('await using closes the database', async () => {
  let outer: ReturnType<typeof openPlain>
  {
    await using db = openPlain()
    outer = db
    await db.put(1)
  }
  await expect(outer.get()).rejects.toMatchObject({ code: 'HISTO_CLOSED' })
})

test('a branch has its own head over the same revisions', async () => {
  const db = openPlain<number>({ name: 'fixture' })
  const side = db.branch('side')
  expect(side.head()).toBeNull()
  const ref = await db.put(1)
  await side.put(2, [ref])
  expect(await db.get()).toBe(1)
  expect(await side.get()).toBe(2)
  expect(await db.branches()).toEqual({ main: ref, side: side.head() })
})

test('a branch is named after the database, main as the database itself', () => {
  const db = openPlain({ name: 'fixture' })
  expect(db.branch('side').name).toBe('fixture/side')
  expect(db.branch('side').branch('other').name).toBe('fixture/other')
  expect(db.branch('side').branch('main').name).toBe('fixture')
  expect(db.branch('side').branchName).toBe('side')
  expect(db.branchName).toBe('main')
})

test('closing a branch closes only that branch', async () => {
  const db = openPlain<number>()
  const side = db.branch('side')
  const other = side.branch('other')
  await side.close()
  await expect(side.put(1)).rejects.toMatchObject({ code: 'HISTO_CLOSED' })
  await other.put(1)
  await db.put(2)
  expect(await db.branch('side').has([])).toEqual([])
})
