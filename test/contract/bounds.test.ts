/**
 * The bounds of data hold wherever it comes in, and to the byte: what is at them is taken, and what is over them is
 * refused and not there.
 *
 * Checked to fail: without `check_size` (`crates/core/src/write/draft.rs`) each of the ways lets in too much in
 * memory and on a path; with one level more in `crates/core/src/json/scan.rs` each lets in too deep.
 */

import { describe, expect, test } from 'vitest'
import { connect, createHandler } from '../../ts/http-entry.js'
import { createSynchronizer, type DB } from '../../ts/index.js'
import { manners, only } from '../support/user-stores.js'
import { failureOf, type Open, opened, places, refOf } from './places.js'

const maxRevisionBytes = 100

/** Brings a revision without ancestors into `db`, from a source that knows no bound. */
type Way = (db: DB, data: unknown) => Promise<unknown>

async function sourceOf(data: unknown): Promise<DB> {
  const source = await opened({ name: 'source' })
  await source.put(data, [])
  return source
}

const ways: [string, Way][] = [
  ['put', (db, data) => db.put(data, [])],
  ['put without a head', (db, data) => db.put(data, [], { moveHead: false })],
  ['putMany', (db, data) => db.putMany([{ data: 1 }, { data, ancestors: [] }])],
  ['update', (db, data) => db.update(() => data)],
  [
    'merge',
    async (db, data) => {
      const theirs = await db.put('theirs', [], { moveHead: false })
      await db.put('ours')
      await db.merge(theirs, () => data)
    }
  ],
  ['writeStream', (db, data) => db.writeStream([{ ancestors: [], data }])],
  [
    'a stream of another',
    async (db, data) => {
      await db.writeStream((await sourceOf(data)).createStream([refOf(data)]))
    }
  ],
  ['a synchronizer', async (db, data) => createSynchronizer(await sourceOf(data), db).run()],
  ['pull', async (db, data) => db.pull(await sourceOf(data))],
  ['push', async (db, data) => (await sourceOf(data)).push(db)],
  ['push over HTTP', async (db, data) => (await sourceOf(data)).push(overHttp(db))],
  ['pull over HTTP', async (db, data) => db.pull(overHttp(await sourceOf(data)))]
]

/** A database over HTTP without a socket; its handler lets in what the database does. */
function overHttp(db: DB) {
  const handle = createHandler(db, { authorize: () => true, maxRevisionBytes })
  return connect('http://peer.invalid/db', { fetch: (input, init) => handle(input, init) })
}

const stores = manners.filter(({ name }) => /callbacks at once|all methods/.test(name))
const everywhere: (readonly [string, Open])[] = [
  ...places,
  ...stores.map(({ name, make }): [string, Open] => [
    `stores: ${name}`,
    (options) => opened({ ...only(make()), ...options })
  ])
]

describe.each(everywhere)('in %s', (_place, open) => {
  test.each(ways)(
    '%s takes what is as large as the bound, and no byte more',
    async (way, bring) => {
      const code = way.endsWith('over HTTP') ? 'HISTO_DENIED' : 'HISTO_TOO_LARGE'
      for (const most of ['x'.repeat(98), new Uint8Array(100), 'é'.repeat(49)]) {
        const db = await open({ maxRevisionBytes })
        await bring(db, most)
        expect(await db.verify()).toMatchObject({ ok: true })
      }
      for (const more of ['x'.repeat(99), new Uint8Array(101), `${'é'.repeat(49)}x`]) {
        const db = await open({ maxRevisionBytes })
        expect(await failureOf(bring(db, more))).toMatchObject({ code })
        expect(await db.has([refOf(more)])).toEqual([false])
      }
    }
  )

  test.each(ways.slice(0, 6))('%s takes 1,000 nested arrays and no more', async (_way, bring) => {
    const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown
    await bring(await open(), nested(1000))
    const db = await open()
    expect(await failureOf(bring(db, nested(1001)))).toBeInstanceOf(TypeError)
    expect(await db.verify()).toMatchObject({ ok: true })
  })
})
