/**
 * Versions put durably, each on the one before, with 1, 64 and 1,000 in flight, from an empty database, all rivals
 * by turns; then, of the largest, bytes on the disk, opening in a new process, random reads and memory.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../../../../target/benches/lib/folder.js'
import { summary } from '../../../../target/benches/lib/race.js'
import { child } from '../../sync/calls.mjs'
import { isKnown, keep } from '../results.mjs'
import { attempt, rivals } from '../rivals.mjs'

const rounds = 10
const readsAtMost = 10_000
/** Number of parts of the reads, of which the quickest counts. */
const parts = 5

/** Measures what was not measured yet. `budget` is in ms: a rival that has used it up stops. */
export async function store({ names, kinds, size, flights, budget, again }) {
  for (const kind of kinds) {
    for (const flight of flights) {
      const piece = { work: 'store', kind, size, flight }
      const open = again ? names : names.filter((name) => !isKnown({ ...piece, name }))
      // Ours always runs too, since figures of another hour cannot be compared.
      if (open.length > 0)
        await measure(piece, [...new Set([names[0], ...open])], budget, flight === flights.at(-1))
    }
  }
}

async function measure(piece, names, budget, isLast) {
  const place = folder('peers')
  console.log(`\n${piece.size} versions (${piece.kind}), ${piece.flight} in flight`)
  const all = []
  for (const name of names) {
    const path = join(place, rivals[name].file)
    mkdirSync(path)
    const process = child('../peers/process.mjs')
    const { how, isVolatile, isSlow } = await process.ask('load', rivals[name].file)
    await process.ask('open', path, true)
    all.push({ name, path, process, how, isVolatile, isSlow, times: [], spent: 0, count: 0 })
  }
  await putByTurns(piece, all, budget)
  for (const one of all) {
    if (!one.hasFailed) await attempt(one.name, () => finish(piece, one, budget, isLast))
    one.process.end()
    rmSync(one.path, { recursive: true, force: true })
  }
}

async function finish(piece, one, budget, isLast) {
  await one.process.ask('check')
  await one.process.ask('close')
  const figures = { how: one.how, ...summaryOf(one), revisions: one.count }
  keep({ ...piece, name: one.name, ...figures, ...(isLast ? await later(piece, one, budget) : {}) })
}

async function putByTurns({ kind, size, flight }, all, budget) {
  const each = Math.max(1, Math.ceil(size / rounds))
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % all.length
    for (const one of [...all.slice(turn), ...all.slice(0, turn)]) {
      if (one.hasFailed) continue
      const done = await attempt(one.name, () => putSome(one, kind, each, flight, budget))
      one.hasFailed = done === undefined
    }
  }
}

/** Puts a round's part, in steps so small that a slow rival stops in time. */
async function putSome(one, kind, each, flight, budget) {
  for (let put = 0; put < each && one.spent < budget; ) {
    const count = Math.min(each - put, stepOf(one, budget, flight))
    const milliseconds = await one.process.ask('put', kind, count, flight)
    one.times.push([milliseconds, count])
    one.spent += milliseconds
    one.count += count
    put += count
  }
  return one.count
}

/**
 * How many to put at once: what takes a tenth of the budget, by what was seen so far, in whole batches. Those that take
 * milliseconds for one are given less, since their time grows with nothing but the count.
 */
function stepOf({ spent, count, isSlow }, budget, flight) {
  if (count === 0) return isSlow ? 5 : Math.max(flight, 10)
  const step = Math.floor((budget / 10 / spent) * count)
  return isSlow ? Math.max(1, step) : Math.max(flight, Math.min(20_000, step - (step % flight)))
}

/** Microseconds a version: of all together, and the least and most of a step. */
function summaryOf({ times, spent, count }) {
  const each = times.map(([milliseconds, put]) => (milliseconds * 1000) / put)
  const { min, max } = summary(each)
  return { put: (spent * 1000) / count, least: min, most: max }
}

/** The measurements of a database that was filled and closed. */
async function later({ kind }, { name, path, count, isVolatile }, budget) {
  const [bytes] = execFileSync('du', ['-s', '--block-size=1', path], { encoding: 'utf8' }).split(
    '\t'
  )
  if (isVolatile) return {}
  const process = child('../peers/process.mjs')
  await process.ask('load', rivals[name].file)
  await process.ask('refs', path) // they are the bench's memory
  const empty = await process.ask('memory')
  const opening = await process.ask('open', path, false)
  const reads = Math.min(count, readsAtMost)
  // Once for what is warm afterwards; slow rivals are asked less.
  const { one: first } = await process.ask('read', kind, Math.min(reads, 20), 20)
  const { own } = await process.ask('memory') // before answers by the thousand make it grow
  const asked = Math.max(20, Math.min(reads, Math.floor((budget / first) * 20)))
  const times = await readInParts(process, kind, Math.ceil(asked / parts))
  const { mapped } = await process.ask('memory')
  await process.ask('close')
  process.end()
  return {
    bytes: Number(bytes) / count,
    opening,
    ...times,
    own: own - empty.own,
    mapped: mapped - empty.mapped
  }
}

/** Microseconds of a `get` and of a version of `getMany`, where there is one: of the quickest part. */
async function readInParts(process, kind, count) {
  const [one, many] = [[], []]
  for (let part = 0; part < parts; part += 1) {
    const told = await process.ask('read', kind, count, 1000)
    one.push((told.one * 1000) / count)
    if (told.many !== undefined) many.push((told.many * 1000) / count)
  }
  return { get: Math.min(...one), ...(many.length === 0 ? {} : { getMany: Math.min(...many) }) }
}
