/**
 * A first synchronization of so many revisions of 220 bytes, by turns, and ten more of them then. Ours and git go over
 * HTTP between processes, PouchDB and Automerge within one process, in their favour (`sync/`).
 */

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../../../../target/benches/lib/folder.js'
import { summary } from '../../../../target/benches/lib/race.js'
import { automergeSync } from '../../sync/automerge.mjs'
import { child } from '../../sync/calls.mjs'
import { gitFetch } from '../../sync/git.mjs'
import { pulling, serve } from '../../sync/ours.mjs'
import { pouchdb } from '../../sync/pouchdb.mjs'
import { isKnown, keep } from '../results.mjs'
import { ours } from '../rivals.mjs'

const rounds = 3
const more = 10
const moreRounds = 20
/** Above this many they take minutes a round. */
const few = 10_000

const sides = {
  [ours]: oursOver,
  git: (path, size) => gitFetch(path, size),
  PouchDB: (path, size) => pouchdb(path, size),
  Automerge: (_path, size) => ({ contender: automergeSync(size), end() {} })
}

export async function sync({ names, size, again }) {
  const place = folder('peers-sync')
  const piece = { work: 'sync', size }
  const able = names.filter((name) => name in sides)
  for (const name of names)
    if (!(name in sides))
      console.log(`  ${name}: left out: git, PouchDB and Automerge are measured`)
  const slow = able.filter((name) => size > few && (name === 'PouchDB' || name === 'Automerge'))
  for (const name of slow) console.log(`  ${name}: left out: measured up to ${few}`)
  const open = able.filter(
    (name) => !slow.includes(name) && (again || !isKnown({ ...piece, name }))
  )
  if (open.length === 0) return
  console.log(`\na first synchronization of ${size} revisions, and ${more} more`)
  const all = []
  for (const name of new Set([ours, ...open])) {
    const path = join(place, name)
    mkdirSync(path)
    all.push({ name, times: [], ...(await sides[name](path, size)) })
  }
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % all.length
    for (const { contender, times } of [...all.slice(turn), ...all.slice(0, turn)]) {
      await contender.before()
      const start = performance.now()
      await contender.run()
      times.push(((performance.now() - start) * 1000) / size)
      await contender.after()
    }
  }
  for (const one of all) {
    const { median, min, max } = summary(one.times)
    const figures = { first: median, least: min, most: max, ...(await tenMore(one)) }
    keep({ ...piece, name: one.name, ...figures })
    await one.end()
  }
}

/** The median of some times that ten more were brought over; nothing for who cannot. */
async function tenMore({ more: bring }) {
  if (bring === undefined) return {}
  const times = []
  for (let round = 0; round < moreRounds; round += 1) times.push(await bring(more))
  return { more: summary(times).median }
}

/** Ours behind HTTP; more is pulled into a database of another process that has the first ones. */
async function oursOver(path, size) {
  const served = await serve(path, size)
  const puller = child('./puller.mjs')
  let isFilled = false
  const more = async (count) => {
    if (!isFilled) {
      await puller.ask('open', join(path, 'puller'), served.url)
      assert.equal((await puller.ask('pull')).revisions, size)
      isFilled = true
    }
    await served.ask('grow', count)
    const pulled = await puller.ask('pull')
    assert.equal(pulled.revisions, count)
    return pulled.milliseconds
  }
  const end = async () => {
    if (isFilled) await puller.ask('close')
    puller.end()
    await served.end()
  }
  return { contender: pulling(path, served, size), more, end }
}
