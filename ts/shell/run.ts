/**
 * Runs a command line: parses it, loads and runs the verb, sets the exit code and prints errors in one line.
 */

import { codeOf, exit, exitCodeOf, Misuse, messageOf, NobodyReads, stackOf } from './fail.js'
import { type Colour, Output, takesColour } from './output.js'
import { type Parsed, parse, verbNamed, whenColour } from './parse.js'
import { Shell } from './shell.js'
import type { Verb } from './verb.js'
import { workOf } from './works.js'

/** Runs `args`, and sets the exit code of the process. */
export async function run(args: readonly string[], version: () => string): Promise<void> {
  const before = { json: args.includes('--json'), debug: args.includes('--debug') }
  const plainErr = new Output(process.stderr, takesColour(process.stderr, 'auto', process.env))
  try {
    process.exitCode = await attempt(args, version, plainErr)
  } catch (error) {
    if (error instanceof NobodyReads) return
    process.exitCode = exitCodeOf(error)
    await report(error, plainErr, before).catch(() => undefined) // nobody reads standard error either
  }
}

async function attempt(
  args: readonly string[],
  version: () => string,
  err: Output
): Promise<number> {
  const parsed = parse(args)
  const colour = colourOf(parsed)
  const out = new Output(process.stdout, takesColour(process.stdout, colour, process.env))
  if (parsed.options.has('version')) {
    await out.line(version())
    return exit.done
  }
  const { verb, operands } = chosen(parsed)
  const surroundings = {
    env: process.env,
    out,
    err,
    get input() {
      return process.stdin
    }
  }
  const shell = new Shell(verb, { ...parsed, operands }, surroundings)
  checkOperands(verb, operands)
  const work = await workOf(verb.name)
  const code = await work(shell).finally(() => shell.close())
  await out.end()
  return code
}

/** The verb to run; `-h` is `help` of the verb, and an empty command line is the smartlog. */
function chosen({ verb, operands, options }: Parsed): { verb: Verb; operands: readonly string[] } {
  if (!options.has('help')) return { verb: verb ?? verbNamed('smartlog'), operands }
  return { verb: verbNamed('help'), operands: verb === undefined ? [] : [verb.name] }
}

function colourOf({ options }: Parsed): Colour {
  const given = options.get('color') ?? 'auto'
  const found = whenColour.find((when) => when === given)
  if (found !== undefined) return found
  throw new Misuse(`--color is always, never or auto, not '${given}'`)
}

function checkOperands({ name, operands, count: [least, most] }: Verb, given: readonly string[]) {
  if (given.length >= least && given.length <= most) return
  const surplus = given[most]
  const how = surplus === undefined ? 'needs more' : `takes no '${surplus}'`
  throw new Misuse(`histo ${name} ${how}: histo ${name} ${operands}`.trimEnd())
}

async function report(
  error: unknown,
  err: Output,
  { json, debug }: { readonly json: boolean; readonly debug: boolean }
): Promise<void> {
  const message = messageOf(error)
  if (json) {
    const code = codeOf(error)
    await err.json({ error: { ...(code === undefined ? {} : { code }), message } })
  } else {
    await err.line(`${err.paint('red', 'histo:')} ${message}`)
  }
  if (debug) await err.line(stackOf(error))
}
