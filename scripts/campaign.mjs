/**
 * `npm run campaign [-- kind …]`: flips each bit of small databases of all kinds, one at a time and in an order
 * that `HISTO_SEED` draws. Each is opened, read, verified, written to and read again in a child, and must
 * answer as the whole one does, or `HISTO_CORRUPT`. Goes on where it was stopped: how far it is stands in
 * `.campaign/<seed>.json`, with the databases.
 *
 *   HISTO_SEED      another order, and other databases; 1 by default
 *   HISTO_SECONDS   ends after that time
 *   HISTO_FIELDS=1  one bit of each field of each database, and nothing is kept
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kindsOfDatabases, make } from './lib/campaign/databases.mjs'
import { fieldsOf } from './lib/campaign/fields.mjs'
import { tryAll } from './lib/campaign/flips.mjs'
import { root } from './lib/paths.mjs'
import { main, Problem } from './lib/process.mjs'

const seed = Number(process.env.HISTO_SEED ?? 1)
const seconds = Number(process.env.HISTO_SECONDS ?? Number.POSITIVE_INFINITY)
const batch = 100

await main(async () => {
  const kinds = process.argv.slice(2)
  if (kinds.some((kind) => !kindsOfDatabases.includes(kind))) {
    throw new Problem(`The kinds are ${kindsOfDatabases.join(', ')}.`)
  }
  const chosen = kinds.length > 0 ? kinds : kindsOfDatabases
  const work = mkdtempSync(join(tmpdir(), 'histo-campaign-'))
  try {
    return await (process.env.HISTO_FIELDS === '1' ? fields : campaign)(chosen, work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
})

/** One bit of each field. */
async function fields(kinds, work) {
  const random = randomFrom(seed)
  let wrong = 0
  let tried = 0
  for (const kind of kinds) {
    const database = await make(kind, work)
    const drawn = [...fieldsOf(database.bytes)].map(([name, places]) => {
      const place = places[Math.floor(random() * places.length)]
      return { name, flip: place * 8 + Math.floor(random() * 8) }
    })
    const flips = drawn.map(({ flip }) => flip)
    const found = await tryAll({ ...database, flips, work })
    for (const { flip, faults } of found) {
      const { name } = drawn.find((draw) => draw.flip === flip)
      tell(kind, flip, faults, name)
    }
    wrong += found.length
    tried += flips.length
  }
  return end(wrong, tried)
}

/** Every bit, or as many as there is time for. */
async function campaign(kinds, work) {
  const place = join(root, '.campaign')
  mkdirSync(place, { recursive: true })
  const kept = join(place, `${seed}.json`)
  const state = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : { next: {}, wrong: {} }
  const save = () => writeFileSync(kept, JSON.stringify(state))
  const stop = performance.now() + seconds * 1000
  const databases = new Map()
  for (const kind of kinds) databases.set(kind, await stored(kind, join(place, String(seed))))
  const left = () => kinds.filter((kind) => (state.next[kind] ?? 0) < databases.get(kind).bits)
  while (left().length > 0 && performance.now() < stop) {
    for (const kind of left()) {
      const database = databases.get(kind)
      const from = state.next[kind] ?? 0
      const to = Math.min(from + batch, database.bits)
      const flips = Array.from({ length: to - from }, (_, n) => placeOf(from + n, database.bits))
      for (const { flip, faults } of await tryAll({ ...database, flips, work })) {
        state.wrong[`${kind} ${flip}`] = faults
        tell(kind, flip, faults, fieldAt(database.bytes, flip >> 3))
      }
      state.next[kind] = to
      save()
    }
  }
  for (const kind of kinds)
    console.log(`${kind}: ${state.next[kind]} of ${databases.get(kind).bits}`)
  const tried = kinds.reduce((sum, kind) => sum + (state.next[kind] ?? 0), 0)
  return end(Object.keys(state.wrong).length, tried)
}

/** The database of a kind that was made by the first run with this seed. */
async function stored(kind, folder) {
  const file = join(folder, `${kind}.json`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const { refs } = await make(kind, folder)
    writeFileSync(file, JSON.stringify(refs))
  }
  const bytes = readFileSync(join(folder, kind, 'data.mdb'))
  return { kind, bytes, refs: JSON.parse(readFileSync(file, 'utf8')), bits: bytes.length * 8 }
}

/** The place of the nth bit in an order that meets each once: a step that has no divisor in common. */
function placeOf(n, bits) {
  let step = (BigInt(seed) * 2654435761n + 1000003n) % BigInt(bits)
  while (divisor(step, BigInt(bits)) !== 1n) step += 1n
  return Number((BigInt(n) * step) % BigInt(bits))
}

function divisor(one, other) {
  return other === 0n ? one : divisor(other, one % other)
}

function fieldAt(bytes, place) {
  const found = [...fieldsOf(bytes)].find(([, places]) => places.includes(place))
  return found === undefined ? 'no field' : found[0]
}

function tell(kind, flip, faults, field) {
  console.log(`${kind}, byte ${flip >> 3}, bit ${flip & 7} (${field}): ${faults.join('; ')}`)
}

function end(wrong, tried) {
  console.log(`${wrong} of ${tried} flipped bits gave a wrong answer, a crash or a spread`)
  return wrong === 0 ? 0 : 1
}

/** Mulberry32. */
function randomFrom(start) {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
