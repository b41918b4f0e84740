/**
 * One flipped bit in the heads of a database with so many that opening does not read them all: what is read is right, or
 * `HISTO_CORRUPT`.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, isLong, run } from './children.js'
import { randomFrom } from './device/power-loss.js'

const [branches, flips] = [12_000, isLong ? 2000 : 150]

async function made() {
  const path = join(folder(), 'db')
  const db = createDB<number>({ path, durability: 'relaxed' })
  const refs = await db.putMany([{ data: 1 }, { data: 2 }])
  const names = Array.from({ length: branches }, (_, n) => `branch ${n}`)
  await db.batch(
    names.map((branch, n) => ({ type: 'setHead', branch, ref: refs[n % 2] as string }))
  )
  await db.close()
  return { bytes: readFileSync(join(path, 'data.mdb')), refs, names }
}

test('with one flipped bit among many heads, reads are right or HISTO_CORRUPT', async () => {
  const { bytes, refs, names } = await made()
  const random = randomFrom(flips)
  const expected = Object.fromEntries(names.map((name, n) => [name, refs[n % 2]]))
  Object.assign(expected, { main: refs[1] })
  const places = Array.from({ length: flips }, () => Math.floor(random() * bytes.length * 8))
  const paths = places.map((place) => {
    const path = join(folder(), 'db')
    mkdirSync(path)
    const damaged = Buffer.from(bytes)
    const byte = Math.floor(place / 8)
    damaged[byte] = (damaged[byte] ?? 0) ^ (1 << (place % 8))
    writeFileSync(join(path, 'data.mdb'), damaged)
    return path
  })
  const input = join(folder(), 'input.json')
  const asked = Array.from({ length: 300 }, () => Math.floor(random() * branches))
  writeFileSync(input, JSON.stringify({ paths, expected, asked: asked.map((n) => names[n]) }))
  const { code, signal, stdout, stderr } = await run('read-heads', input)
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  const { wrong, noticed, right } = JSON.parse(stdout) as Record<string, unknown>
  expect(wrong).toEqual([])
  expect(noticed).toBeGreaterThan(flips / 10)
  expect(right).toBeGreaterThan(0)
}, 600_000)
