/** `completion`: the scripts, run by the shells that they are for. */

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { globalOptions } from '../../ts/shell/parse.js'
import { verbs } from '../../ts/shell/verbs.js'
import { possible } from '../support/skip.js'
import { command, folder, hasTerminal, histo, lines, shell } from './histo.js'

function isThere(name: string): boolean {
  return possible(spawnSync(name, ['--version']).status === 0, `completion in ${name}`)
}

/** Names that a shell must not take for anything else, of a database of somebody else. */
const names = [
  'idea',
  'inner thoughts',
  "it's",
  'i$(touch pwned)',
  'i`touch pwned`',
  'i;touch pwned'
]

/** A folder with a database in `notes`, and the command `histo` in `bin`. */
async function place(): Promise<{ readonly cwd: string; readonly env: Record<string, string> }> {
  const cwd = folder()
  await using db = await createDB<number>({ path: join(cwd, 'notes') }).ready()
  const ref = await db.put(1)
  for (const name of [...names, 'i\u202eaedi']) await db.branch(name).setHead(ref)
  const file = join(cwd, 'histo')
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`)
  chmodSync(file, 0o755)
  return { cwd, env: { PATH: `${cwd}:${process.env['PATH']}`, HOME: cwd } }
}

test('bash completes verbs, options and branches, of the database that the line names', async () => {
  const { cwd } = await place()
  const completed = async (...words: string[]) => {
    const at = words.length - 1
    const line = `eval "$(histo completion bash)"; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${at}; _histo; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { out, err } = await shell(line, { cwd })
    expect(err).toBe('')
    return out.trim().split('\n')
  }
  expect(await completed('histo', 'me')).toEqual(['merge-base', 'merge'])
  expect(await completed('histo', '--db', 'x', 'put', '--b')).toEqual(['--branch', '--binary'])
  expect(await completed('histo', 'import', 'g')).toEqual(['git'])
  expect(await completed('histo', 'show', 'id')).toEqual([''])
  expect(await completed('histo', 'show', '--db', 'notes', 'id')).toEqual(['idea'])
  const all = await completed('histo', '--db', 'notes', 'log', '-n', '3', 'i')
  expect(all).toContain('inner\\ thoughts')
  expect(all).toHaveLength(names.length)
  expect(existsSync(join(cwd, 'pwned'))).toBe(false)
})

/**
 * Types keys into an interactive zsh, and prints the line that it has then. Waits until zsh edits a line: keys that come
 * before are the terminal's.
 */
const typist = `
import os, pty, sys, time
line, cwd = sys.argv[1], sys.argv[2]
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(cwd)
    os.execvp('zsh', ['zsh', '-f', '-i'])
def say(text): os.write(terminal, text.encode())
def wait(name):
    end = time.time() + 60
    while not os.path.exists(os.path.join(cwd, name)):
        if time.time() > end: sys.exit('no ' + name)
        try: os.set_blocking(terminal, False); os.read(terminal, 65536)
        except OSError: pass
        time.sleep(0.02)
say("autoload -Uz compinit; compinit -u -D; eval \\"$(histo completion zsh)\\"; dump() { print -rn -- \\"$BUFFER\\" > line.tmp; mv line.tmp line; }; zle -N dump; bindkey '^X^E' dump; bindkey '^I' complete-word; zle-line-init() { : > ready }; zle -N zle-line-init\\n")
wait('ready')
say(line + '\\t\\x18\\x05')
wait('line')
say('\\x15exit\\n')
`

test.runIf(hasTerminal && isThere('zsh'))(
  'zsh completes verbs, options, branches and files',
  async () => {
    const { cwd, env } = await place()
    const typed = (line: string) => {
      for (const name of ['ready', 'line']) spawnSync('rm', ['-f', join(cwd, name)])
      const options = { env: { ...process.env, ...env, TERM: 'xterm' } }
      const { stderr } = spawnSync('python3', ['-c', typist, line, cwd], options)
      expect(stderr.toString()).toBe('')
      return readFileSync(join(cwd, 'line'), 'utf8')
    }
    expect(typed('histo sho')).toBe('histo show ')
    expect(typed('histo put --bin')).toBe('histo put --binary ')
    expect(typed('histo import g')).toBe('histo import git ')
    expect(typed('histo show --db notes id')).toBe('histo show --db notes idea ')
    expect(typed('histo --db notes log inn')).toBe('histo --db notes log inner\\ thoughts ')
    expect(typed('histo --db no')).toBe('histo --db notes/')
    expect(existsSync(join(cwd, 'pwned'))).toBe(false)
  },
  120_000
)

test.runIf(isThere('fish'))('fish completes verbs, options, branches and files', async () => {
  const { cwd, env } = await place()
  const completed = (line: string) => {
    const script = `histo completion fish | source; complete -C ${JSON.stringify(line)}`
    const options = { cwd, env: { ...process.env, ...env } }
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], options)
    expect(stderr.toString()).toBe('')
    return stdout
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((text) => text.split('\t', 1)[0])
  }
  expect(completed('histo lo')).toEqual(['log'])
  expect(completed('histo --db notes me').toSorted()).toEqual(['merge', 'merge-base'])
  expect(completed('histo put --bin')).toEqual(['--binary'])
  expect(completed('histo import g')).toEqual(['git'])
  expect(completed('histo show --db notes id')).toEqual(['idea'])
  expect(completed('histo --db notes log i').toSorted()).toEqual(names.toSorted())
  expect(completed('histo --db no')).toEqual(['notes/'])
  expect(existsSync(join(cwd, 'pwned'))).toBe(false)
})

test.each(['bash', 'zsh', 'fish'])(
  'the script for %s names every verb and option',
  async (name) => {
    const script = (await lines(['completion', name])).join('\n')
    for (const verb of verbs) {
      expect(script).toContain(verb.name)
      for (const option of Object.keys({ ...verb.options, ...globalOptions })) {
        expect(script).toMatch(new RegExp(`(--|-l )${option}\\b`))
      }
    }
    const file = join(folder(), 'script')
    writeFileSync(file, script)
    const checked = spawnSync(name, ['-n', file])
    expect(checked.error === undefined ? checked.stderr.toString() : '').toBe('')
  }
)

test('completion of another shell is misuse; names are empty where there is no database', async () => {
  expect(await histo(['completion', 'tcsh'])).toMatchObject({ code: 2 })
  expect(await lines(['completion', 'names'], { cwd: join(folder()) })).toEqual([])
})
