/**
 * One flipped bit anywhere in the file: what is read is right, or an error says that it is damaged; the
 * process may end where the bit was in LMDB's own pages, but never with a wrong answer.
 *
 * Checked to fail: without the look at the whole table of heads (`all_heads` in `heads.rs`), five of sixty
 * remotes were missing from the list after one flip. Of the checksums, see `record.rs`.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, isLong, run } from './children.js'
import { randomFrom } from './device/power-loss.js'

const flips = isLong ? 4000 : 120
const batch = 20

/** The output of `read-all`. */
interface Read {
  code?: string
  name?: string
  head?: unknown
  data?: unknown[]
  metas?: unknown[]
  difference?: unknown
  branches?: Record<string, unknown>
  remotes?: Record<string, unknown>
  log?: unknown
}

const erased = 33
const metaOf = (n: number) =>
  n % 3 === 0 ? { n, by: 'somebody '.repeat(n % 30 === 0 ? 600 : 3) } : null
const dataOf = (n: number) => (n % 40 === 0 ? `${n} `.repeat(3000) : `revision ${n}`)

async function made() {
  const path = join(folder(), 'db')
  const db = createDB<string>({ path, name: 'the name', durability: 'relaxed' })
  const items = Array.from({ length: 400 }, (_, n) => {
    const meta = metaOf(n)
    return { data: dataOf(n), ...(meta && { meta }) }
  })
  const refs = await db.putMany(items.slice(0, 200))
  for (const { data, ...rest } of items.slice(200, 210)) refs.push(await db.put(data, rest)) // several states of pages
  refs.push(...(await db.putMany(items.slice(210))))
  await db.erase(refs[erased] as string)
  const remotes: Record<string, string> = {}
  for (let n = 0; n < 60; n += 1) {
    remotes[`remote ${n}`] = refs[n] as string
    await db.setRemoteHead(`remote ${n}`, refs[n] as string)
  }
  await db.branch('other').setHead(refs[3] as string)
  const log: unknown[] = []
  for await (const { branch, from, to, action } of db.log()) log.push([branch, from, to, action])
  expect(log).toHaveLength(13)
  await db.close()
  const branches = { main: refs.at(-1) as string, other: refs[3] as string }
  return { bytes: readFileSync(join(path, 'data.mdb')), refs, branches, remotes, log }
}

const isCorrupt = (answer: unknown) =>
  typeof answer === 'object' &&
  answer !== null &&
  'code' in answer &&
  answer.code === 'HISTO_CORRUPT'

test(
  'a flipped bit never gives a wrong answer',
  async () => {
    const { bytes, refs, branches, remotes, log } = await made()
    const random = randomFrom(flips)
    const places = Array.from({ length: flips }, () => Math.floor(random() * bytes.length * 8))
    let noticed = 0
    let ended = 0
    let metasAlone = 0
    const check = (read: Read, place: number) => {
      const at = `bit ${place % 8} of byte ${Math.floor(place / 8)}`
      if (read.code !== undefined) {
        noticed += 1
        expect(read.code, at).toMatch(/^HISTO_(CORRUPT|STORE)$/)
        return
      }
      const right = (answer: unknown, expected: unknown) => {
        if (isCorrupt(answer)) noticed += 1
        else expect(answer, at).toEqual(expected)
      }
      right(read.name, 'the name')
      right(read.head, branches.main)
      right(read.branches, branches)
      right(read.remotes, remotes)
      right(read.log, log)
      right(read.difference, refs.toReversed())
      for (const [n, data] of (read.data ?? []).entries()) {
        if (isCorrupt(data)) expect(data, at).toMatchObject({ ref: refs[n] })
        else if (n === erased) expect(data, at).toMatchObject({ code: 'HISTO_SHALLOW' })
        else right(data, dataOf(n))
      }
      let damaged = 0
      for (const [n, meta] of (read.metas ?? []).entries()) {
        if (isCorrupt(meta)) expect(meta, at).toMatchObject({ ref: refs[n] })
        if (isCorrupt(meta) && !isCorrupt(read.data?.[n])) damaged += 1
        right(meta, metaOf(n))
      }
      metasAlone += damaged
      expect(read.metas, at).toHaveLength(refs.length)
      expect(read.data, at).toHaveLength(refs.length)
    }
    for (let start = 0; start < places.length; ) {
      const some = places.slice(start, start + batch)
      const paths = some.map((place) => {
        const path = join(folder(), 'db')
        mkdirSync(path)
        const damaged = Buffer.from(bytes)
        const byte = Math.floor(place / 8)
        damaged[byte] = (damaged[byte] ?? 0) ^ (1 << (place % 8))
        writeFileSync(join(path, 'data.mdb'), damaged)
        return path
      })
      const input = join(folder(), 'input.json')
      writeFileSync(input, JSON.stringify({ paths, refs }))
      const { code, signal, stdout } = await run('read-all', input)
      const lines = stdout.split('\n').slice(0, -1)
      for (const [n, line] of lines.entries()) check(JSON.parse(line) as Read, some[n] ?? 0)
      if (lines.length < some.length) {
        expect([code, signal]).not.toEqual([0, null]) // the next one ended the process
        ended += 1
      }
      start += lines.length < some.length ? lines.length + 1 : lines.length
    }
    expect(noticed).toBeGreaterThan(0)
    if (isLong) expect(metasAlone).toBeGreaterThan(0) // the data of these is read
    expect(ended).toBeLessThan(flips / 20)
  },
  isLong ? 3_600_000 : 120_000
)
