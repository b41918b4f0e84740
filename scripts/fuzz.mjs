/**
 * `npm run fuzz [-- name …]`: each fuzz target whose name has one of the words, or all of them, for half an
 * hour, two at a time, each in a separate process; prints a line for each that has ended. `HISTO_FUZZ_SECONDS`
 * sets another time. Findings, if any, follow that line.
 *
 * libFuzzer makes the inputs, guided by the code that earlier ones reached. Those that reached something new stay in
 * `target/fuzz/corpus`, where the next run begins.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/paths.mjs'
import { main, Problem, run } from './lib/process.mjs'

/** Targets that read foreign bytes come first, and of those of the file the ones that others depend on. */
const order = ['canonical', 'sealed_record', 'sealed_chunk', 'meta', 'wire', 'received', 'sealed']
const atOnce = 2
const folder = join(root, 'target/fuzz')
const seconds = Number(process.env.HISTO_FUZZ_SECONDS ?? 1800)
/** What the stable compiler needs to count which code an input reaches. */
const flags = [
  '--cfg=fuzzing',
  '--cfg=fuzzing_libfuzzer',
  '-Cpasses=sancov-module',
  ...['level=4', 'inline-8bit-counters', 'pc-table', 'trace-compares'].map(
    (option) => `-Cllvm-args=-sanitizer-coverage-${option}`
  )
]

await main(async () => {
  const binary = await build()
  const words = process.argv.slice(2)
  const targets = (await targetsOf(binary)).filter(
    (target) => words.length === 0 || words.some((word) => target.includes(word))
  )
  if (targets.length === 0) throw new Problem('No target has such a name.')
  let failed = 0
  const work = async () => {
    for (let target = targets.shift(); target !== undefined; target = targets.shift()) {
      if (!(await fuzz(binary, target))) failed += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return failed === 0 ? 0 : 1
})

async function build() {
  const { output: version } = await run('rustc', ['-vV'])
  const [, host = ''] = /^host: (.+)$/m.exec(version) ?? []
  // With a target given, the flags are not those of macros, which run in the compiler.
  const args = ['test', '--release', '-p', 'histo-fuzz', '--test', 'it', '--no-run']
  const env = { RUSTFLAGS: flags.join(' '), CARGO_PROFILE_RELEASE_LTO: 'off' }
  const into = ['--target', host, '--target-dir', folder, '--message-format', 'json']
  const { code, output } = await run('cargo', [...args, ...into], { env })
  if (code !== 0) throw new Problem(`The targets do not build:\n${output}`)
  const messages = output.split('\n').filter((line) => line.startsWith('{'))
  const built = messages.map((line) => JSON.parse(line)).find(({ executable }) => executable)
  return built.executable
}

/** The names of the targets, the first in `order` first. */
async function targetsOf(binary) {
  const { output } = await run(binary, ['--list'])
  const targets = [...output.matchAll(/^(.+): test$/gm)].map(([, name]) => name)
  const rank = (target) => {
    const place = order.findIndex((word) => target.includes(word))
    return place < 0 ? order.length : place
  }
  return targets.toSorted((a, b) => rank(a) - rank(b))
}

/** Runs a target, prints the outcome, and returns whether nothing was found. */
async function fuzz(binary, target) {
  // Relative, since bolero splits the arguments at spaces.
  const corpus = join('corpus', target.replaceAll(':', '_'))
  mkdirSync(join(folder, corpus), { recursive: true })
  const limits = `-max_total_time=${seconds} -timeout=60 -rss_limit_mb=4096`
  const env = { BOLERO_LIBFUZZER_ARGS: `${limits} -print_final_stats=1 ${corpus}` }
  const args = [target, '--exact', '--nocapture', '--test-threads=1']
  const { code, output } = await run(binary, args, { cwd: folder, env })
  const tried = Number(/number_of_executed_units: (\d+)/.exec(output)?.[1] ?? 0)
  const [, reached = '0'] = [...output.matchAll(/ cov: (\d+)/g)].at(-1) ?? []
  const told = output.split('\n').map((line) => line.slice(0, 200))
  const isSound = code === 0 && tried > 0
  const found = isSound ? 'nothing found' : `FAILED:\n${told.join('\n')}`
  console.log(`${target}: ${tried} inputs, ${reached} edges reached, ${found}`)
  return isSound
}
