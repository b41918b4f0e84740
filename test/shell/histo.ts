/**
 * Runs the built command `histo`: in pipes, or in a pseudo terminal of 60 columns.
 */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../support/project.js'
import { possible } from '../support/skip.js'

/** The command, as package.json names it. */
export const command: string = join(root, 'dist', 'shell', 'histo.js')

/** How a run ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly bytes: Buffer
  readonly err: string
}

/** Where and with what a run is started. */
export interface Start {
  readonly cwd?: string
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** An empty folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'histo-shell-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

/** The environment of a run: that of the tests, without what would change the command. */
function environment(env: Start['env'] = {}): NodeJS.ProcessEnv {
  const { HISTO_DB, HISTO_TOKEN, NO_COLOR, FORCE_COLOR, ...others } = process.env
  return { ...others, TERM: 'xterm-256color', ...env }
}

/** Runs `histo` with its input and outputs in pipes. */
export async function histo(args: readonly string[], start: Start = {}): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: start.cwd ?? tmpdir(),
    env: environment(start.env)
  })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined) // it may end before it has read all
  child.stdin.end(start.input ?? '')
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const bytes = Buffer.concat(out)
  return { code, out: bytes.toString(), bytes, err: Buffer.concat(err).toString() }
}

/** Runs it and expects success; its lines. */
export async function lines(args: readonly string[], start: Start = {}): Promise<string[]> {
  const { code, out, err } = await histo(args, start)
  if (code !== 0) throw new Error(`histo ${args.join(' ')} ended with ${code}: ${err}`)
  return out.split('\n').slice(0, -1)
}

/** A line of a shell, where `histo` is the command; its exit code and outputs. */
export async function shell(line: string, start: Start = {}): Promise<Ended> {
  const text = `histo() { "${process.execPath}" "${command}" "$@"; }; ${line}`
  const child = spawn('bash', ['-o', 'pipefail', '-c', text], {
    cwd: start.cwd ?? tmpdir(),
    env: environment(start.env)
  })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.end()
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const bytes = Buffer.concat(out)
  return { code, out: bytes.toString(), bytes, err: Buffer.concat(err).toString() }
}

const python = spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' })

/** Whether runs in a pseudo terminal are possible here. */
export const hasTerminal: boolean = possible(
  python.status === 0,
  'the command in a pseudo terminal needs python3'
)

/**
 * Forks into a terminal of a size, types what it is given once the text before it has come, and prints all that came
 * back. A signal is 128 and its number, as at a shell.
 */
const program = `
import fcntl, os, pty, struct, sys, termios
columns, after, typed, argv = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3], sys.argv[4:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    os.execv(argv[0], argv)
seen = b''
while True:
    if typed and after in seen:
        os.write(terminal, typed.encode())
        typed = ''
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
os.write(1, seen)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
`

/** How it is run in a pseudo terminal. */
export interface Sitting extends Omit<Start, 'input'> {
  readonly columns?: number
  /** What somebody types, at once or `after` this text has come. */
  readonly typed?: string
  readonly after?: string
}

/** Runs it in a pseudo terminal; both outputs are one there. */
export function inTerminal(
  args: readonly string[],
  start: Sitting = {}
): { readonly code: number | null; readonly out: string } {
  const { columns = 60, typed = '', after = '' } = start
  const given = ['-c', program, String(columns), after, typed, process.execPath, command, ...args]
  const options = { cwd: start.cwd ?? tmpdir(), env: environment(start.env) }
  const { status, stdout } = spawnSync('python3', given, options)
  return { code: status, out: stdout.toString().replaceAll('\r\n', '\n') }
}

/** Whether a text has a control character that a terminal acts on, beside colours and ends of lines. */
export function actsOnTerminal(text: string): boolean {
  const rest = text.replace(/\p{Cc}\[[0-9;]*m/gu, '').replaceAll('\n', '')
  return /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(rest)
}
