/**
 * Thousands of branches in one exchange over loopback HTTP, between two databases on disk in two processes, beside `git
 * fetch` of as many refs from a repository on the same disk, without HTTP.
 *
 * Arguments: `--documents=10000,100000`, how many branches; `--without=git`. Bytes are those of bodies, both ways. Exits 1
 * where one of the targets is missed for 10,000 documents.
 */

import { execFileSync, fork, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../../dist/http-entry.js'
import { createDB, createSynchronizer } from '../../dist/index.js'

const versions = 5
const [changed, rounds] = [10, 9]
/** Most milliseconds, requests and bytes, for 10,000 documents. */
const targets = {
  first: { ms: 2000, requests: 3, bytes: Number.POSITIVE_INFINITY },
  'nothing new': { ms: 10, requests: 1, bytes: 200 },
  '10 changed': { ms: 15, requests: 2, bytes: 5000 }
}

const options = process.argv.slice(2)
const value = (name, usual) =>
  options.find((it) => it.startsWith(`--${name}=`))?.slice(name.length + 3) ?? usual
const sizes = value('documents', '10000,100000').split(',').map(Number)
const withGit = value('without', '') !== 'git'

const parent = fileURLToPath(new URL('../../target/bench-data', import.meta.url))
mkdirSync(parent, { recursive: true })

const medianOf = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** The process that serves, and how to ask it. */
function served() {
  const child = fork(fileURLToPath(new URL('served.mjs', import.meta.url)))
  const waiting = new Map()
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(result)
    else reject(new Error(error))
  })
  let last = 0
  return (call, argument) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject })
      child.send({ id: last, call, argument })
    })
}

/**
 * A client that counts requests, and bytes of bodies where `counts.bytes` is set: that takes a stream more for each answer,
 * some 15% of the processor time of a small run, so that runs that are timed do without.
 */
function counting(port) {
  const moved = { requests: 0, bytes: 0 }
  const counts = { bytes: false }
  const fetch = async (url, init) => {
    moved.requests += 1
    if (!counts.bytes) return await globalThis.fetch(url, init)
    if (init.body instanceof Uint8Array) moved.bytes += init.body.byteLength
    const answer = await globalThis.fetch(url, init)
    const count = new TransformStream({
      transform(chunk, controller) {
        moved.bytes += chunk.byteLength
        controller.enqueue(chunk)
      }
    })
    const { status, headers } = answer
    return new Response(answer.body?.pipeThrough(count) ?? null, { status, headers })
  }
  return { remote: connect(`http://127.0.0.1:${port}/`, { fetch }), moved, counts }
}

/** Times a run, with what it moved. */
async function timed(run, moved) {
  Object.assign(moved, { requests: 0, bytes: 0 })
  const begun = performance.now()
  const result = await run()
  return { ms: performance.now() - begun, ...moved, result }
}

async function ours(documents, folder) {
  const ask = served()
  const port = await ask('make', { path: join(folder, 'server'), documents, versions })
  const { remote, moved, counts } = counting(port)
  const db = await createDB({ path: join(folder, 'client'), name: 'client' }).ready()
  const run = createSynchronizer(remote, db, { branches: 'doc/' }).run
  counts.bytes = true
  const first = await timed(run, moved)
  expectRun(first, documents * versions, documents)
  /** Runs that are timed, then one whose bytes are counted. */
  const several = async (wanted, before = () => undefined) => {
    const all = []
    for (let round = 0; round <= rounds; round += 1) {
      await before(round)
      counts.bytes = round === rounds
      all.push(await timed(run, moved))
      expectRun(all.at(-1), wanted, wanted)
    }
    const { requests, bytes } = all.pop()
    return { ms: medianOf(all.map(({ ms }) => ms)), requests, bytes }
  }
  const nothing = await several(0)
  const step = Math.floor(documents / changed)
  const edit = (round) => ask('edit', { count: changed, step, version: versions + round })
  const some = await several(changed, edit)
  await db.close()
  await ask('close')
  return { first, 'nothing new': nothing, '10 changed': some }
}

function expectRun({ result: { revisions, heads } }, wanted, branches) {
  const count = Object.keys(heads).length
  if (revisions === wanted && count === branches) return
  throw new Error(`${revisions} revisions and ${count} heads came, not ${wanted} and ${branches}`)
}

/** The same by git: commits of a file each, and a fetch of all refs. */
function gits(documents, folder) {
  const [source, target] = [join(folder, 'source.git'), join(folder, 'target.git')]
  const git = (args, input) =>
    execFileSync('git', args, { input, stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 2 ** 30 })
  for (const path of [source, target]) git(['init', '--quiet', '--bare', path])
  const commit = (n, version, from) => {
    const text = JSON.stringify({ id: n, version, text: 'word '.repeat(7) })
    const head = `commit refs/heads/doc/${n}\ncommitter b <b@localhost> ${version} +0000\ndata 0\n`
    return `${head}${from}\nM 100644 inline document\ndata ${text.length}\n${text}\n`
  }
  let text = ''
  for (let n = 0; n < documents; n += 1) {
    for (let version = 0; version < versions; version += 1) text += commit(n, version, '')
  }
  git(['-C', source, 'fast-import', '--quiet'], text)
  git(['-C', source, 'pack-refs', '--all'])
  const fetch = () => {
    const begun = performance.now()
    git(['-C', target, 'fetch', '--quiet', `file://${source}`, '+refs/heads/*:refs/remotes/s/*'])
    return performance.now() - begun
  }
  const first = fetch()
  git(['-C', target, 'pack-refs', '--all'])
  const nothing = Array.from({ length: 3 }, fetch)
  const some = Array.from({ length: 3 }, (_, round) => {
    const step = Math.floor(documents / changed)
    const edits = Array.from({ length: changed }, (_edit, at) => {
      const n = at * step
      return commit(n, versions + round, `from refs/heads/doc/${n}^0`)
    })
    git(['-C', source, 'fast-import', '--quiet'], edits.join(''))
    return fetch()
  })
  return { first, 'nothing new': medianOf(nothing), '10 changed': medianOf(some) }
}

let isMissed = false
for (const documents of sizes) {
  const folder = mkdtempSync(join(parent, 'documents-'))
  try {
    const figures = await ours(documents, folder)
    const hasGit = withGit && spawnSync('git', ['--version']).status === 0
    const beside = hasGit ? gits(documents, folder) : {}
    console.log(`\n${documents} branches of ${versions} revisions`)
    for (const [what, { ms, requests, bytes }] of Object.entries(figures)) {
      const target = targets[what]
      const isMet = ms <= target.ms && requests <= target.requests && bytes <= target.bytes
      if (documents === 10_000 && !isMet) isMissed = true
      const git = beside[what] === undefined ? '' : `, git fetch ${beside[what].toFixed(1)} ms`
      const note = documents === 10_000 && !isMet ? ' (target missed)' : ''
      console.log(
        `${what.padEnd(12)} ${ms.toFixed(1)} ms, ${requests} requests, ${bytes} bytes${git}${note}`
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
process.exitCode = isMissed ? 1 : 0
