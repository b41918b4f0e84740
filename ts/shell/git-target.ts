/**
 * The repository into which `export git` writes: an existing one, or a new one, and the files of its checked out branch.
 */

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { Refusal } from './fail.js'
import { git } from './git-process.js'
import { removerOf } from './half-made.js'

/** A repository before the export. */
export interface Target {
  readonly folder: string
  /** Whether it has no files that are checked out. */
  readonly isBare: boolean
  /** The commit that is checked out; `undefined` if there is none yet. */
  readonly before: string | undefined
  /** Digits of a hash: 40, or 64 with SHA-256. */
  readonly digits: number
  /** Removes the repository if it is new. */
  readonly remove: () => void
}

/**
 * Opens a repository, or makes one where there is none; `isSha256` says which hashes a new one has.
 *
 * @throws {Refusal} if the folder has something else in it
 */
export async function targetAt(folder: string, isSha256: boolean): Promise<Target> {
  if (!existsSync(folder) || readdirSync(folder).length === 0) {
    const remove = removerOf(folder, ['.git'])
    mkdirSync(folder, { recursive: true })
    await git(folder, ['init', '--quiet', ...(isSha256 ? ['--object-format=sha256'] : [])])
    return { folder, isBare: false, before: undefined, digits: isSha256 ? 64 : 40, remove }
  }
  const asked = ['rev-parse', '--is-inside-work-tree', '--show-object-format', '--show-prefix']
  const told = await git(folder, asked).catch((cause: unknown) => {
    throw new Refusal(`${folder} is not empty, and no repository of git`, { cause })
  })
  const [isInside, format, prefix = ''] = told.split('\n')
  if (prefix !== '') {
    throw new Refusal(`${folder} is a folder in a repository; name the repository itself`)
  }
  const digits = format === 'sha256' ? 64 : 40
  const before = await headOf(folder)
  return { folder, isBare: isInside !== 'true', before, digits, remove: () => undefined }
}

/** The commit that is checked out; `undefined` if there is none yet. */
async function headOf(folder: string): Promise<string | undefined> {
  const hash = await git(folder, ['rev-parse', '--quiet', '--verify', 'HEAD']).catch(() => '')
  return hash === '' ? undefined : hash.trim()
}

/**
 * Brings the files to the commit to which the checked out branch moved, as a merge of git would; where nothing was
 * checked out, `main` or the first of `branches` is. Returns whether git did so: it overwrites no changed file.
 */
export async function checkOut(
  { folder, isBare, before }: Target,
  branches: readonly string[]
): Promise<boolean> {
  const first = branches.includes('main') ? 'main' : branches[0]
  if (before === undefined && first !== undefined) {
    await git(folder, ['symbolic-ref', 'HEAD', `refs/heads/${first}`])
  }
  const after = await headOf(folder)
  if (isBare || after === undefined || after === before) return true
  const from = before === undefined ? [] : [before]
  await git(folder, ['update-index', '-q', '--refresh']).catch(() => '') // it fails if a file was changed
  return await git(folder, ['read-tree', '-m', '-u', ...from, after]).then(
    () => true,
    () => false
  )
}
