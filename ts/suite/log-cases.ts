/**
 * Tests of the log of the heads: what `compareAndSwapMany` writes with its swaps, `readLog` returns and `forgetLog`
 * removes.
 */

import assert from 'node:assert/strict'
import type { LogEntry } from '../base/options.js'
import { createDB } from '../create.js'
import type { HeadSwap, NewLogEntry } from '../store/interfaces.js'
import type { Case } from './cases.js'
import { same } from './same.js'
import type { Subject } from './subject.js'

const everything = { branch: undefined, before: undefined, limit: 1000 }
const firstTime = Date.UTC(2020, 0, 1)
const writers = 8

/** The entry of a move, one second after the one of the number before. */
function entry(number: number, branch = 'main', more: Partial<NewLogEntry> = {}): NewLogEntry {
  const time = new Date(firstTime + number * 1000).toISOString()
  return { time, branch, from: null, to: `ref ${number}`, action: 'put', ...more }
}

const swap = (name: string, expected: string | null, value: string): HeadSwap => ({
  key: `heads/${name}`,
  expected,
  value
})

/** Logs entries one by one, each with a swap of its own. */
async function logEach(stores: Subject, entries: readonly NewLogEntry[]): Promise<void> {
  for (const one of entries) {
    assert.equal(await stores.swapMany([swap(`of ${one.time}`, null, 'set')], [one]), -1)
  }
}

const withoutIds = (entries: readonly LogEntry[]): NewLogEntry[] =>
  entries.map(({ id: _id, ...rest }) => rest)

/** Reads the log by pages of a size. */
async function byPages(stores: Subject, branch: string | undefined, limit: number) {
  const all: LogEntry[] = []
  for (let before: string | undefined; ; ) {
    const page = await stores.readLog({ branch, before, limit })
    all.push(...page)
    before = page.at(-1)?.id
    if (page.length < limit) return all
  }
}

/** The tests of the log. */
export const logCases: readonly Case[] = [
  {
    name: 'readLog returns whole entries, newest first, those of one swap in their order',
    needs: 'readLog',
    run: async (stores) => {
      const odd = `it's "\\ {a} ä😀,`
      const written = [
        entry(1),
        entry(2, odd, { from: odd, to: null, action: 'delete' }),
        entry(3, 'main', { action: 'undo', steps: 3 }),
        entry(4, '10', { action: 'fast-forward', remote: odd })
      ]
      same(await stores.readLog(everything), [])
      assert.equal(await stores.swapMany([swap('a', null, 'A')], written.slice(0, 3)), -1)
      assert.equal(await stores.swapMany([swap('b', null, 'B')], written.slice(3)), -1)
      same(withoutIds(await stores.readLog(everything)), written.toReversed())
    }
  },
  {
    name: 'a swap that is refused logs nothing; one that only checks logs its entries',
    needs: 'readLog',
    run: async (stores) => {
      assert.equal(await stores.swapMany([swap('a', 'other', 'A')], [entry(1)]), 0)
      same(await stores.readLog(everything), [])
      await stores.putValue('heads/a', 'A')
      assert.equal(await stores.swapMany([swap('a', 'A', 'A')], [entry(2)]), -1)
      same(withoutIds(await stores.readLog(everything)), [entry(2)])
    }
  },
  {
    name: 'readLog returns pages of all branches and of one, which follow each other by ids',
    needs: 'readLog',
    run: async (stores) => {
      const written = Array.from({ length: 25 }, (_, n) => entry(n, `branch ${n % 3}`))
      await logEach(stores, written)
      const newest = written.toReversed()
      for (const limit of [1, 4, 25, 100]) {
        same(withoutIds(await byPages(stores, undefined, limit)), newest)
        const ofOne = newest.filter(({ branch }) => branch === 'branch 1')
        same(withoutIds(await byPages(stores, 'branch 1', limit)), ofOne)
        same(await byPages(stores, 'branch', limit), [])
      }
      const ids = (await stores.readLog(everything)).map(({ id }) => id)
      same(ids, ids.toSorted().toReversed())
    }
  },
  {
    name: 'a second pair over the same data reads the entries of the first, and logs after them',
    needs: 'readLog',
    run: async (stores) => {
      const other = await stores.again()
      await logEach(stores, [entry(1)])
      await logEach(other, [entry(2)])
      await logEach(stores, [entry(3)])
      same(withoutIds(await other.readLog(everything)), [entry(3), entry(2), entry(1)])
    }
  },
  {
    name: 'entries logged from many sides at once are neither lost nor duplicated',
    needs: 'readLog',
    run: async (stores) => {
      const hands = [stores, await stores.again(), await stores.again()]
      const numbers = Array.from({ length: writers }, (_, writer) => writer)
      const each = (writer: number) =>
        Array.from({ length: 5 }, (_, n) => entry(writer * 5 + n, `writer ${writer}`))
      await Promise.all(
        numbers.map((writer) => logEach(hands[writer % hands.length] ?? stores, each(writer)))
      )
      const all = await stores.readLog(everything)
      assert.equal(new Set(all.map(({ id }) => id)).size, writers * 5)
      for (const writer of numbers) {
        const own = all.filter(({ branch }) => branch === `writer ${writer}`)
        same(withoutIds(own), each(writer).toReversed())
      }
    }
  },
  {
    name: 'log({ before }) of a database over the stores is a TypeError where no move has such an id',
    needs: 'readLog',
    run: async (stores) => {
      const { revisionStore, branchStore, isMissing } = stores.stores
      const db = await createDB<number>({ revisionStore, branchStore, isMissing }).ready()
      await db.put(1)
      const { value: newest } = await db.log().next()
      assert.ok(newest, 'a put was not logged')
      const before = `${newest.id}~`
      await assert.rejects(db.log({ before }).next(), {
        name: 'TypeError',
        message: `${JSON.stringify(before)} is no id of the log`
      })
      assert.equal((await db.log({ before: newest.id }).next()).done, true)
      await db.close()
    }
  },
  {
    name: 'forgetLog removes the oldest entries before a time, at most so many, and returns how many',
    needs: 'forgetLog',
    run: async (stores) => {
      const written = Array.from({ length: 10 }, (_, n) => entry(n))
      await logEach(stores, written)
      const left = async () => withoutIds(await stores.readLog(everything)).toReversed()
      assert.equal(await stores.forgetLog(entry(0).time, 100), 0)
      same(await left(), written)
      assert.equal(await stores.forgetLog(entry(6).time, 4), 4)
      same(await left(), written.slice(4))
      assert.equal(await stores.forgetLog(entry(6).time, 4), 2)
      same(await left(), written.slice(6))
      assert.equal(await stores.forgetLog(entry(100).time, 100), 4)
      same(await left(), [])
      await logEach(stores, [entry(20)])
      same(await left(), [entry(20)])
    }
  },
  {
    name: 'ids of entries after forgotten ones sort after these',
    needs: 'forgetLog',
    run: async (stores) => {
      await logEach(stores, [entry(1), entry(2)])
      const [newest] = await stores.readLog(everything)
      assert.equal(await stores.forgetLog(entry(50).time, 100), 2)
      await logEach(await stores.again(), [entry(3)])
      const [next] = await stores.readLog(everything)
      assert.ok((next?.id ?? '') > (newest?.id ?? ''), 'a later entry has a smaller id')
    }
  }
]
