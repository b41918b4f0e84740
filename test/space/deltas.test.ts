/**
 * Revisions stored as what changed: files are small, what was erased is nowhere in them, old files stay as they are until
 * they are written to, and all upkeep knows what is based on what.
 */

import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB, type DB, rescue } from '../../ts/index.js'
import { failureOf, folder, opened } from '../contract/places.js'
import { bytesOf, isOfFormat, makeOfFormat } from '../support/file-formats.js'

interface Row {
  id: number
  note: string
}

/** A document of some 8 KB. */
const document = (): Row[] =>
  Array.from({ length: 60 }, (_, id) => ({ id, note: `what is noted of the row ${id} `.repeat(4) }))

/** Bytes that the process takes more after 2,000 edits of a document of 110 KB in memory. */
async function memoryOfEdits(deltas: boolean): Promise<number> {
  const rows = Array.from({ length: 1000 }, (_, id) => ({ id, note: 'x'.repeat(90), edited: 0 }))
  await using db = await createDB({ deltas }).ready()
  const before = process.memoryUsage.rss()
  for (let n = 0; n < 2000; n += 1) {
    const row = rows[(n * 7) % 1000]
    if (row !== undefined) row.edited = n
    await db.put(rows)
  }
  const after = process.memoryUsage.rss()
  expect(await db.get()).toEqual(rows)
  return after - before
}

/** Puts versions of a document, each with another row changed; a marker stands in each and goes with the next. */
async function withVersions(db: DB, count: number) {
  const rows = document()
  const versions: { ref: string; data: Row[]; marker: string }[] = []
  for (let n = 0; n < count; n += 1) {
    const marker = randomBytes(24).toString('hex')
    rows[n % 60] = { id: n, note: marker }
    if (n > 0) rows[(n - 1) % 60] = { id: n - 1, note: 'settled' }
    const data = structuredClone(rows)
    versions.push({ ref: await db.put(data), data, marker })
  }
  return versions
}

const sizeOf = (path: string) => statSync(join(path, 'data.mdb')).size

test('in memory a version takes the space of its changes, and with deltas: false of the whole', async () => {
  expect(await memoryOfEdits(true)).toBeLessThan(110e6)
  expect(await memoryOfEdits(false)).toBeGreaterThan(150e6)
})

test('a version takes the space of its changes, and with deltas: false of the whole', async () => {
  const paths = [folder(), folder()]
  for (const [at, deltas] of [true, false].entries()) {
    const db = await opened({ path: paths[at] ?? '', durability: 'relaxed', deltas })
    const versions = await withVersions(db, 300)
    for (const { ref, data } of versions) expect(await db.get(ref)).toEqual(data)
    expect(await db.verify()).toMatchObject({ ok: true })
    await db.close()
  }
  const [small = 0, large = 0] = paths.map(sizeOf)
  expect(small).toBeLessThan(large / 6)
})

test('erased data is nowhere in the file after compact, whatever was based on it', async () => {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const versions = await withVersions(db, 120)
  // A first one, those about the snapshots, some in a row, the last but one.
  const erased = new Set([0, 31, 32, 33, 34, 64, 65, 66, 67, 97, 118])
  for (const n of erased) await db.erase(versions[n]?.ref ?? '')
  const check = async () => {
    for (const [n, { ref, data }] of versions.entries()) {
      if (erased.has(n)) expect((await failureOf(db.get(ref))).code).toBe('HISTO_SHALLOW')
      else expect(await db.get(ref)).toEqual(data)
    }
    expect(await db.verify()).toMatchObject({ ok: true })
  }
  await check()
  await db.compact()
  await check()
  const file = bytesOf(path)
  for (const [n, { marker }] of versions.entries()) {
    if (erased.has(n)) expect(file.includes(marker)).toBe(false)
  }
  await withVersions(db, 40)
  await check()
})

test('a horizon leaves the revisions above it whole, and nothing else', async () => {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const versions = await withVersions(db, 100)
  await db.prune({ horizon: { depth: 20 } })
  await db.compact()
  const last = versions.slice(-20)
  for (const { ref, data } of last) expect(await db.get(ref)).toEqual(data)
  expect(await db.verify()).toMatchObject({ ok: true })
  const file = bytesOf(path)
  for (const { marker } of versions.slice(0, -22)) expect(file.includes(marker)).toBe(false)
})

test('a backup and a rescue have the data', async () => {
  const path = folder()
  const db = await opened({ path, durability: 'relaxed' })
  const versions = await withVersions(db, 100)
  const copy = join(folder(), 'copy')
  await db.backup(copy)
  const copied = await opened({ path: copy })
  for (const { ref, data } of versions) expect(await copied.get(ref)).toEqual(data)
  expect(await copied.verify()).toMatchObject({ ok: true })
  await db.close()
  const rescued = createDB()
  await rescued.writeStream(await rescue(path))
  for (const { ref, data } of versions) expect(await rescued.get(ref)).toEqual(data)
})

test.each([1, 2, 3])(
  'a file of format %i by an earlier package stays as it is until it is written to',
  async (format) => {
    const path = join(folder(), 'db')
    makeOfFormat(path, format)
    const db = await opened({ path })
    const head = db.head() ?? ''
    const before = await db.refDifference(null, head)
    const data = await db.get()
    expect(isOfFormat(path, format)).toBe(true)
    const versions = await withVersions(db, 40)
    expect(isOfFormat(path, 3)).toBe(true)
    await db.close()
    const again = await opened({ path })
    expect(await again.get(head)).toEqual(data)
    expect(await again.refDifference(null, head)).toEqual(before)
    for (const { ref, data } of versions) expect(await again.get(ref)).toEqual(data)
    expect(await again.verify()).toMatchObject({ ok: true })
  }
)
