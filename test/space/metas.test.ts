/**
 * Metas where something goes: `erase` keeps them or takes them too, a put brings them back, a horizon cuts them away,
 * and neither compact nor rescue loses one that stays.
 * The checks that these tests can fail are described in `crates/core/tests/it/engine_metas.rs`.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB, refOf, rescue } from '../../ts/index.js'
import {
  collect,
  failureOf,
  folder,
  opened,
  places,
  refOf as plainRefOf
} from '../contract/places.js'
import { mapStores } from '../support/user-stores.js'

const secret = { author: 'Ada Lovelace', note: 'only in this meta' }

/** Three revisions, the second with the secret meta; and their metas, oldest first. */
async function three(db: DB) {
  const items = [{ data: 1, meta: { n: 1 } }, { data: 'the data', meta: secret }, { data: 3 }]
  const [first = '', second = '', third = ''] = await db.putMany(items)
  return { first, second, third }
}

const metas = async (db: DB, from?: string) => {
  const options = { data: false } as const
  const headers = await collect(
    from === undefined ? db.history(options) : db.history(from, options)
  )
  return headers.toReversed().map(({ meta }) => meta)
}

describe.each(places)('in %s', (_place, open) => {
  test('erase keeps the meta, and removes it if asked to, then or later', async () => {
    const db = await open()
    const { second } = await three(db)
    await db.erase(second)
    expect(await metas(db)).toEqual([{ n: 1 }, secret, undefined])
    expect(await failureOf(db.revision(second))).toMatchObject({
      code: 'HISTO_SHALLOW',
      ref: second
    })
    await db.erase(second)
    await db.erase(second, { meta: false })
    expect(await metas(db)).toEqual([{ n: 1 }, secret, undefined])
    await db.erase(second, { meta: true })
    expect(await metas(db)).toEqual([{ n: 1 }, undefined, undefined])
    await db.erase(second)
    expect(await db.verify()).toMatchObject({ ok: true })
    const one = await open()
    const { second: at } = await three(one)
    await one.erase(at, { meta: true })
    expect(await metas(one)).toEqual([{ n: 1 }, undefined, undefined])
    expect(await one.verify()).toMatchObject({ ok: true })
  })

  test.each([false, true])(
    'a put of the same revision brings data and meta back, meta: %s',
    async (meta) => {
      const db = await open()
      const { first, second, third } = await three(db)
      await db.erase(second, { meta })
      const put = { moveHead: false, meta: secret }
      expect(await db.put('the data', [first], put)).toBe(second)
      expect(await db.revision(second)).toMatchObject({ data: 'the data', meta: secret })
      expect(await metas(db, third)).toEqual([{ n: 1 }, secret, undefined])
      expect(await db.verify()).toMatchObject({ ok: true })
      const bare = await db.put('the data', [first], { moveHead: false })
      expect(bare).not.toBe(second)
    }
  )

  test('an erased meta stays erased, whatever a peer sends', async () => {
    const db = await open()
    const { second } = await three(db)
    const peer = await open()
    await createSynchronizer(db, peer, { remote: 'db' }).run()
    await db.erase(second, { meta: true })
    await createSynchronizer(peer, db, { remote: 'peer' }).run()
    await db.writeStream(peer.createStream([second]))
    expect((await metas(db))[1]).toBeUndefined()
  })

  test('a tombstone travels with its meta or with the hash of that, and is filled in', async () => {
    const db = await open()
    const { second, third } = await three(db)
    const [whole, kept, none] = [await open(), await open(), await open()]
    const into = (peer: DB) => createSynchronizer(db, peer, { remote: 'db' }).run()
    await into(whole)
    await db.erase(second)
    await into(kept)
    await db.erase(second, { meta: true })
    await into(none)
    expect(await metas(kept, third)).toEqual([{ n: 1 }, secret, undefined])
    expect(await metas(none, third)).toEqual([{ n: 1 }, undefined, undefined])
    for (const peer of [kept, none]) {
      expect(await peer.verify()).toMatchObject({ ok: true, tombstones: 1 })
      await whole.setHead(third)
      await createSynchronizer(whole, peer, { remote: 'whole' }).run()
      expect(await peer.revision(second)).toMatchObject({ data: 'the data', meta: secret })
      expect(await peer.verify()).toMatchObject({ ok: true })
    }
  })

  test('a horizon cuts metas away, and what is above it keeps its own', async () => {
    const db = await open()
    const items = Array.from({ length: 6 }, (_, n) => ({ data: { n }, meta: { n } }))
    const refs = await db.putMany(items)
    await db.erase(refs[2] ?? '')
    await db.prune({ horizon: { depth: 3 } })
    const read: unknown[] = []
    const failure = await failureOf(
      (async () => {
        for await (const { meta } of db.history({ data: false })) read.push(meta)
      })()
    )
    expect(failure.code).toBe('HISTO_SHALLOW')
    expect(read.slice(0, 3)).toEqual([{ n: 5 }, { n: 4 }, { n: 3 }])
    expect(read.slice(3).filter((meta) => meta !== undefined)).toEqual([])
    expect(await db.verify()).toMatchObject({ ok: true })
  })

  test('a backup has the metas that were kept, and none that were erased', async () => {
    const db = await open()
    const { first, second } = await three(db)
    await db.erase(first)
    await db.erase(second, { meta: true })
    const path = join(folder(), 'copy')
    await db.backup(path)
    const copy = await opened({ path })
    expect(await metas(copy)).toEqual([{ n: 1 }, undefined, undefined])
    expect(await copy.verify()).toMatchObject({ ok: true })
  })
})

test('no byte of an erased meta is in the file after compact, and a kept one is', async () => {
  const path = join(folder(), 'db')
  const file = join(path, 'data.mdb')
  const db = createDB({ path })
  const { second } = await three(db)
  await db.erase(second)
  await db.compact()
  expect(readFileSync(file).includes(secret.note)).toBe(true)
  expect(readFileSync(file).includes('the data')).toBe(false)
  await db.erase(second, { meta: true })
  await db.compact()
  expect(readFileSync(file).includes(secret.note)).toBe(false)
  expect(readFileSync(file).includes('Lovelace')).toBe(false)
  expect(await metas(db)).toEqual([{ n: 1 }, undefined, undefined])
  await db.close()
  const again = await opened({ path })
  expect(await metas(again)).toEqual([{ n: 1 }, undefined, undefined])
  expect(await again.verify()).toMatchObject({ ok: true })
})

test('a file with tombstones that kept large metas can be opened again, and the metas read', async () => {
  const path = join(folder(), 'db')
  const db = createDB({ path })
  const meta = { text: 'm'.repeat(60_000) }
  const refs = await db.putMany(Array.from({ length: 5 }, (_, n) => ({ data: n, meta })))
  for (const ref of refs) await db.erase(ref)
  await db.close()
  const again = await opened({ path })
  expect(await metas(again)).toEqual(refs.map(() => meta))
})

test('rescue copies the metas, and erased ones stay erased', async () => {
  const path = join(folder(), 'db')
  const db = createDB({ path })
  const { first, second, third } = await three(db)
  await db.erase(first)
  await db.close()
  const rescued = await collect(rescue(path))
  expect(rescued).toEqual([
    { ref: second, ancestors: [first], data: 'the data', meta: secret },
    { ref: third, ancestors: [second], data: 3 }
  ])
})

test('over stores of its own erase refuses, with meta or without', async () => {
  const { revisionStore, branchStore } = mapStores()
  const db = await opened({ revisionStore: { idOf: refOf, ...revisionStore }, branchStore })
  const ref = await db.put(1, { meta: secret })
  expect(ref).toBe(plainRefOf(1, [], secret))
  expect((await failureOf(db.erase(ref, { meta: true }))).code).toBe('HISTO_STORE')
})
