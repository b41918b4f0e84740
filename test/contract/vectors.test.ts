/** The vectors: what the API answers, and plain JavaScript after it, is what they say. */

import { readFileSync } from 'node:fs'
import { blake3 } from '@noble/hashes/blake3.js'
import canonicalize from 'canonicalize'
import { describe, expect, test } from 'vitest'
import { createDB, refOf as refOfText } from '../../ts/index.js'
import { mapStores } from '../support/user-stores.js'
import { places, refOf } from './places.js'

interface Vector {
  name: string
  ancestors: string[]
  json?: string
  bytes?: string
  meta?: string
  text: string
  ref: string
}

const load = (name: string) =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'))
const { revisions: all } = load('revisions') as { revisions: Vector[] }
const [revisions, withMeta] = [
  all.filter(({ meta }) => meta === undefined),
  all.filter(({ meta }) => meta !== undefined)
]
const jcs = load('jcs') as {
  texts: { name: string; input: string; canonical: string }[]
  numbers: { bits: string; canonical: string }[]
}
const hashes = load('blake3') as {
  cases: (Record<'input_len', number> & { hash: string })[]
}

const dataOf = ({ json, bytes }: Vector): unknown =>
  json === undefined ? new Uint8Array(Buffer.from(bytes ?? '', 'base64')) : JSON.parse(json)
const unpadded = (bytes: string) => bytes.replace(/=+$/, '')
const titled = all.map((vector) => [vector.name, vector] as const)

test('there are vectors of every sort', () => {
  expect(revisions.length).toBeGreaterThan(20)
  expect(revisions.some(({ bytes }) => bytes !== undefined)).toBe(true)
  expect(revisions.some(({ ancestors }) => ancestors.length > 1)).toBe(true)
  expect(withMeta.length).toBeGreaterThan(5)
  expect(withMeta.some(({ bytes }) => bytes !== undefined)).toBe(true)
  expect(jcs.texts.length).toBeGreaterThan(3)
  expect(jcs.numbers.length).toBeGreaterThan(10)
  expect(hashes.cases.length).toBeGreaterThan(10)
})

test.each(titled)('%s has the text and the ref of plain JavaScript', (_name, vector) => {
  const ancestors = JSON.stringify(vector.ancestors)
  const payload =
    vector.json === undefined
      ? `"bytes":"${unpadded(vector.bytes ?? '')}"`
      : `"data":${canonicalize(JSON.parse(vector.json))}`
  const meta = vector.meta === undefined ? undefined : JSON.parse(vector.meta)
  const beside = meta === undefined ? '' : `,"meta":${canonicalize(meta)}`
  expect(vector.text).toBe(`{"ancestors":${ancestors},${payload}${beside}}`)
  expect(vector.ref).toBe(refOf(dataOf(vector), vector.ancestors, meta))
  expect(refOfText(vector.text)).toBe(vector.ref)
})

test.each(withMeta)('$name is put and read by stores of the user with its meta', async (vector) => {
  const { texts, revisionStore, branchStore } = mapStores()
  await using db = createDB({ revisionStore: { idOf: refOfText, ...revisionStore }, branchStore })
  const before = all
    .slice(0, 8)
    .map((other) => ({ data: dataOf(other), ancestors: other.ancestors }))
  await db.putMany(before)
  const meta = JSON.parse(vector.meta ?? '')
  expect(await db.put(dataOf(vector), vector.ancestors, { meta })).toBe(vector.ref)
  expect(texts.get(vector.ref)).toBe(vector.text)
  const { ref, ancestors } = vector
  expect(await db.revision(ref)).toEqual({ ref, ancestors, data: dataOf(vector), meta })
})

test.each(hashes.cases)(
  'the hash of $input_len bytes is that of BLAKE3',
  ({ input_len: length, hash }) => {
    const input = Uint8Array.from({ length }, (_, n) => n % 251)
    expect(Buffer.from(blake3(input)).toString('hex')).toBe(hash)
  }
)

describe.each(places)('over %s', (_place, open) => {
  test('every vector that is put has its ref and comes back', async () => {
    const db = await open()
    for (const vector of revisions) {
      const data = dataOf(vector)
      expect(await db.put(data, vector.ancestors), vector.name).toBe(vector.ref)
      expect(await db.revision(vector.ref), vector.name).toEqual({
        ref: vector.ref,
        ancestors: vector.ancestors,
        data: data instanceof Uint8Array ? data : JSON.parse(JSON.stringify(data))
      })
    }
  })

  test('all vectors written at once have their refs', async () => {
    const db = await open()
    const items = revisions.map((vector) => ({ data: dataOf(vector), ancestors: vector.ancestors }))
    expect(await db.putMany(items)).toEqual(revisions.map(({ ref }) => ref))
  })

  test('all vectors that a stream brings have their refs', async () => {
    const db = await open()
    const items = revisions.map((vector) => ({
      ref: vector.ref,
      ancestors: vector.ancestors,
      data: dataOf(vector)
    }))
    await db.writeStream(items.toReversed())
    expect(await db.has(items.map(({ ref }) => ref))).toEqual(items.map(() => true))
  })

  test.each(jcs.texts)('the canonical text of $name is hashed', async ({ input, canonical }) => {
    const db = await open()
    const data = JSON.parse(input)
    expect(canonicalize(data)).toBe(canonical)
    expect(await db.put(data)).toBe(refOf(JSON.parse(canonical)))
    expect(JSON.stringify(await db.get())).toBe(JSON.stringify(JSON.parse(canonical)))
  })

  test('numbers of the RFC are hashed as it spells them', async () => {
    const db = await open<number>()
    for (const { bits, canonical } of jcs.numbers) {
      const number = Buffer.from(bits, 'hex').readDoubleBE()
      expect(JSON.stringify(number)).toBe(canonical)
      const ref = await db.put(number, [])
      expect(ref, canonical).toBe(refOf(number))
      expect(await db.get(ref)).toBe(number === 0 ? 0 : number)
    }
  })

  test('bytes of every length of the vectors have their hash inside of the ref', async () => {
    const db = await open<Uint8Array>()
    for (const { input_len: length, hash } of hashes.cases) {
      const input = Uint8Array.from({ length }, (_, n) => n % 251)
      const named = new TextEncoder().encode(`{"ancestors":[],"bytes":"${hash}"}`)
      expect(await db.put(input, [])).toBe(Buffer.from(blake3(named)).toString('hex'))
    }
  })
})
