/**
 * `completion`: scripts with which shells complete verbs, options and branches.
 *
 * They call the command itself (`histo completion names`), so that they need no update with each version.
 */

import { shown } from '../base/shown.js'
import { bash } from './completion-bash.js'
import { fish } from './completion-fish.js'
import { zsh } from './completion-zsh.js'
import { Misuse } from './fail.js'
import { readingSoon } from './open.js'
import { exit, type Shell } from './shell.js'

/** Ms for which a server is waited for while somebody looks at the line. */
const patience = 1500

const scripts: Readonly<Record<string, () => string>> = { bash, zsh, fish }

/** Prints a script, or the words that a script requests. */
export async function run(shell: Shell): Promise<number> {
  const [what = ''] = shell.operands
  if (what === 'names') {
    for (const name of await names(shell)) await shell.out.line(name)
    return exit.done
  }
  const script = Object.hasOwn(scripts, what) ? scripts[what] : undefined
  if (script === undefined) throw new Misuse(`completion is for bash, zsh or fish, not '${what}'`)
  await shell.out.write(script())
  return exit.done
}

/**
 * The branches, as names of refs; none without a database. The shell writes them on the terminal unescaped, so
 * names with characters that change the direction of text are left out.
 */
async function names(shell: Shell): Promise<string[]> {
  try {
    const db = await readingSoon(shell, patience)
    const all = [
      ...Object.keys(await db.branches()),
      ...Object.keys(await db.remotes()).map((name) => `remotes/${name}`)
    ]
    return all.filter((name) => shown(name) === name)
  } catch {
    return [] // no completion, and no message in the middle of a line
  }
}
