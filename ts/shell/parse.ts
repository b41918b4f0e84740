/**
 * Reads the command line: a verb, its operands and options, and the global options in any position.
 *
 * Uses `parseArgs` of Node.js, whose tokens have positions, so that no dependency must be loaded.
 */

import { parseArgs } from 'node:util'
import { nearest } from '../base/nearest.js'
import { Misuse } from './fail.js'
import type { OptionSpec, OptionSpecs, Verb } from './verb.js'
import { verbs } from './verbs.js'

/** The values of `--color`. */
export const whenColour = ['always', 'never', 'auto'] as const

/** The options that every verb has. */
export const globalOptions: OptionSpecs = {
  db: { type: 'string', value: 'PATH|URL', says: 'the database; default HISTO_DB, or this folder' },
  json: { type: 'boolean', says: 'print one JSON value per line' },
  color: { type: 'string', value: 'WHEN', says: 'always, never or auto (also NO_COLOR)' },
  token: { type: 'string', value: 'TOKEN', says: 'for servers; better in HISTO_TOKEN' },
  debug: { type: 'boolean', says: 'print the stack of an error' },
  help: { type: 'boolean', short: 'h', says: 'print help' },
  version: { type: 'boolean', says: 'print the version' }
}

/** A command line, read. */
export interface Parsed {
  /** `undefined`: none was given. */
  readonly verb: Verb | undefined
  readonly operands: readonly string[]
  readonly options: ReadonlyMap<string, string | true>
  /** The options as they were typed, by their long names: `-n` for `limit`. */
  readonly typed: ReadonlyMap<string, string>
}

interface Token {
  readonly kind: 'option' | 'positional' | 'option-terminator'
  readonly name?: string
  readonly rawName?: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

/** All options of all verbs: a name has the same type everywhere, so that the verb may come after its options. */
function allOptions(): Record<string, OptionSpec> {
  const ofVerbs = verbs.map(({ options = {} }) => options)
  return Object.assign({}, ...ofVerbs, globalOptions)
}

/**
 * Reads `args`.
 *
 * @throws {Misuse} for an unknown verb or option, naming the nearest one, and for a missing or surplus value
 */
export function parse(args: readonly string[]): Parsed {
  const known = allOptions()
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { type, short }]) => [
        name,
        short === undefined ? { type } : { type, short }
      ])
    ),
    strict: false,
    tokens: true
  })
  const words = (tokens as Token[]).filter(({ kind }) => kind === 'positional')
  const [name, ...operands] = words.map(({ value = '' }) => value)
  const given = (tokens as Token[]).filter(({ kind }) => kind === 'option')
  const verb = name === undefined ? undefined : verbNamed(name)
  const options = new Map<string, string | true>()
  for (const token of given) options.set(...optionOf(token, verb, known))
  const typed = new Map(given.map(({ name: long = '', rawName = '' }) => [long, rawName]))
  return { verb, operands, options, typed }
}

/** The verb of a name. */
export function verbNamed(name: string): Verb {
  const found = verbs.find((verb) => verb.name === name)
  if (found !== undefined) return found
  const near = nearest(
    name,
    verbs.map((verb) => verb.name)
  )
  throw new Misuse(
    `histo has no verb '${name}'${hintOf(near && `'${near}'`)} ('histo help' lists all)`
  )
}

function optionOf(
  { name = '', rawName = '', value, inlineValue }: Token,
  verb: Verb | undefined,
  known: OptionSpecs
): [string, string | true] {
  const usable: OptionSpecs = { ...verb?.options, ...globalOptions }
  const spec = Object.hasOwn(usable, name) ? usable[name] : undefined
  if (spec === undefined) throw unknownOption(rawName, verb, usable, Object.hasOwn(known, name))
  if (spec.type === 'boolean') {
    if (inlineValue !== true) return [name, true]
    throw new Misuse(`${rawName} takes no value`)
  }
  const isMissing = value === undefined || (inlineValue !== true && /^-./.test(value))
  if (!isMissing) return [name, value]
  throw new Misuse(`${rawName} needs a value: ${rawName} ${spec.value ?? 'VALUE'}`)
}

function unknownOption(
  raw: string,
  verb: Verb | undefined,
  usable: OptionSpecs,
  isElsewhere: boolean
): Misuse {
  const place = verb === undefined ? 'histo' : `histo ${verb.name}`
  if (isElsewhere && verb === undefined)
    return new Misuse(`${raw} belongs to a verb: histo VERB ${raw}`)
  const names = Object.entries(usable).flatMap(([long, { short }]) =>
    short === undefined ? [`--${long}`] : [`--${long}`, `-${short}`]
  )
  const near = nearest(bare(raw), names.map(bare))
  const hint = hintOf(names.find((name) => bare(name) === near))
  const page = verb === undefined ? 'histo help' : `histo help ${verb.name}`
  return new Misuse(`${place} has no option ${raw}${hint} ('${page}' lists all)`)
}

/** An option without its dashes, in which no two differ. */
function bare(option: string): string {
  return option.replace(/^-+/, '')
}

function hintOf(near: string | undefined): string {
  return near === undefined ? '' : `; the nearest is ${near}`
}
