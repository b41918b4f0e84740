/** Tools for the tests of failing media: small file systems, limits, a library that is loaded before libc. */

import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { root } from '../support/project.js'
import { folder } from './children.js'

const isLinux = process.platform === 'linux'

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0
}

/** A file system of some megabytes for one test; `undefined` where this machine does not allow it. */
export function smallDisk(kind: 'tmpfs' | 'ext4', megabytes: number): string | undefined {
  if (!isLinux) return undefined
  // Not below `folder()`, which would be removed before it is unmounted.
  const root = mkdtempSync(join(tmpdir(), 'histo-disk-'))
  const at = join(root, 'mounted')
  mkdirSync(at)
  const mounted = kind === 'tmpfs' ? mountTmpfs(at, megabytes) : mountExt4(root, at, megabytes)
  onTestFinished(() => {
    if (mounted) spawnSync('umount', ['--lazy', at])
    rmSync(root, { recursive: true, force: true })
  })
  return mounted ? at : undefined
}

function mountTmpfs(at: string, megabytes: number): boolean {
  return succeeds('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'histo', at)
}

function mountExt4(root: string, at: string, megabytes: number): boolean {
  const image = join(root, 'image')
  writeFileSync(image, '')
  truncateSync(image, megabytes * 1024 * 1024)
  return succeeds('mkfs.ext4', '-q', image) && succeeds('mount', '-o', 'loop', image, at)
}

/** Whether `smallDisk` will give one. */
export const canMount =
  isLinux &&
  succeeds('unshare', '--mount', 'sh', '-c', `mount -t tmpfs histo ${JSON.stringify(tmpdir())}`)

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

/** Runs a fixture under a limit of `ulimit`, and answers the JSON that it prints. */
export function runLimited(limit: string, name: string, ...args: string[]): unknown {
  const program = [`ulimit ${limit} && exec "$0" "$@"`, process.execPath, fixture(`${name}.mjs`)]
  return printed(spawnSync('bash', ['-c', ...program, ...args], { encoding: 'utf8' }))
}

/**
 * Runs a fixture with the rights of nobody, or of the user who runs the tests: a copy, since nobody may not
 * be let into the folder of the checkout.
 */
export function runAsNobody(name: string, ...args: string[]): unknown {
  const [program, programArgs, options] = asNobody(name, args)
  return printed(spawnSync(program, programArgs, { ...options, encoding: 'utf8' }))
}

/** Starts a fixture as `runAsNobody` does; the end of the test kills it if it has not ended. */
export function startAsNobody(name: string, ...args: string[]): ChildProcess {
  const child = spawn(...asNobody(name, args))
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The program, its arguments, and the folder and the rights that it is run with. */
function asNobody(name: string, args: readonly string[]) {
  const rights = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const place = readableCopy()
  const program = join(place, 'test', 'durability', 'fixtures', `${name}.mjs`)
  return [readableNode(place, rights), [program, ...args], { cwd: place, ...rights }] as const
}

/** The built package and the fixtures, where everybody may read them. */
function readableCopy(): string {
  const place = folder()
  for (const part of ['package.json', 'dist', 'crates/node', 'test/durability/fixtures']) {
    cpSync(join(root, part), join(place, part), { recursive: true, filter: isNeeded })
  }
  spawnSync('chmod', ['-R', 'go=u-w', place])
  return place
}

/** Not the sources and builds of the addon beside it. */
function isNeeded(path: string): boolean {
  return !/[\\/]crates[\\/]node[\\/](src|tests|npm|failpoints|target)$/.test(path)
}

/** This Node.js, or a copy where nobody may not run it. */
function readableNode(place: string, rights: object): string {
  if (spawnSync(process.execPath, ['--version'], { cwd: place, ...rights }).status === 0) {
    return process.execPath
  }
  const copy = join(place, 'node')
  copyFileSync(process.execPath, copy)
  chmodSync(copy, 0o755)
  return copy
}

/** Builds the library of failing writes; `undefined` where there is no compiler or no way to preload. */
export function faultyLibrary(): string | undefined {
  if (!isLinux) return undefined
  const library = join(folder(), 'faults.so')
  const built = succeeds(
    'cc',
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    fixture('faults.c'),
    '-ldl'
  )
  return built ? library : undefined
}

/** Runs a fixture with a library before libc, whose word is in the file `HISTO_FAULTS`. */
export function runFaulty(library: string, name: string, ...args: string[]): unknown {
  const word = join(folder(), 'word')
  writeFileSync(word, '')
  const env = { ...process.env, LD_PRELOAD: library, HISTO_FAULTS: word }
  return printed(
    spawnSync(process.execPath, [fixture(`${name}.mjs`), ...args], { encoding: 'utf8', env })
  )
}

function printed({ stdout, stderr, status, signal }: SpawnSyncReturns<string>): unknown {
  if (status === 0) return JSON.parse(stdout)
  throw new Error(`it ended with ${status ?? signal}: ${stderr}`)
}
