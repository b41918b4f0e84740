/**
 * The cost of a revision on the wire, over HTTP in one process: bytes of bodies, and processor time of both ends together,
 * compared with whole texts (to a client, and from a server, of an earlier version).
 *
 * Arguments: names of workloads, `--part=0.3` for a part of their revisions, by default a tenth.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createHandler } from '../../dist/http-entry.js'
import { createDB } from '../../dist/index.js'
import { versions, workloads } from './workloads.mjs'

const options = process.argv.slice(2)
const part = Number(options.find((it) => it.startsWith('--part='))?.slice(7) ?? 0.1)
const named = options.filter((it) => !it.startsWith('--'))
const abilities = 'histo-revisions-can'

const used = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

const folders = []

function open(name) {
  const path = mkdtempSync(join(tmpdir(), 'wire-'))
  folders.push(path)
  return createDB({ path, name, durability: 'relaxed' }).ready()
}

/** A client of `db`; `moved` counts the bytes of bodies both ways. Without `deltas` each side is told that the other has none. */
function clientOf(db, deltas) {
  const handler = createHandler(db, { authorize: () => true, heads: 'fast-forward' })
  const moved = { bytes: 0 }
  const counting = () =>
    new TransformStream({
      transform(chunk, controller) {
        moved.bytes += chunk.byteLength
        controller.enqueue(chunk)
      }
    })
  const fetch = async (url, init) => {
    const headers = new Headers(init.headers)
    if (!deltas) headers.set(abilities, 'meta')
    if (init.body instanceof Uint8Array) moved.bytes += init.body.byteLength
    const body = init.body instanceof ReadableStream ? init.body.pipeThrough(counting()) : init.body
    const answer = await handler(new Request(url, { ...init, headers, body }))
    const told = new Headers(answer.headers)
    if (!deltas) told.set(abilities, 'meta')
    const stream = answer.body?.pipeThrough(counting()) ?? null
    return new Response(stream, { status: answer.status, headers: told })
  }
  return { remote: connect('http://in.process/db', { fetch }), moved }
}

/** Has `run` move `count` revisions; bytes and microseconds a revision. */
async function measured(moved, count, run) {
  const [bytes, begun] = [moved.bytes, used()]
  await run()
  return { bytes: (moved.bytes - bytes) / count, us: (used() - begun) / count }
}

async function historyOf(name, count) {
  const db = await open('source')
  const heads = new Map()
  let batch = []
  for (const { branch, data } of versions(name, count)) {
    const before = heads.get(branch)
    const put = db.put(data, before === undefined ? [] : [await before], { moveHead: branch === 0 })
    heads.set(branch, put)
    batch.push(put)
    if (batch.length < 64) continue
    await Promise.all(batch)
    batch = []
  }
  await Promise.all(batch)
  return db
}

const figure = (number) => (number < 100 ? number.toFixed(1) : number.toFixed(0))

console.log(
  '| | revisions | texts | pull, B a revision | us | push, B a revision | us | one edit pulled, B | pushed, B |'
)
console.log('|---|---|---|---|---|---|---|---|---|')
const all = ['A', 'A3', 'M', 'B', 'C'] // each a line of revisions
for (const name of named.length > 0 ? all.filter((it) => named.includes(it)) : all) {
  const count = Math.max(500, Math.round(workloads[name].count * part))
  const source = await historyOf(name, count + 2)
  const order = []
  for await (const { ref } of source.history(source.head(), { data: false })) order.unshift(ref)
  for (const deltas of [true, false]) {
    await source.setHead(order[count - 1])
    const client = await open('client')
    const down = clientOf(source, deltas)
    const pull = await measured(down.moved, count, () =>
      client.pull(down.remote, { resolve: 'json' })
    )
    const server = await open('server')
    const up = clientOf(server, deltas)
    const push = await measured(up.moved, count, () => source.push(up.remote))
    await source.setHead(order[count])
    const pulled = await measured(down.moved, 1, () =>
      client.pull(down.remote, { resolve: 'json' })
    )
    const pushed = await measured(up.moved, 1, () => source.push(up.remote))
    if (client.head() !== order[count] || server.head() !== order[count])
      throw new Error('not there')
    const figures = [pull.bytes, pull.us, push.bytes, push.us, pulled.bytes, pushed.bytes]
    console.log(
      `| ${name} | ${count} | ${deltas ? 'changes' : 'whole'} | ${figures.map(figure).join(' | ')} |`
    )
    await client.close()
    await server.close()
  }
  await source.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
}
