/**
 * Runs git, and reads what it prints: lines and counted bytes.
 */

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { codeOf, Refusal } from './fail.js'

/** A running git whose input and output are ours. */
export type Git = ChildProcessByStdio<Writable, Readable, Readable>

/** The exit of each git, recorded from its start, since it may end before anybody waits. */
const endings = new WeakMap<ChildProcess, Promise<number | null>>()

/** Starts git in a folder. It treats hooks and repositories of other owners as the user's own git does. */
export function startGit(folder: string, args: readonly string[]): Git {
  const child = spawn('git', ['-C', folder, ...args], { stdio: 'pipe' })
  child.stdin.on('error', () => undefined) // its exit reports it
  const ending = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject)
  })
  ending.catch(() => undefined) // `endOfGit` reports it
  endings.set(child, ending)
  return child
}

/**
 * Waits until git ends; `complaints` is its standard error.
 *
 * @throws {Refusal} with its first line if git failed
 */
export async function endOfGit(git: Git, complaints: Promise<string>): Promise<void> {
  const code = await codeOfEnd(git)
  if (code === 0) return
  const [line = ''] = (await complaints).split('\n').filter((text) => text.trim() !== '')
  throw new Refusal(line === '' ? `git ended with ${code}` : `git: ${line}`)
}

async function codeOfEnd(git: ChildProcess): Promise<number | null> {
  try {
    return (await endings.get(git)) ?? null
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause
    throw new Refusal('git is not installed, or the folder is not there', { cause })
  }
}

/** Reads a stream to its end, as text. */
export async function textOf(stream: Readable): Promise<string> {
  return (await bytesOf(stream)).toString()
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Runs git to its end; returns its output. */
export async function git(folder: string, args: readonly string[], input = ''): Promise<string> {
  return (await bytesOfGit(folder, args, input)).toString()
}

/** As `git`, for output that is not text. */
export async function bytesOfGit(
  folder: string,
  args: readonly string[],
  input = ''
): Promise<Buffer> {
  const child = startGit(folder, args)
  const [output, complaints] = [bytesOf(child.stdout), textOf(child.stderr)]
  child.stdin.end(input)
  await endOfGit(child, complaints)
  return await output
}

/** Reads lines and bytes of a stream. `take…` are synchronous, so that most lines cost no turn of the event loop. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #buffer: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** The next line, without its end; `undefined` at the end of the stream. */
  async line(): Promise<Buffer | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf(10, this.#at)
      if (end >= 0) {
        const line = this.#buffer.subarray(this.#at, end)
        this.#at = end + 1
        return line
      }
      if (!(await this.#more())) return undefined
    }
  }

  /** As `line`, if it was read already. */
  takeLine(): Buffer | undefined {
    const end = this.#buffer.indexOf(10, this.#at)
    if (end < 0) return undefined
    const line = this.#buffer.subarray(this.#at, end)
    this.#at = end + 1
    return line
  }

  /** The next `count` bytes, a copy. */
  async bytes(count: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (let left = count; ; ) {
      const piece = this.#buffer.subarray(this.#at, this.#at + left)
      pieces.push(piece)
      this.#at += piece.length
      left -= piece.length
      if (left === 0) return Buffer.concat(pieces)
      if (!(await this.#more())) throw new Refusal('git ended in the middle of its output')
    }
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done === true) return false
    const rest = this.#buffer.subarray(this.#at)
    this.#buffer = rest.length === 0 ? value : Buffer.concat([rest, value])
    this.#at = 0
    return true
  }
}
