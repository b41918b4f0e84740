/**
 * Runs other programs and says how it went.
 *
 * Holds `run`, the steps' output and the one way to give up. Node built-ins alone.
 */

import { spawn } from 'node:child_process'
import { root } from './paths.mjs'

/** A problem that the user can solve: printed without a stack, exit code 1. */
export class Problem extends Error {}

/**
 * Runs a program to its end. Its output is kept, and passed on as well where `show` is true.
 * Resolves with `{ code, output }`; `code` is 127 where the program is not there, and 1 where a
 * signal ended it.
 */
export function run(command, args, { cwd = root, env = {}, show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } })
    const chunks = []
    const keep = (stream) => (chunk) => {
      chunks.push(chunk)
      if (show) stream.write(chunk)
    }
    child.stdin.end()
    child.stdout.on('data', keep(process.stdout))
    child.stderr.on('data', keep(process.stderr))
    const end = (code) => resolve({ code, output: Buffer.concat(chunks).toString() })
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${command}: ${error.message}\n`))
      end(error.code === 'ENOENT' ? 127 : 1)
    })
    child.once('close', (code) => end(code ?? 1))
  })
}

/** Runs one of the installed tools (`paths.mjs`) with this Node. */
export const runTool = (tool, args, options) => run(process.execPath, [tool, ...args], options)

/**
 * Says what begins, runs `work`, says how long it took. `work` answers `{ code, output }`, as
 * `run` does; whatever it printed is shown only where it failed.
 */
export async function step(title, work) {
  const start = performance.now()
  process.stdout.write(`${title} …`)
  const result = await work()
  process.stdout.write(` ${outcomeOf(result, start)}`)
  return result
}

/** As `step`, for what goes on beside other steps: says all of it at its end. */
export async function stepBeside(title, work) {
  const start = performance.now()
  const result = await work()
  process.stdout.write(`${title} … ${outcomeOf(result, start)}`)
  return result
}

function outcomeOf({ code, output, note }, start) {
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const told = note === undefined ? '' : `, ${note}`
  const failure = code === 0 ? '' : `${output.trimEnd()}\n`
  return `${code === 0 ? 'ok' : 'FAILED'} (${seconds} s${told})\n${failure}`
}

/** Like `step`, but a failure is a `Problem` and ends the script. */
export async function must(title, work, hint = '') {
  const result = await step(title, work)
  if (result.code !== 0) throw new Problem(`${title}: failed.${hint === '' ? '' : ` ${hint}`}`)
  return result
}

/** Runs a script's main function; its number is the exit code, and a `Problem` is 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0
  } catch (error) {
    console.error(error instanceof Problem ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}
