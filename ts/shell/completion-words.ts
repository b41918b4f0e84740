/**
 * What the scripts of all shells complete, from the table of verbs.
 */

import { globalOptions } from './parse.js'
import type { OptionSpecs, Verb } from './verb.js'
import { verbs } from './verbs.js'

/** Verbs whose operands are refs or branches. */
export const refVerbs: readonly string[] = [
  'log',
  'show',
  'cat',
  'diff',
  'changes',
  'merge-base',
  'set-head',
  'merge',
  'delete-branch',
  'erase'
]

/** Verbs whose operands are files or folders, or may be. */
export const fileVerbs: readonly string[] = [
  'put',
  'pull',
  'push',
  'import',
  'export',
  'backup',
  'rescue'
]

/** Options whose values are branches, or begin their names. */
export const branchOptions: readonly string[] = ['--branch', '--branches']

/** The words that stand first behind some verbs. */
export function formsOf({ name }: Verb): readonly string[] {
  if (name === 'import' || name === 'export') return ['git', 'jsonl']
  if (name === 'help') return verbs.map((verb) => verb.name)
  return name === 'completion' ? ['bash', 'zsh', 'fish'] : []
}

/** The options of every verb with their dashes. */
export function globalNames(): string[] {
  return Object.keys(globalOptions).map((name) => `--${name}`)
}

/** The options of a verb with their dashes, those of every verb too. */
export function optionsOf({ options = {} }: Verb): string[] {
  return Object.keys({ ...options, ...globalOptions }).map((name) => `--${name}`)
}

/** The options behind which a value stands, with their dashes; but for `--db`, which is read. */
export function valued(): string[] {
  const all: OptionSpecs = Object.assign({}, ...verbs.map(({ options }) => options), globalOptions)
  const words = Object.entries(all).flatMap(([name, { type, short }]) => {
    if (type !== 'string' || name === 'db') return []
    return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
  })
  return words.sort()
}
