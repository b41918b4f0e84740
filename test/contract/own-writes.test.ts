/** An `update` or `merge` whose function writes to its own branch ends; one that loses to others tries again. */

import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { DB } from '../../ts/index.js'
import { kinds } from '../http/servers.js'
import { failureOf } from './places.js'

const conflict = { code: 'HISTO_HEAD_CONFLICT', message: 'head conflict' }

/** Ways to write to the branch from inside of the function. */
const ways: [string, (db: DB<unknown>, call: number) => unknown][] = [
  ['a put that is awaited', async (db, call) => void (await db.put(`own ${call}`))],
  ['a put that is not awaited', (db, call) => void db.put(`own ${call}`)],
  ['putMany on another handle', (db, call) => db.branch('main').putMany([{ data: `own ${call}` }])],
  [
    'a put after a while',
    async (db, call) => {
      for (let turns = 0; turns < 5; turns += 1) await turn()
      await db.put(`own ${call}`)
    }
  ],
  ['an update inside', (db, call) => db.update(() => `own ${call}`)],
  [
    'setHead',
    async (db, call) => void (await db.setHead(await db.put(call, [], { moveHead: false })))
  ]
]

describe.each(kinds)('over %s', (_kind, open) => {
  test.each(ways)('an update with %s ends after 16 attempts', async (_way, write) => {
    const db = await open('db')
    await db.put('first')
    let calls = 0
    const updated = db.update(async () => {
      calls += 1
      await write(db, calls)
      return `update ${calls}`
    })
    expect(await failureOf(updated)).toMatchObject(conflict)
    expect(calls).toBe(16)
  })

  test('a merge that writes ends after 16 attempts', async () => {
    const db = await open('db')
    const base = await db.put('base')
    const theirs = await db.put('theirs', [base], { moveHead: false })
    await db.put('ours')
    let calls = 0
    const merged = db.merge(theirs, async () => {
      calls += 1
      await db.put(`own ${calls}`)
      return 'merged'
    })
    expect(await failureOf(merged)).toMatchObject(conflict)
    expect(calls).toBe(16)
  })

  test('an update that deletes its own branch ends after 16 attempts', async () => {
    const db = await open('db')
    let calls = 0
    const updated = db.update(async () => {
      calls += 1
      if (calls % 2 === 1) await db.put(calls)
      else await db.deleteBranch('main')
      return 'never'
    })
    expect(await failureOf(updated)).toMatchObject(conflict)
    expect(calls).toBe(16)
  })

  test('an update that loses to others 40 times is repeated until it succeeds', async () => {
    const db = await open('db')
    await db.put(0)
    let [calls, wanted, given] = [0, () => undefined as unknown, Promise.resolve()]
    const others = (async () => {
      for (let number = 1; number <= 40; number += 1) {
        await new Promise<void>((resolve) => {
          wanted = () => resolve()
        })
        given = db.put(`another ${number}`).then(() => undefined)
        await given
      }
    })()
    const ref = await db.update(async () => {
      calls += 1
      if (calls <= 40) {
        wanted()
        for (let turns = 0; turns < 3; turns += 1) await turn()
        await given
      }
      return 'won'
    })
    await others
    expect(calls).toBeGreaterThan(40)
    expect(db.head()).toBe(ref)
  })

  test('an update whose function writes only once succeeds', async () => {
    const db = await open('db')
    let calls = 0
    await db.update(async () => {
      calls += 1
      if (calls === 1) await db.put('own')
      return 'won'
    })
    expect([calls, await db.get()]).toEqual([2, 'won'])
  })
})
