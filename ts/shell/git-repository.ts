/**
 * What `import git` asks a repository first: its branches, whether its history is cut off, and which commits it has.
 */

import { existsSync } from 'node:fs'
import { isName } from '../base/names.js'
import { Misuse, Refusal } from './fail.js'
import { bytesOfGit, git } from './git-process.js'
import { textOfBytes } from './git-text.js'

/** A repository as it is at first. */
interface Repository {
  /** The commit of each branch. */
  readonly tips: ReadonlyMap<string, string>
  /** Branches whose names no branch of a database can have. */
  readonly unnamed: readonly string[]
  /** Whether it is a clone whose history is cut off. */
  readonly isShallow: boolean
}

/**
 * Asks a repository.
 *
 * @throws {Misuse} if it is not on this machine
 * @throws {Refusal} if it has no branch, or git refuses
 */
export async function repositoryAt(folder: string): Promise<Repository> {
  if (/^[a-z][a-z0-9+.-]+:\/\/|^[\w.-]+@[\w.-]+:/i.test(folder)) {
    throw new Misuse(`a repository is a folder here: git clone --bare ${folder}`)
  }
  const format = '--format=%(objectname) %(refname)'
  const asked = ['for-each-ref', format, 'refs/heads/']
  const isCut = git(folder, ['rev-parse', '--is-shallow-repository'])
  isCut.catch(() => undefined) // awaited below, after what may fail first
  const bytes = await bytesOfGit(folder, asked).catch((cause: unknown) => refuse(folder, cause))
  const lines = bytes.toString('latin1').split('\n').slice(0, -1)
  if (lines.length === 0) throw new Refusal(`${folder} has no branch yet`)
  const [tips, unnamed]: [Map<string, string>, string[]] = [new Map(), []]
  for (const line of lines) {
    const [, hash = '', written = ''] = /^(\w+) refs\/heads\/(.*)$/su.exec(line) ?? []
    const name = textOfBytes(Buffer.from(written, 'latin1'))
    if (isName(name)) tips.set(name, hash)
    else unnamed.push(name)
  }
  return { tips, unnamed, isShallow: (await isCut).trim() === 'true' }
}

/** Says in words why git cannot read it; git's own words stay behind them. */
function refuse(folder: string, cause: unknown): never {
  const { message } = cause as Error
  if (!existsSync(folder))
    throw new Refusal(`there is no repository at ${folder}: ${message}`, { cause })
  if (!/not a git repository/i.test(message)) throw cause
  throw new Refusal(`${folder} is no repository of git: ${message}`, { cause })
}

/** Those of `hashes` whose commits the repository still has. */
export async function thereOf(folder: string, hashes: readonly string[]): Promise<string[]> {
  if (hashes.length === 0) return []
  const input = hashes.map((hash) => `${hash}\n`).join('')
  const text = await git(folder, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], input)
  return text.split('\n').flatMap((line) => /^(\w+) commit$/.exec(line)?.[1] ?? [])
}
