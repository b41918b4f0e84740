/**
 * `npm run bench:crowd [-- --quick] [-- a manner …]`: a server, 200 clients that misbehave in one way, and one good
 * client beside them. Its requests must take less than 100 ms (99th percentile), the server's process less
 * than 500 MB.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const isQuick = process.argv.includes('--quick')
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const [revisions, seconds, clients] = isQuick ? [50_000, 3, 50] : [1_000_000, 10, 200]
/** Seconds before the good one's requests count; the bad ones come at half of them. */
const warming = 2
const [mostTime, mostMemory] = [100, 500e6]

const folder = mkdtempSync(join(tmpdir(), 'histo-crowd-'))
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function tell(child, message) {
  const answer = once(child, 'message')
  child.send(message)
  return (await answer)[0]
}

const started = (name, ...args) =>
  fork(new URL(`./${name}.mjs`, import.meta.url), args.map(String), { stdio: 'inherit' })

/** A server of its own for each manner, so that each is told what it took. */
async function measure(manner, { served, good, bad }) {
  good.send('begin') // it is connected before the crowd comes
  await sleep(warming * 500)
  if (manner !== undefined) bad.send({ manner })
  await sleep(warming * 500)
  await tell(good, 'end')
  await tell(served, 'since')
  good.send('begin')
  await sleep(seconds * 1000)
  const { times, failures, slowest } = await tell(good, 'end')
  const { worst, peak, ran, queued } = await tell(served, 'since')
  const statuses = manner === undefined ? {} : await tell(bad, {})
  times.sort((one, other) => one - other)
  const at = (part) =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Infinity
  const isGood = at(0.99) < mostTime && peak < mostMemory && Object.keys(failures).length === 0
  const figures = [at(0.5), at(0.99), worst].map((ms) => `${ms.toFixed(1)} ms`.padStart(10))
  const told = JSON.stringify({
    ...statuses,
    slowest,
    ran,
    queued,
    ...(Object.keys(failures).length && { failures })
  })
  const name = (manner ?? 'nobody else').padEnd(40)
  const memory = `${Math.round(peak / 1e6)} MB`.padStart(8)
  console.log(`${isGood ? 'ok ' : 'BAD'} ${name}${figures.join('')}${memory}  ${told}`)
  return isGood
}

async function beside(use) {
  const served = started('served', join(folder, 'db'), revisions)
  const [{ port, refs, large }] = await once(served, 'message')
  const [good, bad] = [started('good', port), started('bad', port, clients)]
  try {
    await tell(good, refs)
    const names = await tell(bad, { refs, large })
    return await use({ served, good, bad, names })
  } finally {
    for (const child of [served, good, bad]) child.kill('SIGKILL')
  }
}

console.log(
  `${clients} clients of each manner, ${revisions} revisions, ${seconds} s: the good one's median`
)
console.log(
  'and 99th percentile, the longest halt of the event loop, the most memory, the statuses of the bad,'
)
console.log(
  'the slowest of the good one’s requests, and what the event loop’s thread ran and waited for a'
)
console.log(
  'processor that others had, in ms: where it waits more than it runs, the machine is measured'
)
let isGood = true
try {
  const names = await beside(async ({ names }) => names)
  const chosen = names.filter(
    (name) => wanted.length === 0 || wanted.some((part) => name.includes(part))
  )
  for (const manner of [undefined, ...chosen]) {
    isGood = (await beside((all) => measure(manner, all))) && isGood
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(isGood ? 0 : 1)
