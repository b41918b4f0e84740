/**
 * A process that serves a database of many small revisions and one megabyte, and tells what it takes. Over
 * IPC: `{ port, refs, large }` once, then `{ worst, peak, ran, queued }` for each message, since the one before.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createListener } from '../../dist/http-entry.js'
import { createDB } from '../../dist/index.js'

const [, , path, revisions] = process.argv
/** Revisions of one write. */
const group = 5000
/** Refs that are told. */
const mostRefs = 65_536

const db = await createDB({ path, name: 'served', durability: 'relaxed' }).ready()
const known = `${path}.json`
if (!existsSync(known)) writeFileSync(known, JSON.stringify(await fill()))
const { refs, large } = JSON.parse(readFileSync(known, 'utf8'))

async function fill() {
  const refs = []
  for (let at = 0; at < Number(revisions); at += group) {
    const count = Math.min(group, Number(revisions) - at)
    const items = Array.from({ length: count }, (_, place) => ({ data: { number: at + place } }))
    refs.push(...(await db.putMany(items)))
    refs.splice(0, refs.length - mostRefs)
  }
  const text = Array.from({ length: 1 << 20 }, () => String.fromCharCode(35 + Math.random() * 56))
  const large = await db.put(text.join(''))
  refs.push(large, ...(await db.putMany([{ data: 'a' }, { data: 'b' }])))
  return { refs: refs.slice(-mostRefs), large }
}

const server = createServer(createListener(db, { authorize: () => true }))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
let peak = 0
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)
/** ms that the thread of the event loop has run, and waited for a processor that others had (Linux). */
function scheduled() {
  const file = `/proc/self/task/${process.pid}/schedstat`
  if (!existsSync(file)) return [0, 0]
  return readFileSync(file, 'utf8')
    .split(' ', 2)
    .map((ns) => Number(ns) / 1e6)
}

let before = scheduled()
process.on('message', () => {
  const now = scheduled()
  const [ran, queued] = now.map((ms, at) => Math.round(ms - before[at]))
  before = now
  process.send({ worst: delay.max / 1e6, peak, ran, queued })
  delay.reset()
  peak = 0
})
process.on('disconnect', () => process.exit())
process.send({ port: server.address().port, refs, large })
