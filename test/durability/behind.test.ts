/**
 * Reads after another process wrote more than is loaded on JavaScript's thread:
 * each returns the same as if that had been loaded before.
 *
 * Checked to fail: if an unknown ref is not looked up again (`find` in
 * `crates/core/src/engine/growth.rs`) each of the calls is refused.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { folder, run } from './children.js'

const count = 10_000

async function appended(path: string): Promise<string[]> {
  const { code, stdout, stderr } = await run('append-many', path, String(count))
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as string[]
}

async function all<R>(items: AsyncIterable<R>): Promise<R[]> {
  const read: R[] = []
  for await (const item of items) read.push(item)
  return read
}

type Ask = (db: DB<number>, first: string, last: string) => Promise<unknown>

const asks: [string, Ask, unknown][] = [
  ['get', (db, _first, last) => db.get(last), count - 1],
  ['getMany', (db, first, last) => db.getMany([first, last]), [0, count - 1]],
  ['revision', async (db, _first, last) => (await db.revision(last)).data, count - 1],
  ['has', (db, first, last) => db.has([first, 'x', last]), [true, false, true]],
  ['ancestors', async (db, _first, last) => (await db.ancestors(last)).length, 1],
  ['refDifference', async (db, first, last) => (await db.refDifference(first, last)).length, 9999],
  ['commonAncestor', async (db, a, b) => (await db.commonAncestor(a, b)) === a, true],
  ['isAncestor', (db, first, last) => db.isAncestor(first, last), true],
  ['history', async (db, _f, last) => (await all(db.history(last, { limit: 3 }))).length, 3],
  ['createStream', async (db, first) => (await all(db.createStream([first])))[0]?.data, 0]
]

test.each(asks)(
  '%s of revisions that another process wrote meanwhile succeeds',
  async (_member, ask, answer) => {
    const path = folder()
    await using db = await createDB<number>({ path }).ready()
    const refs = await appended(path)
    expect(await ask(db, refs[0] ?? '', refs.at(-1) ?? '')).toEqual(answer)
  }
)

test('writes follow what another process wrote, and synchronize with it', async () => {
  const path = folder()
  await using db = await createDB<number>({ path }).ready()
  const refs = await appended(path)
  expect(await db.ancestors(await db.put(-1))).toEqual([refs.at(-1)])
  const again = await appended(path)
  await using target = createDB<number>()
  const result = await createSynchronizer(db, target).run()
  expect(result).toMatchObject({ head: again.at(-1), revisions: 2 * count + 1 })
})

test('reads are answered while a large group becomes visible, all of it or nothing', async () => {
  const path = folder()
  await using db = await createDB<number>({ path }).ready()
  const start = await db.put(-1)
  const written = db.putMany(Array.from({ length: 100_000 }, (_, data) => ({ data })))
  let done = false
  void written.finally(() => {
    done = true
  })
  let turns = 0
  while (!done) {
    await turn()
    turns += 1
    const head = db.head() ?? ''
    if (head !== start) expect(await db.isAncestor(start, head)).toBe(true)
    expect(await db.has([start, 'x'])).toEqual([true, false])
  }
  const refs = await written
  expect(turns).toBeGreaterThan(10)
  expect(new Set(await db.has(refs))).toEqual(new Set([true]))
})
