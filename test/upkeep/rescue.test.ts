/**
 * `rescue`: everything that is whole comes out of a file that does not open, nothing else, in an order
 * in which it can be written.
 *
 * Checked to fail: see `crates/core/tests/it/engine_rescue.rs`, which holds the search itself; without
 * `has_taken` in `crates/core/src/store/raw/rescue.rs` what was erased or cut away comes back, without `ref_at` of
 * `deaths.rs` the end of a shallow history does not come out of a file that was compacted.
 */

import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB, rescue } from '../../ts/index.js'
import { collect, failureOf, folder, opened } from '../contract/places.js'
import { breakPageOf, crc32c } from '../support/damage.js'

const page = 4096
const dataOf = (n: number) => (n % 50 === 7 ? `${n} `.repeat(4000) : { number: n, of: 'a line' })

/** A closed database with a line, a merge and binary data. */
async function made(count: number) {
  const path = join(folder(), 'db')
  const db = createDB<unknown>({ path, durability: 'relaxed' })
  const refs = await db.putMany(Array.from({ length: count }, (_, n) => ({ data: dataOf(n) })))
  const side = await db.put(new Uint8Array(9000).fill(7), [refs[3] as string])
  const merged = await db.put('merged', [refs.at(-1) as string, side])
  const all = await collect(db.history(merged))
  await db.close()
  return { path, file: join(path, 'data.mdb'), refs, merged, all: all.toReversed() }
}

const byRef = <R extends { ref: string }>(revisions: readonly R[]) =>
  new Map(revisions.map((revision) => [revision.ref, revision]))

/** Refuses to open, so that it is worth a rescue. */
async function expectNotToOpen(path: string) {
  const db = createDB({ path })
  expect(await failureOf(db.ready())).toMatchObject({ code: 'HISTO_CORRUPT' })
  await db.close()
}

test('a whole file gives everything, ancestors first, and leaves the file as it is', async () => {
  const { path, file, all } = await made(300)
  const before = readFileSync(file)
  const rescued = await collect(rescue(path))
  expect(byRef(rescued)).toEqual(byRef(all))
  const seen = new Set<string>()
  for (const { ref, ancestors } of rescued) {
    expect(ancestors.every((ancestor) => seen.has(ancestor))).toBe(true)
    seen.add(ref)
  }
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(await collect(rescue(file))).toEqual(rescued)
})

test.each([
  ['both meta pages', (bytes: Buffer) => bytes.fill(0xff, 0, 2 * page)],
  ['the first meta page', (bytes: Buffer) => bytes.fill(0, 0, page)],
  ['every page that is a branch', breakBranches]
])('with %s gone everything is rescued, into a new database', async (_what, damage) => {
  const { path, file, all, merged } = await made(6000)
  const bytes = readFileSync(file)
  damage(bytes)
  writeFileSync(file, bytes)
  await expectNotToOpen(path)
  const db = await opened({})
  await db.writeStream(rescue(path, { dangling: false }))
  expect(byRef(await collect(db.history(merged)))).toEqual(byRef(all))
  expect(await db.verify()).toMatchObject({ ok: true, revisions: all.length })
})

function breakBranches(bytes: Buffer) {
  let broken = 0
  for (let at = 2 * page; at < bytes.length; at += page) {
    if (bytes.readUInt16LE(at + 10) !== 1) continue
    bytes.fill(0xff, at + 8, at + page)
    broken += 1
  }
  expect(broken).toBeGreaterThan(0)
}

test('a page whose header and pointers are gone gives up the nodes that are left', async () => {
  const { path, file, refs, all } = await made(600)
  breakPageOf(file, refs[60] as string)
  await expectNotToOpen(path)
  const rescued = byRef(await collect(rescue(path)))
  for (const [ref, revision] of rescued) expect(revision).toEqual(byRef(all).get(ref))
  expect(rescued.size).toBe(all.length)
})

test('a lost revision is left out, and on request all that descend from it', async () => {
  const { path, file, refs, all } = await made(300)
  const bytes = readFileSync(file)
  const raw = Buffer.from(refs[100] as string, 'hex')
  let at = bytes.indexOf(raw)
  for (; at >= 0; at = bytes.indexOf(raw, at + 1)) {
    const payload = bytes.indexOf('"number":100', at)
    if (payload > 0 && payload - at < 80) bytes[payload + 1] = 0x58 // its ref stays readable
  }
  writeFileSync(file, bytes)
  const rescued = await collect(rescue(path))
  expect(rescued.map(({ ref }) => ref)).not.toContain(refs[100])
  expect(byRef(rescued).size).toBe(all.length - 1)
  const complete = await collect(rescue(path, { dangling: false }))
  const line = new Set(refs.slice(0, 100))
  const [side] = all.filter(({ data }) => data instanceof Uint8Array)
  expect(new Set(complete.map(({ ref }) => ref))).toEqual(line.add(side?.ref ?? ''))
  const db = await opened({})
  expect(await failureOf(db.writeStream(rescue(path)))).toMatchObject({
    code: 'HISTO_MISSING_ANCESTOR',
    ref: refs[100]
  })
  await db.writeStream(rescue(path, { dangling: false }))
})

test('what was erased stays away, and what descends from it comes with its ancestors told', async () => {
  const path = join(folder(), 'db')
  const db = createDB<number>({ path, durability: 'relaxed' })
  const refs = await db.putMany(Array.from({ length: 300 }, (_, data) => ({ data })))
  await db.erase(refs[100] as string)
  await db.close()
  const rescued = byRef(await collect(rescue(path)))
  expect([...rescued.keys()]).toEqual(refs.filter((_ref, n) => n !== 100))
  expect(rescued.get(refs[101] as string)?.ancestors).toEqual([refs[100]])
  expect(await collect(rescue(path, { dangling: false }))).toHaveLength(100)
})

test.each([
  ['where old pages have it', false],
  ['where nothing of it is left', true]
])(
  'what a horizon cut away stays away, %s, and all above it comes out',
  async (_where, compact) => {
    const path = join(folder(), 'db')
    const db = createDB<number>({ path, durability: 'relaxed' })
    const refs = await db.putMany(Array.from({ length: 300 }, (_, data) => ({ data })))
    await db.prune({ horizon: { depth: 10 } })
    if (compact) await db.compact()
    await db.close()
    const rescued = await collect(rescue(path))
    expect(rescued.map(({ data }) => data)).toEqual(Array.from({ length: 10 }, (_, n) => 290 + n))
    expect(rescued[0]?.ancestors).toEqual([refs[289]])
    expect(await collect(rescue(path, { dangling: false }))).toEqual([])
  }
)

test('a revision that was forged with all its sums is not answered', async () => {
  const { path, file, refs, all } = await made(60)
  const bytes = readFileSync(file)
  const own = bytes.indexOf('"number":11')
  bytes.write('"NUMBER":11', own)
  const start = bytes.lastIndexOf('{', own)
  const payload = bytes.subarray(start, bytes.indexOf('}', own) + 1)
  const record = bytes.lastIndexOf(Buffer.from(refs[11] as string, 'hex'), own) - 4
  bytes.writeUInt32LE(crc32c(payload), record + 36)
  const header = bytes.subarray(record + 4, start)
  bytes.writeUInt32LE(crc32c(Buffer.concat([Buffer.from([0, 0, 0, 11]), header])), record)
  writeFileSync(file, bytes)
  const rescued = await collect(rescue(path))
  expect(rescued.map(({ ref }) => ref)).not.toContain(refs[11])
  expect(rescued).toHaveLength(all.length - 1)
})

test('a file that is cut short gives what is left of it', async () => {
  const { path, file, all } = await made(3000)
  truncateSync(file, Math.floor(readFileSync(file).length / 2) + 100)
  await expectNotToOpen(path)
  const rescued = await collect(rescue(path))
  expect(rescued.length).toBeGreaterThan(100)
  for (const revision of rescued) expect(revision).toEqual(byRef(all).get(revision.ref))
})

test('a data file kept as data does not come out as revisions of its own', async () => {
  const inner = await made(40)
  const path = join(folder(), 'db')
  const db = createDB<unknown>({ path })
  const outer = [await db.put('a'), await db.put(readFileSync(inner.file)), await db.put('b')]
  await db.close()
  const rescued = await collect(rescue(path))
  expect(rescued.map(({ ref }) => ref)).toEqual(outer)
})

test('what is no database of ours gives nothing, and no file is HISTO_STORE with its path', async () => {
  const path = folder()
  writeFileSync(join(path, 'data.mdb'), Buffer.alloc(100_000, 'text '))
  expect(await collect(rescue(path))).toEqual([])
  writeFileSync(join(path, 'data.mdb'), '')
  expect(await collect(rescue(path))).toEqual([])
  const empty = join(path, 'empty')
  mkdirSync(empty)
  expect(await failureOf(collect(rescue(empty)))).toMatchObject({
    code: 'HISTO_STORE',
    path: empty
  })
})

test('wrong arguments and an abort arrive when it is iterated', async () => {
  const { path } = await made(60)
  for (const [given, options] of [
    [undefined, {}],
    ['', {}],
    [path, { dangling: 1 }],
    [path, { signal: 1 }],
    [path, { onProgress: 1 }],
    [path, 1]
  ]) {
    const iterable = rescue(given as string, options as never)
    await expect(collect(iterable)).rejects.toThrow(TypeError)
  }
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  expect(await failureOf(collect(rescue(path, { signal })))).toBe(reason)
  const aborting = new AbortController()
  const some = rescue(path, { signal: aborting.signal })
  await some.next()
  aborting.abort(reason)
  expect(await failureOf(some.next())).toBe(reason)
})

test('progress ends with all pages', async () => {
  const { path, file } = await made(60)
  const told: [number, number][] = []
  const onProgress = ({ done, total }: { done: number; total: number }) => told.push([done, total])
  await collect(rescue(path, { onProgress: (progress) => void onProgress(progress) }))
  const pages = readFileSync(file).length / page
  expect(told.at(-1)).toEqual([pages, pages])
})
