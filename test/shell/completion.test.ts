/** `completion`: the scripts, run by the shells that they are for. */

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { globalOptions } from '../../ts/shell/parse.js'
import { verbs } from '../../ts/shell/verbs.js'
import { possible } from '../support/skip.js'
import { command, folder, hasTerminal, histo, lines } from './histo.js'

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

/** Names that are cut by a shell, may be options, or would change the direction of text. */
const others = ['page:one', 'page:two', 'ann@host', '-dash', 'i\u202eaedi']

/** A folder with a database in `notes`, the same in `my notes`, and the command `histo` in `bin`. */
async function place(): Promise<{ readonly cwd: string; readonly env: Record<string, string> }> {
  const cwd = folder()
  for (const folderName of ['notes', 'my notes']) {
    await using db = await createDB<number>({ path: join(cwd, folderName) }).ready()
    const ref = await db.put(1)
    for (const name of [...names, ...others]) await db.branch(name).setHead(ref)
  }
  const file = join(cwd, 'histo')
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${command}" "$@"\n`)
  chmodSync(file, 0o755)
  return { cwd, env: { PATH: `${cwd}:${process.env['PATH']}`, HOME: cwd } }
}

/**
 * Types keys into an interactive shell, and prints the line that it has then. Waits until the shell edits a line: keys that
 * come before are the terminal's.
 */
const typist = `
import os, pty, sys, time
cwd, setup, line, argv = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(cwd)
    os.execvp(argv[0], argv)
def say(text): os.write(terminal, text.encode())
def wait(name):
    end = time.time() + 60
    while not os.path.exists(os.path.join(cwd, name)):
        if time.time() > end: sys.exit('no ' + name)
        try: os.set_blocking(terminal, False); os.read(terminal, 65536)
        except OSError: pass
        time.sleep(0.02)
say(setup + "\\n")
wait('ready')
say(line + '\\t\\x18\\x05')
wait('line')
say('\\x15exit\\n')
`

/** How each shell is started, and what it is told first: to say when it edits a line, and to write it at control-X control-E. */
const interactive = {
  bash: [
    'bash --norc --noprofile -i',
    `bind -x '"\\C-x\\C-e": printf %s "$READLINE_LINE" > line.tmp; mv line.tmp line'; eval "$(histo completion bash)"; PROMPT_COMMAND=': > ready'`
  ],
  zsh: [
    'zsh -f -i',
    `autoload -Uz compinit; compinit -u -D; eval "$(histo completion zsh)"; dump() { print -rn -- "$BUFFER" > line.tmp; mv line.tmp line; }; zle -N dump; bindkey '^X^E' dump; bindkey '^I' complete-word; zle-line-init() { : > ready }; zle -N zle-line-init`
  ]
} as const

/** What a line becomes by the key Tab. */
function typed(
  name: keyof typeof interactive,
  { cwd, env }: Awaited<ReturnType<typeof place>>,
  line: string
): string {
  for (const file of ['ready', 'line']) rmSync(join(cwd, file), { force: true })
  const [started, setup] = interactive[name]
  const options = { env: { ...process.env, LC_ALL: 'C.UTF-8', ...env, TERM: 'xterm' } }
  const args = ['-c', typist, cwd, setup, line, ...started.split(' ')]
  const { stderr } = spawnSync('python3', args, options)
  expect(stderr.toString()).toBe('')
  return readFileSync(join(cwd, 'line'), 'utf8')
}

test.runIf(hasTerminal && isThere('bash'))(
  'bash completes verbs, options, branches and folders',
  async () => {
    const made = await place()
    const become = (line: string) => typed('bash', made, line)
    expect(become('histo sho')).toBe('histo show ')
    expect(become('histo put --bin')).toBe('histo put --binary ')
    expect(become('histo import g')).toBe('histo import git ')
    expect(become('histo show id')).toBe('histo show id')
    expect(become('histo show --db notes id')).toBe('histo show --db notes idea ')
    expect(become('histo --db=notes log -n 3 inn')).toBe(
      'histo --db=notes log -n 3 inner\\ thoughts '
    )
    expect(become("histo --db notes log 'inn")).toBe("histo --db notes log 'inner thoughts' ")
    expect(become('histo --db notes log "i\\$')).toBe('histo --db notes log "i\\$(touch pwned)" ')
    expect(become('histo --db no')).toBe('histo --db notes/')
    expect(existsSync(join(made.cwd, 'pwned'))).toBe(false)
  },
  120_000
)

test.runIf(hasTerminal && isThere('bash'))(
  'bash completes names and paths at which it cuts words, and values of options',
  async () => {
    const made = await place()
    const become = (line: string) => typed('bash', made, line)
    expect(become('histo show --db "my notes" id')).toBe('histo show --db "my notes" idea ')
    expect(become('histo show --db my\\ notes id')).toBe('histo show --db my\\ notes idea ')
    expect(become('histo show --db notes page:o')).toBe('histo show --db notes page:one ')
    expect(become('histo show --db notes ann@h')).toBe('histo show --db notes ann@host ')
    expect(become('histo show --db notes -- -d')).toBe('histo show --db notes -- -dash ')
    expect(become('histo show --db notes -d')).toBe('histo show --db notes -d')
    expect(become('histo put --db notes --branch id')).toBe('histo put --db notes --branch idea ')
    expect(become('histo put --db notes --branch=id')).toBe('histo put --db notes --branch=idea ')
    expect(become('histo --color=al')).toBe('histo --color=always ')
  },
  120_000
)

test.runIf(hasTerminal && isThere('zsh'))(
  'zsh completes verbs, options, branches and files',
  async () => {
    const made = await place()
    const become = (line: string) => typed('zsh', made, line)
    expect(become('histo sho')).toBe('histo show ')
    expect(become('histo put --bin')).toBe('histo put --binary ')
    expect(become('histo import g')).toBe('histo import git ')
    expect(become('histo show --db notes id')).toBe('histo show --db notes idea ')
    expect(become('histo --db notes log inn')).toBe('histo --db notes log inner\\ thoughts ')
    expect(become('histo --db no')).toBe('histo --db notes/')
    expect(become('histo show --db notes -- -d')).toBe('histo show --db notes -- -dash ')
    expect(become('histo put --db notes --branch id')).toBe('histo put --db notes --branch idea ')
    expect(become('histo put --db notes --branch=id')).toBe('histo put --db notes --branch=idea ')
    expect(become('histo --db=no')).toBe('histo --db=notes/')
    expect(become('histo --color al')).toBe('histo --color always ')
    expect(existsSync(join(made.cwd, 'pwned'))).toBe(false)
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
  expect(completed('histo --db notes show -- -d')).toEqual(['-dash'])
  expect(completed('histo --db notes show -d')).not.toContain('-dash')
  expect(completed('histo --db notes put --branch id')).toEqual(['idea'])
  expect(completed('histo --db notes put --branch=id')).toEqual(['--branch=idea'])
  expect(completed('histo --color al')).toEqual(['always'])
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

test('names do not wait for a server that never answers', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const db = `postgres://nobody@127.0.0.1:${port}/none`
  expect(await lines(['completion', 'names', '--db', db])).toEqual([])
}, 20_000)
