/**
 * `help`: the list of verbs, or a page for one of them.
 */

import { exit } from './fail.js'
import { globalOptions, verbNamed } from './parse.js'
import type { Shell } from './shell.js'
import { padded, uncoloured, widthOf } from './text.js'
import type { OptionSpecs, Verb } from './verb.js'
import { groups } from './verbs.js'

/** Prints the requested page. */
export async function run(shell: Shell): Promise<number> {
  const [name] = shell.operands
  const lines = name === undefined ? overview(shell) : pageOf(shell, verbNamed(name))
  const { columns } = shell.out
  const text = lines.flatMap((line) => paragraphsOf(line, columns))
  await shell.out.write(`${text.flatMap((line) => wrapped(line, columns)).join('\n')}\n`)
  return exit.done
}

function overview(shell: Shell): string[] {
  const title = (text: string) => shell.out.paint('bold', text)
  return [
    'histo inspects and changes a database of histo-revisions.',
    '',
    `${title('Usage')}: histo [--db PATH|URL] VERB ...`,
    '       histo                  the heads, where they fork, and what is near them',
    '       histo help VERB        a page with examples',
    ...groups.flatMap(({ title: group, verbs }) => ['', title(group), ...verbs.map(entryOf)]),
    '',
    title('Options of every verb'),
    ...optionLines(globalOptions),
    '',
    'Exit codes: 0 success, 1 refused or failed, 2 wrong usage.'
  ]
}

function entryOf({ name, says }: Verb): string {
  return `  ${padded(name, 14)} ${says}`
}

function pageOf(shell: Shell, verb: Verb): string[] {
  const title = (text: string) => shell.out.paint('bold', text)
  const { name, operands, says, details, options = {}, json, examples } = verb
  const hasOptions = Object.keys(options).length > 0
  return [
    `${title('Usage')}: histo ${[name, operands, hasOptions ? '[options]' : ''].filter((part) => part !== '').join(' ')}`,
    '',
    `${says}.`,
    ...(details === undefined ? [] : ['', details]),
    ...(hasOptions ? ['', title('Options'), ...optionLines(options)] : []),
    ...(json === undefined ? [] : ['', title('With --json'), `  ${json}`]),
    '',
    title(examples.length === 1 ? 'Example' : 'Examples'),
    ...examples.flatMap(([line, what]) => [`  ${shell.out.paint('cyan', line)}`, `      ${what}`]),
    '',
    `Database: ${places[verb.over]}. 'histo help' lists the options of every verb.`
  ]
}

const places = {
  path: 'a folder',
  stores: 'a folder, or postgres://…',
  http: 'a folder, postgres://… or http://…',
  nothing: 'none needed'
} as const

/** The lines of a list of options. */
function optionLines(options: OptionSpecs): string[] {
  return Object.entries(options).map(([name, { short, value, says }]) => {
    const letter = short === undefined ? '    ' : `-${short}, `
    const long = `${letter}--${name}${value === undefined ? '' : ` ${value}`}`
    return `  ${padded(long, 22)} ${says}`
  })
}

/** The lines of a text; at a terminal, where they are wrapped anyway, a sentence that goes on in the next line is one. */
function paragraphsOf(text: string, columns: number): string[] {
  const isWrapped = columns < Number.POSITIVE_INFINITY
  const joined = isWrapped ? text.replace(/(?<=[^.\n])\n(?=[^\s])/g, ' ') : text
  return joined.split('\n')
}

/** Wraps a line that is wider than the terminal: at spaces, indented to where its text begins. */
export function wrapped(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line]
  const bare = uncoloured(line)
  if (bare !== line) return bare.startsWith(' ') ? [line] : wrapped(bare, columns) // a command stays one line
  const list = /^ {2,6}\S.*? {2,}(?=\S)/.exec(line)?.[0].length ?? 0
  const hanging = list > 0 && list < columns - 20 ? list : (/^ */.exec(line)?.[0].length ?? 0)
  const space = line.lastIndexOf(' ', columns)
  if (space <= hanging) return [line]
  const rest = ' '.repeat(hanging) + line.slice(space + 1)
  return [line.slice(0, space).trimEnd(), ...wrapped(rest, columns)]
}
