/**
 * `npm run bench:agents [-- --quick] [-- --ours] [-- a workload …]`: workloads of agents over our checkpointer and, from
 * `benches/compare`, those from npm for SQLite and PostgreSQL. `--ours` leaves the others out.
 *
 * Times are processor time of the process, all threads, in ms; PostgreSQL's own is not in it.
 */

import { installEngines } from './lib/benches.mjs'
import { at } from './lib/paths.mjs'
import { run } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

const options = process.argv.slice(2)
const size = options.includes('--quick') ? 'quick' : 'whole'
const named = options.filter((option) => !option.startsWith('--'))

const ours = ['HistoSaver on a path', 'HistoSaver in memory', 'MemorySaver']
const others = ['SqliteSaver', 'PostgresSaver']

const mb = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`
const ms = (time) => `${time.toFixed(2)} ms`

/** How a measure is printed. */
const shown = {
  cpu: (time) => `${ms(time)} of processor time a checkpoint`,
  wall: (time) => `${ms(time)} by the clock`,
  bytes: (bytes, { total }) =>
    total === undefined ? mb(bytes) : `${mb(bytes)}, ${((bytes / total) * 100).toFixed(2)}% of all`,
  get: (time) => `a random one read in ${ms(time)}`,
  slowest: (time) => `99 of 100 below ${ms(time)}`,
  rate: (rate) => `${Math.round(rate)} checkpoints a second`,
  failed: (message) => `failed: ${message}`
}

/** The targets of ours on a path; not for the quick size. */
const targets = {
  'a conversation': ({ bytes, cpu }) => [
    [`at most 1.5 MB`, bytes <= 1.5e6],
    [`at most 1.5 ms`, cpu <= 1.5]
  ],
  forks: ({ bytes, total, get }) => [
    ['at most 2% of all', bytes <= total * 0.02],
    ['read in at most 2 ms', get <= 2]
  ],
  'a crowd': ({ rate }) => [['at least 800 a second', rate >= 800]]
}

async function measure(saver, workload) {
  const program = at('benches', 'agents', 'run.mjs')
  const { output } = await run(process.execPath, [program, saver, workload, size])
  const measured = JSON.parse(output.trim().split('\n').at(-1))
  const parts = Object.entries(shown).flatMap(([what, show]) =>
    measured[what] === undefined ? [] : [show(measured[what], measured)]
  )
  console.log(`  ${saver}: ${parts.join('; ')}`)
  return measured
}

await main(async () => {
  await setUp()
  const savers = options.includes('--ours') ? ours : [...ours, ...others]
  if (!options.includes('--ours')) await installEngines()
  const { workloads } = await import('../benches/agents/workloads.mjs')
  let failures = 0
  for (const workload of named.length > 0 ? named : Object.keys(workloads)) {
    console.log(`${workload}: ${JSON.stringify(workloads[workload][size])}`)
    for (const saver of savers) {
      const measured = await measure(saver, workload)
      if (saver !== ours[0]) continue
      if (measured.failed !== undefined) failures += 1
      if (size === 'quick' || measured.failed !== undefined) continue
      for (const [target, isMet] of targets[workload]?.(measured) ?? []) {
        console.log(`    ${target}: ${isMet ? 'met' : 'missed'}`)
      }
    }
  }
  return failures === 0 ? 0 : 1
})
