/** Trying flips in children, two at a time: a crash costs the flip that it came of, and no other. */

import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faultsOf } from './judge.mjs'

const child = fileURLToPath(new URL('child.mjs', import.meta.url))
const atOnce = 2
/** A child that says nothing for so long hangs. */
const patience = 30_000
const whole = -1

/** The flips of a database that went wrong, with what did. */
export async function tryAll({ kind, bytes, refs, flips, work }) {
  const file = join(work, `${kind}.mdb`)
  writeFileSync(file, bytes)
  const queue = [...flips]
  const found = []
  const share = Math.ceil(queue.length / atOnce)
  const workers = Array.from({ length: atOnce }, async (_, worker) => {
    const place = join(work, `${kind}-${worker}`)
    mkdirSync(place, { recursive: true })
    let own = queue.slice(worker * share, (worker + 1) * share)
    while (own.length > 0) {
      const { lines, how } = await runChild({ file, refs, flips: [whole, ...own], work: place })
      const [truth, ...tried] = lines
      if (truth?.after === undefined) throw new Error(`${kind} cannot be read whole: ${how}`)
      for (const [n, answers] of tried.entries()) {
        const faults = faultsOf(answers, truth)
        if (faults.length > 0) found.push({ flip: own[n], faults })
      }
      if (tried.length < own.length)
        found.push({ flip: own[tried.length], faults: [`KILLED ${how}`] })
      own = own.slice(tried.length + 1)
    }
  })
  await Promise.all(workers)
  return found
}

/** The lines that a child printed, and how it ended. */
function runChild(input) {
  const given = join(input.work, 'input.json')
  writeFileSync(given, JSON.stringify(input))
  return new Promise((resolve) => {
    const started = spawn(process.execPath, [child, given])
    const chunks = []
    let said = ''
    let timer = setTimeout(() => started.kill('SIGKILL'), patience)
    started.stdout.on('data', (chunk) => {
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(() => started.kill('SIGKILL'), patience)
    })
    started.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-300)
    })
    started.once('close', (code, signal) => {
      clearTimeout(timer)
      const text = Buffer.concat(chunks).toString()
      const lines = text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
      resolve({ lines, how: signal ?? `code ${code} ${said}` })
    })
  })
}
