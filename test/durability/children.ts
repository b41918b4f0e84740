/**
 * Children for the tests of what survives: processes that run a program of `fixtures` against the
 * built package, folders, and what is in them.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A folder for one test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'histo-durability-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** How a child ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A child, and how it will have ended. */
export interface Started {
  child: ChildProcess
  ended: Promise<Ended>
}

/** Starts a fixture; the end of the test kills it if it has not ended. */
export function start(fixture: string, ...args: string[]): Started {
  return startIn({}, fixture, ...args)
}

/** As `start`, with variables beside those of this process. */
export function startIn(
  variables: Record<string, string>,
  fixture: string,
  ...args: string[]
): Started {
  const program = fileURLToPath(new URL(`fixtures/${fixture}.mjs`, import.meta.url))
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...variables }
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const out = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    out.stderr += text
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...out }))
  })
  return { child, ended }
}

/** Runs a fixture to its end. */
export async function run(fixture: string, ...args: string[]): Promise<Ended> {
  return await start(fixture, ...args).ended
}

/** The addon that was built with failpoints. */
export const failpoints: string = fileURLToPath(
  new URL('../../crates/node/failpoints/histo-revisions.node', import.meta.url)
)

/** Whether the long versions of tests were asked for. */
export const isLong: boolean = process.env['HISTO_LONG'] === '1'

/** Runs a fixture that ends at a failpoint, given as `<point>!<number of the hit>`. */
export async function runDying(point: string, fixture: string, ...args: string[]): Promise<Ended> {
  const variables = { NAPI_RS_NATIVE_LIBRARY_PATH: failpoints, HISTO_FAILPOINT: point }
  return await startIn(variables, fixture, ...args).ended
}

/** The files below a folder, each with a hash of its bytes; a file itself as `.`. */
export function contentsOf(path: string): Record<string, string> {
  if (!existsSync(path)) return {}
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
  try {
    const entries = readdirSync(path, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    return Object.fromEntries(
      files.map(({ parentPath, name }) => [join(parentPath, name), hash(join(parentPath, name))])
    )
  } catch {
    return { '.': hash(path) }
  }
}
