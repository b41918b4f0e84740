/**
 * Damaged stores: what is damaged is named, the rest is right, and nothing ever crashes.
 *
 * Checked to fail: without the sum of the payload (`is_whole` in `crates/core/src/store/format/record.rs`) damaged data is
 * not refused by its ref; without the look at the file (`crates/core/src/store/raw/inspect`) LMDB is let into it.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { contentsOf, folder, run } from './children.js'

const page = 4096

/** The output of `read-all` for a database: an error, or the data. */
interface Read {
  code?: string
  name?: string
  path?: string
  message?: string
  head?: string | null
  data?: unknown[]
  difference?: unknown
}

const dataOf = (n: number) => (n % 10 === 0 ? `${n} `.repeat(3000) : `revision ${n} of these`)

/** A closed database of `count` revisions, with its refs. */
async function made(count: number): Promise<{ path: string; refs: string[] }> {
  const path = folder()
  const db = createDB<string>({ path, durability: 'relaxed' })
  const refs: string[] = []
  for (let start = 0; start < count; start += 100) {
    const length = Math.min(100, count - start)
    refs.push(
      ...(await db.putMany(Array.from({ length }, (_, n) => ({ data: dataOf(start + n) }))))
    )
  }
  await db.close()
  return { path, refs }
}

async function readAll(paths: readonly string[], refs: readonly string[]): Promise<Read[]> {
  const input = join(folder(), 'input.json')
  writeFileSync(input, JSON.stringify({ paths, refs }))
  const { code, signal, stdout, stderr } = await run('read-all', input)
  expect([code, signal, stderr]).toEqual([0, null, ''])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Read)
}

/** Whatever was read is right, and what was not says that it is damaged and which it is. */
function expectRightOrNamed(read: Read, refs: readonly string[]): number {
  let damaged = 0
  for (const [n, data] of (read.data ?? []).entries()) {
    if (data === dataOf(n)) continue
    expect(data).toMatchObject({ name: 'HistoError', code: 'HISTO_CORRUPT' })
    damaged += 1
  }
  if (damaged === 0) expect(read.difference).toEqual(refs.toReversed())
  return damaged
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

test('a damaged payload is HISTO_CORRUPT naming its ref, and the others are read', async () => {
  const { path, refs } = await made(50)
  const file = join(path, 'data.mdb')
  flip(file, readFileSync(file).indexOf('revision 17 of these') + 3)
  const [read] = await readAll([path], refs)
  expect(read?.data?.[17]).toMatchObject({
    name: 'HistoError',
    code: 'HISTO_CORRUPT',
    ref: refs[17],
    message: expect.stringContaining(refs[17] ?? '')
  })
  const right = refs.map((_, n) => (n === 17 ? undefined : dataOf(n)))
  expect(read?.data?.map((data, n) => (n === 17 ? undefined : data))).toEqual(right)
  expect(read?.difference).toEqual(refs.toReversed())
})

test('a database with a damaged payload is written on', async () => {
  const { path, refs } = await made(50)
  const file = join(path, 'data.mdb')
  flip(file, readFileSync(file).indexOf('revision 17 of these') + 3)
  await using db = createDB<string>({ path })
  const ref = await db.put('next')
  expect(await db.ancestors(ref)).toEqual([refs[49]])
  await expect(db.getMany([ref, refs[17] ?? ''])).rejects.toMatchObject({ code: 'HISTO_CORRUPT' })
})

test('a damaged index chunk is rebuilt, and everything is right', async () => {
  const { path, refs } = await made(5000)
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  const raw = (n: number) => Buffer.from(refs[n] ?? '', 'hex')
  const pair = Buffer.concat([raw(2000), raw(2001)])
  let flipped = 0
  for (let at = bytes.indexOf(pair); at >= 0; at = bytes.indexOf(pair, at + 1)) {
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 255
    flipped += 1
  }
  expect(flipped).toBeGreaterThan(0)
  writeFileSync(file, bytes)
  const db = await createDB<string>({ path }).ready()
  expect(readFileSync(file).includes(pair)).toBe(false) // who opens waits for no write
  await db.put('the next write', [refs.at(-1) ?? ''], { moveHead: false })
  await db.close()
  expect(readFileSync(file).includes(pair)).toBe(true)
  for (let opening = 0; opening < 2; opening += 1) {
    const [read] = await readAll([path], refs)
    expect(read?.head).toBe(refs.at(-1))
    expect(expectRightOrNamed(read ?? {}, refs)).toBe(0)
    expect(read?.data).toHaveLength(5000)
  }
})

test('a truncated file is HISTO_CORRUPT and stays as it was', async () => {
  const { path, refs } = await made(500)
  const size = readFileSync(join(path, 'data.mdb')).length
  const paths = [1, page - 1, page, 2 * page, 3 * page, size >> 1, (size >> 1) + 100].map(
    (length) => {
      const copy = folder()
      cpSync(join(path, 'data.mdb'), join(copy, 'data.mdb'))
      truncateSync(join(copy, 'data.mdb'), length)
      return copy
    }
  )
  const before = paths.map(contentsOf)
  for (const [n, read] of (await readAll(paths, refs)).entries()) {
    expect(read, `number ${n}`).toMatchObject({ name: 'HistoError', code: 'HISTO_CORRUPT' })
    expect(read.message).toContain(paths[n])
  }
  expect(paths.map(contentsOf)).toEqual(before)
})

test('overwritten meta pages are HISTO_CORRUPT and stay as they were', async () => {
  const { path, refs } = await made(100)
  const bytes = readFileSync(join(path, 'data.mdb'))
  const paths = ([0, 0xff, 0x5a] as const).map((fill) => {
    const copy = folder()
    writeFileSync(join(copy, 'data.mdb'), Buffer.from(bytes).fill(fill, 0, 2 * page))
    return copy
  })
  const before = paths.map(contentsOf)
  for (const read of await readAll(paths, refs)) {
    expect(read).toMatchObject({ name: 'HistoError', code: 'HISTO_CORRUPT' })
  }
  expect(paths.map(contentsOf)).toEqual(before)
})

/** At a different place of each page, after the version, which may differ in a newer format. */
function flipBit(bytes: Buffer, at: number): void {
  const place = at + 24 + (((at / page) * 397) % (page - 24))
  bytes[place] = (bytes[place] ?? 0) ^ 4
}

const noise = (seed: number) =>
  Buffer.from(Array.from({ length: page }, (_, n) => Math.imul(n + seed + 1, 0x9e3779b1) >>> 24))

/** Counts the last key of `revisions` up by 2^30: the first bit but one of its number. */
function raiseLastKey(file: string, last: number): void {
  const bytes = readFileSync(file)
  for (let start = 2 * page; start < bytes.length; start += page) {
    if (bytes.readUInt16LE(start + 10) !== 2) continue // no leaf
    for (let at = start + 16; at < start + bytes.readUInt16LE(start + 12); at += 2) {
      const node = start + bytes.readUInt16LE(at)
      const isLast = bytes.readUInt16LE(node + 6) === 4 && bytes.readUInt32BE(node + 8) === last
      if (isLast) bytes.writeUInt8(0x40, node + 8)
    }
  }
  writeFileSync(file, bytes)
}

test('a damaged last key does not have memory made for a billion revisions', async () => {
  const { path } = await made(200)
  raiseLastKey(join(path, 'data.mdb'), 199)
  const program = `
    const { createDB } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)})
    const { code } = await createDB({ path: ${JSON.stringify(path)} }).ready().catch((error) => error)
    console.log(JSON.stringify({ code, megabytes: process.resourceUsage().maxRSS / 1024 }))`
  const args = ['--input-type=module', '--eval', program]
  const { code, megabytes } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  expect(code).toBe('HISTO_CORRUPT')
  expect(megabytes).toBeLessThan(300) // it was 1,800
})

test.each([
  ['noise', (bytes: Buffer, at: number) => bytes.set(noise(at), at)],
  ['zeros', (bytes: Buffer, at: number) => bytes.fill(0, at, at + page)],
  ['another page', (bytes: Buffer, at: number) => bytes.copy(bytes, at, 5 * page, 6 * page)],
  ['one other bit', flipBit]
])('pages overwritten by %s never crash, and what is read is right', async (_what, overwrite) => {
  const { path, refs } = await made(1000)
  const bytes = readFileSync(join(path, 'data.mdb'))
  const pages = bytes.length / page
  const copies = Array.from({ length: 24 }, (_, n) => {
    const copy = folder()
    const damaged = Buffer.from(bytes)
    overwrite(damaged, Math.floor((n * pages) / 24) * page)
    writeFileSync(join(copy, 'data.mdb'), damaged)
    return copy
  })
  const data = (copy = '') => contentsOf(copy)[join(copy, 'data.mdb')]
  const before = copies.map(data)
  let noticed = 0
  for (const [n, read] of (await readAll(copies, refs)).entries()) {
    if (read.code === undefined) {
      noticed += expectRightOrNamed(read, refs) > 0 ? 1 : 0
      continue
    }
    expect(read, `copy ${n}`).toMatchObject({ name: 'HistoError', code: 'HISTO_CORRUPT' })
    expect(data(copies[n])).toBe(before[n])
    noticed += 1
  }
  expect(noticed).toBeGreaterThan(0)
})
