/**
 * `npm run campaign [-- kind …]`: flips each bit of small databases of all kinds, one at a time: first those of
 * all fields, then those of long values and unused room, each in an order that `HISTO_SEED` draws. Each is
 * opened, read, verified, written to and read again in a child, and must give the results of the undamaged one, or
 * `HISTO_CORRUPT`. Continues where it was stopped: `.campaign/<seed>.json` has the progress, and the databases
 * are beside it. A flip takes 3 ms of processor time.
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
const batch = 400
/** The number of this order of bits: progress in another order does not count. */
const order = 2

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
  const state = stateIn(kept)
  const save = () => writeFileSync(kept, JSON.stringify(state))
  const stop = performance.now() + seconds * 1000
  const databases = new Map()
  for (const kind of kinds) databases.set(kind, await stored(kind, join(place, String(seed))))
  const left = () =>
    kinds.filter((kind) => (state.next[kind] ?? 0) < databases.get(kind).flips.length)
  while (left().length > 0 && performance.now() < stop) {
    for (const kind of left()) {
      const database = databases.get(kind)
      const from = state.next[kind] ?? 0
      const flips = database.flips.subarray(from, from + batch)
      for (const { flip, faults } of await tryAll({ ...database, flips, work })) {
        state.wrong[`${kind} ${flip}`] = faults
        tell(kind, flip, faults, fieldAt(database.bytes, flip >> 3))
      }
      state.next[kind] = from + flips.length
      save()
    }
  }
  for (const kind of kinds) {
    const { fieldBits, flips } = databases.get(kind)
    const tried = state.next[kind] ?? 0
    const ofFields = `${Math.min(tried, fieldBits)} of ${fieldBits} bits of fields`
    console.log(`${kind}: ${ofFields}, ${tried} of ${flips.length} in all`)
  }
  const tried = kinds.reduce((sum, kind) => sum + (state.next[kind] ?? 0), 0)
  return end(Object.keys(state.wrong).length, tried)
}

/** The progress of this seed. */
function stateIn(file) {
  const fresh = { order, next: {}, wrong: {} }
  if (!existsSync(file)) return fresh
  const state = JSON.parse(readFileSync(file, 'utf8'))
  return state.order === order ? state : fresh
}

/** The database of a kind that was made by the first run with this seed, and its flips in their order. */
async function stored(kind, folder) {
  const file = join(folder, `${kind}.json`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    const { refs } = await make(kind, folder)
    writeFileSync(file, JSON.stringify(refs))
  }
  const bytes = readFileSync(join(folder, kind, 'data.mdb'))
  return { kind, bytes, refs: JSON.parse(readFileSync(file, 'utf8')), ...orderOf(bytes) }
}

/** All bits of a file, those of its fields first. */
function orderOf(bytes) {
  const isField = new Uint8Array(bytes.length)
  for (const places of fieldsOf(bytes).values()) for (const place of places) isField[place] = 1
  const fields = []
  const others = []
  for (const [place, is] of isField.entries()) (is === 1 ? fields : others).push(place)
  const flips = new Uint32Array(bytes.length * 8)
  flips.set(shuffled(fields))
  flips.set(shuffled(others), fields.length * 8)
  return { flips, fieldBits: fields.length * 8 }
}

/** The bits of these bytes in an order that meets each once: a step that has no divisor in common. */
function shuffled(places) {
  const bits = places.length * 8
  let step = (BigInt(seed) * 2654435761n + 1000003n) % BigInt(bits)
  while (divisor(step, BigInt(bits)) !== 1n) step += 1n
  const flips = new Uint32Array(bits)
  for (let n = 0, bit = 0; n < bits; n += 1, bit = (bit + Number(step)) % bits) {
    flips[n] = places[bit >> 3] * 8 + (bit & 7)
  }
  return flips
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
