/**
 * Bytes of JavaScript's heap that a call takes, one JSON object a line. Run by `npm run check:costs`, with
 * `--expose-gc`, a young space so large that nothing is collected while it counts, and one thread for V8: when code
 * is optimized would differ otherwise.
 *
 * In memory, so that no disk is waited for. How acknowledgements gather differs from run to run, and so do
 * the bytes by some percent: of nine rounds the third from below counts, which is the same within one percent.
 */

import { createDB } from '../../dist/index.js'

const calls = 2000
const rounds = 9
const counts = 2

const item = (number) => {
  const made = { id: number, kind: 'task', title: `Revision ${number}`, tags: ['bench'], body: '' }
  return { ...made, body: 'x'.repeat(220 - JSON.stringify(made).length) }
}

const db = await createDB().ready()
const all = Array.from({ length: calls }, (_, index) => item(index))
let refs = []

async function count(question, work) {
  const bytes = []
  for (let round = 0; round < rounds; round += 1) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    await work()
    bytes.push(Math.round((process.memoryUsage().heapUsed - before) / calls))
  }
  console.log(JSON.stringify({ question, bytes: bytes.sort((a, b) => a - b)[counts] }))
}

await count('put, awaited', async () => {
  const made = []
  for (const data of all) made.push(await db.put(data))
  refs = made
})
await count('put, 1,000 in flight', async () => {
  for (let at = 0; at < calls; at += 1000) {
    await Promise.all(all.slice(at, at + 1000).map((data) => db.put(data)))
  }
})
await count('get, awaited', async () => {
  for (const ref of refs) await db.get(ref)
})
await count('mergeBases, awaited', async () => {
  for (let at = 0; at < calls; at += 1) await db.mergeBases(refs[at], refs[calls - 1 - at])
})
const data = await db.get(refs[calls - 1])
if (JSON.stringify(data) === undefined || data.id !== calls - 1) throw new Error('other data')
await db.close()
