/**
 * The recorder of `recorder.c`, compiled for this machine: runs a fixture with every write and sync of
 * its database file recorded, or killed at one of them.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The operations on the file, in order. */
export type Event =
  | {
      readonly kind: 'write'
      readonly offset: number
      readonly bytes: Buffer
      readonly syncs: boolean
    }
  /** The last write that syncs itself is on the disk. */
  | { readonly kind: 'written' }
  | { readonly kind: 'sync' }
  | { readonly kind: 'synced' }
  /** The file got its place. */
  | { readonly kind: 'linked' }
  /** What was acknowledged to the process. */
  | { readonly kind: 'acknowledged'; readonly lines: readonly string[] }

const source = fileURLToPath(new URL('recorder.c', import.meta.url))

/** Whether this machine can run it: Linux, and a C compiler. */
export const canRecord: boolean = process.platform === 'linux' && hasCompiler()

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let library: string | undefined

/** The compiled library; removed when the process ends. */
export function recorder(): string {
  if (library !== undefined) return library
  const folder = mkdtempSync(join(tmpdir(), 'histo-recorder-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  library = join(folder, 'recorder.so')
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl', '-lpthread'])
  return library
}

const header = 25

/** The events of the database file that got its place, from a record. */
export function eventsOf(record: string): Event[] {
  const bytes = readFileSync(record)
  const all: { inode: bigint; event: Event }[] = []
  let linked: bigint | undefined
  for (let at = 0; at + header <= bytes.length; ) {
    const kind = String.fromCharCode(bytes[at] ?? 0)
    const inode = bytes.readBigUInt64LE(at + 1)
    const offset = Number(bytes.readBigUInt64LE(at + 9))
    const length = 'wda'.includes(kind) ? Number(bytes.readBigUInt64LE(at + 17)) : 0
    const payload = bytes.subarray(at + header, at + header + length)
    at += header + length
    if (kind === 'l') linked = inode
    all.push({ inode, event: eventOf(kind, offset, payload) })
  }
  return all
    .filter(({ inode, event }) => inode === linked || event.kind === 'acknowledged')
    .map(({ event }) => event)
}

function eventOf(kind: string, offset: number, bytes: Buffer): Event {
  switch (kind) {
    case 'w':
    case 'd':
      return { kind: 'write', offset, bytes, syncs: kind === 'd' }
    case 'e':
      return { kind: 'written' }
    case 's':
      return { kind: 'sync' }
    case 'f':
      return { kind: 'synced' }
    case 'l':
      return { kind: 'linked' }
    case 'a':
      return { kind: 'acknowledged', lines: bytes.toString('latin1').trim().split('\n') }
    default:
      throw new Error(`a record of the kind ${kind}`)
  }
}
