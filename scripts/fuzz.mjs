/**
 * `npm run fuzz [-- name …]`: each fuzz target whose name has one of the words, or all of them, for half an
 * hour, two at a time, each in a separate process; prints a line for each that has ended. `HISTO_FUZZ_SECONDS`
 * sets another time. Findings, if any, follow that line.
 */

import { main, Problem, run } from './lib/process.mjs'

/** Targets that read foreign bytes come first, and of those of the file the ones that others depend on. */
const order = ['canonical', 'sealed_record', 'sealed_chunk', 'meta', 'wire', 'received', 'sealed']
const atOnce = 2

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
  const args = ['test', '--release', '-p', 'histo-fuzz', '--test', 'it', '--no-run']
  const { code, output } = await run('cargo', [...args, '--message-format', 'json'])
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
  const timed = ['-c', 'TIMEFORMAT="processor %U %S"; time "$0" "$@"', binary]
  const args = [...timed, target, '--exact', '--nocapture', '--test-threads=1']
  const start = performance.now()
  const { code, output } = await run('bash', args, { env: { HISTO_LONG: '1' } })
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  const tried = [...output.matchAll(/rng inputs: (\d+)/g)].reduce(
    (sum, [, n]) => sum + Number(n),
    0
  )
  const [, user, system] = /^processor ([\d.]+) ([\d.]+)$/m.exec(output) ?? []
  const processor = (Number(user) + Number(system)).toFixed(0)
  const told = output.split('\n').map((line) => line.slice(0, 200))
  const found = code === 0 && tried > 0 ? 'nothing found' : `FAILED:\n${told.join('\n')}`
  console.log(`${target}: ${seconds} s, ${processor} s of processor, ${tried} inputs, ${found}`)
  return code === 0 && tried > 0
}
