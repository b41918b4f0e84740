/**
 * Tries flips: opens each file, reads all, verifies, writes, opens it again and reads once more; prints a
 * line of answers for each. Told by a file of its arguments: `{ file, refs, flips, work }`.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createDB } from '../../../dist/index.js'

const { file, refs, flips, work } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const whole = readFileSync(file)

for (const [n, flip] of flips.entries()) {
  const path = join(work, String(n))
  mkdirSync(path, { recursive: true })
  const bytes = Buffer.from(whole)
  if (flip >= 0) bytes[flip >> 3] ^= 1 << (flip & 7)
  writeFileSync(join(path, 'data.mdb'), bytes)
  writeSync(1, `${JSON.stringify(await tried(path))}\n`)
  rmSync(path, { recursive: true })
}

async function tried(path) {
  let db
  try {
    db = await createDB({ path, durability: 'relaxed' }).ready()
  } catch (error) {
    return { refused: failure(error) }
  }
  const before = await read(db)
  const verified = await db.verify().then(({ ok }) => ok, failure)
  const written = []
  for (let n = 0; n < 8; n += 1) {
    const data = { n, text: 'y'.repeat(n * 900) }
    written.push(await db.put(data, { ancestors: [], moveHead: false }).catch(failure))
  }
  written.push(await db.setRemoteHead('new', refs[0] ?? written[0]).then(() => 'set', failure))
  await db.close().catch(() => undefined)
  try {
    db = await createDB({ path, durability: 'relaxed' }).ready()
  } catch (error) {
    return { before, verified, written, again: failure(error) }
  }
  const after = await read(db)
  await db.close().catch(() => undefined)
  return { before, verified, written, after }
}

async function read(db) {
  const head = await new Promise((resolve) => {
    db.head((error, ref) => resolve(error ? failure(error) : (ref ?? null)))
  })
  const data = []
  const metas = []
  for (const ref of refs) {
    data.push(await db.get(ref).catch(failure))
    metas.push(await metaOf(db, ref).catch(failure))
  }
  const remotes = await db.remotes().catch(failure)
  if (typeof remotes === 'object') delete remotes.new
  return {
    name: db.name,
    head,
    branches: await db.branches().catch(failure),
    remotes,
    data,
    metas,
    log: await movesOf(db).catch(failure),
    history: await db.refDifference(null, refs.at(-1) ?? null).catch(failure)
  }
}

/** The meta of a revision, read without its data. */
async function metaOf(db, ref) {
  const { value } = await db.history(ref, { data: false, limit: 1 }).next()
  return value?.meta ?? null
}

async function movesOf(db) {
  const moves = []
  for await (const { branch, from, to, action } of db.log()) moves.push([branch, from, to, action])
  return moves
}

function failure(error) {
  return `! ${error.code}`
}
