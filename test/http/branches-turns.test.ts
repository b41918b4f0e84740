/** Requests for many branches whose names a function decides about: what they ask, and that other work is done meanwhile. */

import { expect, test } from 'vitest'
import type { AuthorizeQuestion } from '../../ts/http-entry.js'
import { createDB, type DB } from '../../ts/index.js'
import { createHandler } from './servers.js'

const count = 20_000

async function many(): Promise<DB<number>> {
  const db = createDB<number>({ name: 'server' })
  await db.batch(
    Array.from({ length: count }, (_, n) => ({ type: 'put' as const, branch: `doc/${n}`, data: n }))
  )
  return db
}

/** Does `work`, and counts the turns that the event loop has meanwhile. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let [turns, isOver] = [0, false]
  const next = () => {
    turns += 1
    if (!isOver) setImmediate(next)
  }
  setImmediate(next)
  await work()
  isOver = true
  return turns
}

const post = { method: 'POST' }

// Seen to fail, with 0 turns, where `anew` hashes all heads at once.
test('the first request for many branches leaves turns to others', async () => {
  const handler = createHandler(await many(), { branches: true })
  const ask = () => handler(new Request('http://x/branches?prefix=&sum=none', post))
  expect(await turnsOf(ask)).toBeGreaterThan(30)
})

// Seen to fail, with 0 turns, where `among` asks about all of them at once.
test.each([
  ['a function of a name', () => true],
  ['neither yes nor no', undefined]
])(
  'a request for many branches leaves turns to others where authorize returns %s',
  async (_kind, grant) => {
    const authorize = ({ branch }: AuthorizeQuestion) => (branch === undefined ? grant : true)
    const handler = createHandler(await many(), { branches: true, authorize: authorize as never })
    const ask = async () => {
      const answer = await handler(new Request('http://x/branches?prefix=&sum=none', post))
      return Buffer.from(await answer.arrayBuffer()).toString('latin1')
    }
    expect(await ask()).toContain(`"count":${count},`)
    expect(await turnsOf(ask)).toBeGreaterThan(30)
  }
)

// Seen to fail where what moved while heads were hashed is not applied to them.
test('requests that come while heads are hashed get all of them, and what moved meanwhile', async () => {
  const db = await many()
  const handler = createHandler(db, { branches: true })
  const counted = async () => {
    const answer = await handler(new Request('http://x/branches?prefix=&sum=none', post))
    return /"count":(\d+),/.exec(Buffer.from(await answer.arrayBuffer()).toString('latin1'))?.[1]
  }
  const asked = [counted(), counted()]
  for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate)
  await db.branch('new').put(1)
  await db.deleteBranch('doc/0')
  await db.deleteBranch('doc/1')
  expect(await Promise.all(asked)).toEqual([String(count - 1), String(count - 1)])
  expect(await counted()).toBe(String(count - 1))
})

// Seen to fail, with as many calls again for each move, where the answers are not remembered.
test('a request that waits asks about a name once, however often heads move', async () => {
  const db = createDB<number>({ name: 'server' })
  for (let n = 0; n < 100; n += 1) await db.branch(`doc/${n}`).put(n)
  let calls = 0
  const authorize = ({ prefix }: AuthorizeQuestion) => {
    if (prefix === undefined) return false
    return (name: string) => {
      calls += 1
      return name.startsWith('anna/')
    }
  }
  const handler = createHandler(db, { branches: true, authorize })
  const sum = async (query: string) => {
    const answer = await handler(new Request(`http://x/branches-changes?prefix=&${query}`))
    return ((await answer.json()) as { sum: string }).sum
  }
  const before = await sum('wait=0')
  calls = 0
  const waiting = sum(`wait=50&sum=${before}`)
  for (let n = 0; n < 10; n += 1) {
    await db.branch('doc/7').put(-n)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(calls).toBe(100)
  await db.branch('anna/1').put(1)
  expect(await waiting).not.toBe(before)
  expect(calls).toBe(101)
})
