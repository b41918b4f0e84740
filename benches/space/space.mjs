/**
 * The size of a revision on disk: whole folders as `du` counts them, compared with whole payloads, git and SQLite.
 *
 * Arguments: names of workloads, `--part=0.1` for a part of their revisions, `--without=git,sqlite,gzip`. Times are processor
 * time of this process and its children, all threads. All of them have in it what the row "texts alone" takes, so subtract
 * that to compare stores.
 */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createDB } from '../../dist/index.js'
import { versions, workloads } from './workloads.mjs'

const gets = 500
const inFlight = 64

const options = process.argv.slice(2)
const part = Number(options.find((it) => it.startsWith('--part='))?.slice(7) ?? 1)
const without =
  options
    .find((it) => it.startsWith('--without='))
    ?.slice(10)
    .split(',') ?? []
const named = options.filter((it) => !it.startsWith('--'))

const used = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

const sizeOf = (folder) =>
  Number(spawnSync('du', ['-sB1', folder]).stdout.toString().split('\t')[0])

/** Ours, each version put on the one before of its document. */
async function ours(name, count, deltas) {
  const path = mkdtempSync(join(tmpdir(), 'space-'))
  const db = createDB({ path, durability: 'relaxed', deltas })
  await db.ready()
  const heads = new Map()
  const refs = []
  const begun = used()
  let batch = []
  const flush = async () => {
    const put = await Promise.all(batch)
    refs.push(...put)
    batch = []
  }
  for (const { branch, data } of versions(name, count)) {
    const before = heads.get(branch)
    const put = db.put(data, before === undefined ? [] : [await before], { moveHead: branch === 0 })
    heads.set(branch, put)
    batch.push(put)
    if (batch.length >= inFlight) await flush()
  }
  await flush()
  const putting = used() - begun
  let seed = 1
  const reading = used()
  for (let n = 0; n < gets; n += 1) {
    seed = (seed * 48_271) % 2_147_483_647
    await db.get(refs[seed % refs.length])
  }
  const get = (used() - reading) / gets
  await db.close()
  return { path, put: putting / count, get }
}

async function git(name, count, pack) {
  const path = mkdtempSync(join(tmpdir(), 'space-'))
  spawnSync('git', ['init', '-q', '--bare', path])
  const child = spawn('git', ['-C', path, 'fast-import', '--quiet'], {
    stdio: ['pipe', 'ignore', 'inherit']
  })
  for (const { branch, data } of versions(name, count)) {
    const text = JSON.stringify(data)
    const head = `commit refs/heads/b${branch}\ncommitter a <a@b> 0 +0000\ndata 0\nM 644 inline f\n`
    const more = child.stdin.write(`${head}data ${Buffer.byteLength(text)}\n${text}\n`)
    if (!more) await new Promise((resolve) => child.stdin.once('drain', resolve))
  }
  child.stdin.end()
  await new Promise((resolve) => child.once('close', resolve))
  if (pack) spawnSync('git', ['-C', path, 'repack', '-adfq'])
  return { path }
}

/** `undefined` where `better-sqlite3` is not installed (`benches/compare` has it). */
function sqlite(name, count, pack) {
  let Database
  try {
    Database = createRequire(new URL('../compare/package.json', import.meta.url))('better-sqlite3')
  } catch {
    return undefined
  }
  const path = mkdtempSync(join(tmpdir(), 'space-'))
  const db = new Database(join(path, 'db'))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec('CREATE TABLE v (id INTEGER PRIMARY KEY, parent INTEGER, data BLOB)')
  const put = db.prepare('INSERT INTO v VALUES (?, ?, ?)')
  const begun = used()
  let id = 0
  db.exec('BEGIN')
  for (const { data } of versions(name, count)) {
    const text = JSON.stringify(data)
    put.run(id, id - 1, pack ? gzipSync(text, { level: 6 }) : text)
    id += 1
    if (id % inFlight === 0) db.exec('COMMIT; BEGIN')
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  const putting = (used() - begun) / count
  db.close()
  return { path, put: putting }
}

/** What every store spends before it has a text: making the versions and `JSON.stringify`. */
function textsAlone(name, count) {
  const begun = used()
  let units = 0
  for (const { data } of versions(name, count)) units += JSON.stringify(data).length
  return { put: (used() - begun) / count, bytes: units / count }
}

const stores = [
  ['texts alone', textsAlone],
  ['ours', (name, count) => ours(name, count, true)],
  ['ours, whole', (name, count) => ours(name, count, false)],
  ['git fast-import', (name, count) => git(name, count, false)],
  ['git repack -adf', (name, count) => git(name, count, true)],
  ['sqlite, whole', (name, count) => sqlite(name, count, false)],
  ['sqlite, gzip', (name, count) => sqlite(name, count, true)]
].filter(([store]) => !without.some((word) => store.includes(word)))

const figure = (number, digits) => (number === undefined ? '-' : number.toFixed(digits))

console.log('| | revisions | store | B a revision | put, us | get, us |\n|---|---|---|---|---|---|')
for (const name of named.length > 0 ? named : Object.keys(workloads)) {
  const count = Math.max(1000, Math.round(workloads[name].count * part))
  for (const [store, run] of stores) {
    const done = await run(name, count)
    if (done === undefined) continue
    const bytes = figure(done.bytes ?? sizeOf(done.path) / count, 0)
    console.log(
      `| ${name} | ${count} | ${store} | ${bytes} | ${figure(done.put, 1)} | ${figure(done.get, 0)} |`
    )
    if (done.path !== undefined) rmSync(done.path, { recursive: true })
  }
}
