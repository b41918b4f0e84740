/**
 * Tests of a database over the stores, which must do all that a built-in one does.
 */

import assert from 'node:assert/strict'
import type { Revision } from '../base/types.js'
import { createDB } from '../create.js'
import type { DB } from '../db.js'
import { refOf } from '../ref-of.js'
import { createSynchronizer } from '../sync/synchronizer.js'
import type { Case } from './cases.js'
import type { SuiteStores } from './options.js'
import { Random } from './random.js'
import { RandomCalls } from './random-calls.js'
import { same } from './same.js'
import type { Subject } from './subject.js'
import { textOf } from './texts.js'

/** Random calls between two checks of everything. */
const steps = 40

async function over<T = unknown>(stores: SuiteStores, options: object = {}): Promise<DB<T>> {
  const { revisionStore, branchStore, isMissing } = stores
  return await createDB<T>({ revisionStore, branchStore, isMissing, ...options }).ready()
}

/** Whether equal texts get the same id, as hashes do and counters do not. */
async function namesTexts(stores: Subject): Promise<boolean> {
  const text = textOf('twice')
  const first = await stores.put(text)
  return first === (await stores.put(text))
}

function withoutRef<T>({ ref: _, ...arrival }: Revision<T>): Omit<Revision<T>, 'ref'> {
  return arrival
}

const random: readonly Case[] = [1, 2, 3].map((seed) => ({
  name: `random calls to a database over the stores agree with a model, seed ${seed}`,
  run: async (stores) => {
    const calls = new RandomCalls(new Random(seed))
    for (const opened of [stores, await stores.again()]) {
      const db = await over(opened.stores, { cacheRevisions: seed === 1 ? 0 : 1000 })
      for (let step = 0; step < steps; step += 1) await calls.step(db)
      await calls.check(db, stores.has('branchKeys'))
      await db.close()
    }
  }
}))

/** The tests of a whole database. */
export const databaseCases: readonly Case[] = [
  {
    name: 'a database that is opened again has its name, its head and its revisions',
    run: async (stores) => {
      const db = await over(stores.stores)
      const refs = await Promise.all([1, 2, 3].map((data) => db.put(data)))
      const { name } = db
      await db.close()
      const again = await over((await stores.again()).stores)
      same([again.name, again.head()], [name, refs[2]])
      same(await again.getMany(refs), [1, 2, 3])
      await again.close()
    }
  },
  {
    name: 'a thousand puts that are not awaited one by one form one chain',
    run: async (stores) => {
      const db = await over<number>(stores.stores)
      const refs = await Promise.all(Array.from({ length: 1000 }, (_, n) => db.put(n)))
      assert.equal(db.head(), refs.at(-1))
      same(await db.refDifference(null, refs.at(-1) ?? ''), refs.toReversed())
      await db.close()
    }
  },
  {
    name: 'a stream in any order is written, and one that lacks an ancestor is refused',
    run: async (stores) => {
      const db = await over<number>(stores.stores)
      const ref = await db.put(1)
      const [second = '', third = ''] = await db.putMany([{ data: 2 }, { data: 3 }])
      const revisions = [third, second, ref].map((one) => db.revision(one))
      const arrivals = await Promise.all(revisions)
      await db.writeStream((await namesTexts(stores)) ? arrivals : arrivals.map(withoutRef))
      const lacking = [{ data: 5, ancestors: ['0'.repeat(64)] }]
      await assert.rejects(db.writeStream(lacking), { code: 'HISTO_MISSING_ANCESTOR' })
      assert.equal(db.head(), third)
      await db.close()
    }
  },
  {
    name: 'a database synchronizes with an embedded one in both directions, if its ids are built-in refs',
    run: async (stores) => {
      const text = textOf('probe')
      if ((await stores.put(text)) !== refOf(text)) return
      const db = await over<number>(stores.stores, { name: 'over the stores' })
      await db.putMany(Array.from({ length: 600 }, (_, data) => ({ data })))
      const embedded = createDB<number>({ name: 'embedded' })
      const { head, revisions } = await createSynchronizer(db, embedded).run()
      same([head, revisions], [db.head(), 600])
      await embedded.setHead(head ?? '')
      await embedded.putMany([{ data: 601 }, { data: 602 }])
      await createSynchronizer(embedded, db).run()
      assert.equal(await db.remoteHead('embedded'), embedded.head())
      same(await db.merge(embedded.head() ?? '', () => 0), {
        kind: 'fast-forward',
        ref: embedded.head()
      })
      await embedded.close()
      await db.close()
    }
  },
  {
    name: 'updates and puts by several databases at once lose nothing',
    needs: 'compareAndSwap',
    run: async (stores) => {
      const hands = [stores, await stores.again(), await stores.again()]
      const all: DB<number>[] = []
      for (const hand of hands) all.push(await over<number>(hand.stores))
      await all[0]?.put(0)
      const updates = all.flatMap((db) =>
        Array.from({ length: 6 }, () => db.update((data = 0) => data + 1))
      )
      const refs = await Promise.all(updates)
      assert.equal(await all[1]?.get(), refs.length)
      const puts = await Promise.all(all.flatMap((db) => [db.put(-1), db.put(-2), db.put(-3)]))
      const head = await new Promise<string | null>((resolve, reject) => {
        all[2]?.head((error, ref) => (error ? reject(error) : resolve(ref)))
      })
      const reached = new Set(await all[0]?.refDifference(null, head ?? ''))
      same(
        [...refs, ...puts].filter((ref) => !reached.has(ref)),
        []
      )
      for (const db of all) await db.close()
    }
  },
  ...random
]
