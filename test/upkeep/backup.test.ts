/**
 * `backup`: a whole copy, of one moment, on the disk, and never over anything.
 *
 * Checked to fail, in `crates/core/src/store`: where the snapshot does not hold on to its pages a copy made while
 * others write is no whole one, without the look at the copy a broken page is copied on, where the copy is
 * renamed to its place and not linked it goes over a database, and without the removing in `stale_temp.rs`
 * what failed leaves a folder.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import {
  abortedAtFirst,
  collect,
  failureOf,
  folder,
  opened,
  places,
  putMuch
} from '../contract/places.js'
import { breakPageOf } from '../support/damage.js'
import { manners } from '../support/user-stores.js'

/** Everything of a database that a copy must have too. */
async function contentsOf(db: DB) {
  const heads = { branches: { ...(await db.branches()) }, remotes: { ...(await db.remotes()) } }
  const tips = [...Object.values(heads.branches), ...Object.values(heads.remotes)]
  const revisions = await Promise.all(tips.map((tip) => collect(db.history(tip))))
  return { heads, revisions }
}

async function filled(db: DB): Promise<string[]> {
  const refs = await db.putMany(Array.from({ length: 5000 }, (_, n) => ({ data: { n } })))
  const side = db.branch('side')
  await side.put(new Uint8Array(20_000), [refs[7] as string])
  await db.setRemoteHead('elsewhere', refs[9] as string)
  return refs
}

describe.each(places)('%s', (_name, open) => {
  test('the copy has all revisions, heads and remotes, and the name', async () => {
    const db = await open({ name: 'original' })
    const refs = await filled(db)
    const loose = await db.put('no head leads here', [refs[3] as string], { moveHead: false })
    const path = join(folder(), 'deep', 'copy')
    const result = await db.backup(path)
    expect(result).toEqual({ name: 'original', revisions: 5002, bytes: expect.any(Number) })
    expect(readdirSync(path)).toEqual(['data.mdb'])
    const copy = await opened({ path })
    expect(copy.name).toBe('original')
    expect(await contentsOf(copy)).toEqual(await contentsOf(db))
    expect(await copy.get(loose)).toBe('no head leads here')
    expect(await copy.verify()).toMatchObject({ ok: true, revisions: 5002 })
  })

  test('the copy is written on by itself, the original too', async () => {
    const db = await open()
    await db.put('before')
    const path = join(folder(), 'copy')
    await db.backup(path, { name: 'twin' })
    const copy = await opened({ path })
    const [here, there] = [await db.put('here'), await copy.put('there')]
    expect(await copy.has([here, there])).toEqual([false, true])
    expect(await db.has([here, there])).toEqual([true, false])
    expect(copy.name).toBe('twin')
    await createSynchronizer(copy, db).run()
    expect(await db.remoteHead('twin')).toBe(there)
  })

  test('a folder that holds a database is left as it was', async () => {
    const db = await open()
    await db.put(1)
    const path = join(folder(), 'copy')
    await db.backup(path)
    const before = readFileSync(join(path, 'data.mdb'))
    expect(await failureOf(db.backup(path))).toMatchObject({ code: 'HISTO_STORE', path })
    expect(readFileSync(join(path, 'data.mdb')).equals(before)).toBe(true)
    expect(readdirSync(path)).toEqual(['data.mdb'])
  })

  test('other files of the folder stay', async () => {
    const db = await open()
    await db.put(1)
    const path = folder()
    writeFileSync(join(path, 'notes.txt'), 'mine')
    await db.backup(path)
    expect(readdirSync(path).toSorted()).toEqual(['data.mdb', 'notes.txt'])
    expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine')
  })

  test('an aborted backup rejects with the reason and leaves nothing', async () => {
    const db = await open()
    await filled(db)
    await putMuch(db)
    const parent = folder()
    const path = join(parent, 'copy')
    const reason = new Error('enough')
    const { options, told } = abortedAtFirst(reason)
    expect(await failureOf(db.backup(path, options))).toBe(reason)
    expect(told).toHaveLength(1)
    expect(told[0]?.done).toBeLessThan(told[0]?.total ?? 0)
    expect(readdirSync(parent)).toEqual([])
    expect(await failureOf(db.backup(path, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(existsSync(path)).toBe(false)
    await db.backup(path)
  })

  test('a place that cannot be written to is HISTO_STORE with the path', async () => {
    const db = await open()
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    const path = join(file, 'copy')
    expect(await failureOf(db.backup(path))).toMatchObject({ code: 'HISTO_STORE', path })
  })

  test('progress ends with everything copied', async () => {
    const db = await open()
    await filled(db)
    const told: [number, number][] = []
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      told.push([done, total])
    }
    await db.backup(join(folder(), 'copy'), { onProgress })
    const [done, total] = told.at(-1) ?? []
    expect(done).toBe(total)
    expect(done).toBeGreaterThan(0)
  })
})

test('a copy made while others write is of one moment: no half of a putMany, no head without it', async () => {
  const path = join(folder(), 'db')
  const db = await opened<string>({ path, durability: 'relaxed' })
  // Long enough to copy that many commits come between, whose pages stand at the end.
  await db.putMany(Array.from({ length: 40 }, (_, n) => ({ data: `${n} `.repeat(200_000) })))
  let stop = false
  const write = async () => {
    const branch = db.branch('pairs')
    for (let n = 0; !stop; n += 1) {
      const data = `${n} `.repeat(500)
      const [, second] = await branch.putMany([{ data }, { data: `${data}!` }])
      await db.setRemoteHead('pairs', second as string)
    }
  }
  const writing = write()
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const target = join(folder(), 'copy')
    await db.backup(target)
    const copy = await opened<string>({ path: target })
    expect(await copy.verify()).toMatchObject({ ok: true })
    const line = await collect(copy.history((await copy.branches())['pairs'] as string))
    expect(line.length % 2).toBe(0)
    expect(line.length).toBeGreaterThan(0)
    for (const [n, { data }] of line.entries()) expect(data.endsWith('!')).toBe(n % 2 === 0)
    const remote = await copy.remoteHead('pairs')
    const places = line.map(({ ref }) => ref)
    expect([0, 2]).toContain(remote === null ? -1 : places.indexOf(remote))
  }
  stop = true
  await writing
})

test('pages that do not hold together are not copied on in silence', async () => {
  const path = join(folder(), 'db')
  const db = await opened<string>({ path })
  const refs = await db.putMany(Array.from({ length: 900 }, (_, n) => ({ data: `number ${n}` })))
  breakPageOf(join(path, 'data.mdb'), refs[60] as string)
  const target = join(folder(), 'copy')
  expect(await failureOf(db.backup(target))).toMatchObject({ code: 'HISTO_CORRUPT' })
  expect(existsSync(target)).toBe(false)
})

const builtIn = manners.filter(({ lists }) => lists)

test.each(builtIn)('from stores with built-in refs, over $name', async ({ make }) => {
  const { revisionStore, branchStore } = make()
  const db = await createDB({ revisionStore, branchStore, name: 'own' }).ready()
  const first = await db.put({ text: 'one' })
  await db.branch('side').put(new Uint8Array([1, 2]), [first])
  await db.put({ text: 'two' })
  await db.setRemoteHead('elsewhere', first)
  const path = join(folder(), 'copy')
  mkdirSync(path)
  expect(await db.backup(path, { name: 'kept' })).toMatchObject({ name: 'kept', revisions: 3 })
  const copy = await opened({ path })
  expect(await contentsOf(copy)).toEqual(await contentsOf(db))
  expect(copy.name).toBe('kept')
  await db.close()
})

test('of two backups from stores to one new folder the one that fails leaves the other', async () => {
  const path = join(folder(), 'copy')
  const from = async (name: string) => {
    const { revisionStore, branchStore } = (builtIn[0] as (typeof builtIn)[number]).make()
    const db = await createDB({ revisionStore, branchStore, name }).ready()
    await db.put(name)
    return db
  }
  const both = await Promise.all(['one', 'two'].map(from))
  const outcomes = await Promise.allSettled(both.map((db) => db.backup(path)))
  const made = outcomes.flatMap((told) => (told.status === 'fulfilled' ? [told.value.name] : []))
  expect(made).toHaveLength(1)
  const copy = await opened({ path })
  expect([copy.name, await copy.get()]).toEqual([made[0], made[0]])
  expect(readdirSync(path).filter((name) => name.includes('partial'))).toEqual([])
  for (const db of both) await db.close()
})
