/**
 * `export git`: turns each revision into a commit and each branch into a branch, by `git fast-import`.
 *
 * Revisions that came from git with their files become those files; any other data is the file `data.json` or `data.bin`.
 */

import { once } from 'node:events'
import { counted, shown } from '../base/shown.js'
import type { Meta, Ref, Revision } from '../base/types.js'
import type { DB } from '../db.js'
import { Refusal, shortRef } from './fail.js'
import { endOfGit, type Git, startGit, textOf } from './git-process.js'
import { type StoredCommit, type StoredFile, storedOf } from './git-revision.js'
import { checkOut, type Target, targetAt } from './git-target.js'
import { bytesOfPath, gitBranchesOf, gitTimeOf, personOf, quoted } from './git-text.js'
import { ifInterrupted } from './interrupted.js'
import { readingHere } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

const submodule = '160000'
/** The temporary ref under which commits are made. */
const workRef = 'refs/histo/export'

/** Exports into a new repository, or an existing one, whose branches only move forward. */
export async function exportGit(shell: Shell): Promise<number> {
  const folder = shell.operand(1)
  const db = await readingHere(shell)
  const heads = await db.branches()
  const names = gitBranchesOf(Object.keys(heads))
  const target = await targetAt(folder, await isSha256(db, Object.values(heads)))
  const moves = Object.entries(heads).map(([name, ref]) => [names.get(name) ?? '', ref] as const)
  const withdraw = ifInterrupted(target.remove)
  const commits = await written(shell, db, target, moves)
    .catch((error: unknown) => {
      target.remove()
      throw error
    })
    .finally(withdraw)
  if (!(await checkOut(target, [...names.values()]))) {
    await shell.err.line(
      `histo: some files in ${shown(folder)} were changed, so none was moved along`
    )
  }
  const branches = Object.fromEntries(names)
  await shell.tell(
    { commits, branches, folder },
    `${counted(commits, 'commit')} in ${shown(folder)}`
  )
  return exit.done
}

/** Writes all that `heads` reach, and the branches of git; returns the number of commits. */
async function written(
  shell: Shell,
  db: DB,
  { folder, digits }: Target,
  heads: readonly (readonly [branch: string, ref: Ref])[]
): Promise<number> {
  const child = startGit(folder, ['fast-import', '--quiet', '--done', '--date-format=raw'])
  const complaints = textOf(child.stderr)
  child.stdout.resume()
  const stream = new ImportStream(child)
  const progress = new Progress(shell, 'exporting')
  try {
    await stream.write('feature done\n')
    const done: Ref[] = []
    for (const [, tip] of heads) {
      const refs = (await db.refDifference(done, tip)).reverse()
      done.push(tip)
      for await (const revision of db.createStream(refs)) {
        await stream.commit(revision)
        progress.show(stream.count, 0)
      }
    }
    for (const [branch, ref] of heads) await stream.branch(branch, ref)
    await stream.write(`reset ${workRef}\nfrom ${'0'.repeat(digits)}\n\ndone\n`)
    child.stdin.end()
    await endOfGit(child, complaints)
    return stream.count
  } finally {
    child.kill()
    progress.end()
  }
}

/** Whether the newest commit among the heads that came from git has a hash of SHA-256. */
async function isSha256(db: DB, heads: readonly Ref[]): Promise<boolean> {
  for (const head of heads) {
    for await (const { meta } of db.history(head, { limit: 1, data: false })) {
      const hash = meta?.['commit']
      if (typeof hash === 'string') return hash.length === 64
    }
  }
  return false
}

/** Writes the input of `git fast-import`. */
class ImportStream {
  count = 0
  readonly #git: Git
  readonly #closed: Promise<unknown>
  readonly #marks = new Map<Ref, number>()

  constructor(child: Git) {
    this.#git = child
    this.#closed = new Promise((resolve) => child.once('close', resolve))
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#git.stdin.write(chunk) || this.#git.stdin.destroyed) return
    await Promise.race([once(this.#git.stdin, 'drain'), this.#closed])
  }

  async commit(revision: Revision<unknown>): Promise<void> {
    const { ref, ancestors, data, meta = {} } = revision
    this.count += 1
    this.#marks.set(ref, this.count)
    const stored = storedOf(revision)
    const author = lineOf(meta['author'], meta['time'])
    const committer = lineOf(meta['committer'] ?? meta['author'], meta['committed'] ?? meta['time'])
    const parents = ancestors.map((ancestor, at) => {
      return `${at === 0 ? 'from' : 'merge'} :${this.#marks.get(ancestor)}\n`
    })
    const message = Buffer.from(messageOf(ref, meta, stored))
    const start = parents.length === 0 ? `reset ${workRef}\n` : ''
    await this.write(
      `${start}commit ${workRef}\nmark :${this.count}\nauthor ${author}\ncommitter ${committer}\n`
    )
    await this.#data(message)
    await this.write(parents.join(''))
    if (stored === undefined) await this.#plain(data)
    else await this.#files(ref, stored)
    await this.write('\n')
  }

  async branch(name: string, ref: Ref): Promise<void> {
    await this.write(`reset refs/heads/${name}\nfrom :${this.#marks.get(ref)}\n\n`)
  }

  async #data(bytes: Uint8Array): Promise<void> {
    await this.write(`data ${bytes.length}\n`)
    await this.write(bytes)
    await this.write('\n')
  }

  async #plain(data: unknown): Promise<void> {
    const isBinary = data instanceof Uint8Array
    await this.write(`deleteall\nM 100644 inline data.${isBinary ? 'bin' : 'json'}\n`)
    await this.#data(isBinary ? data : Buffer.from(`${JSON.stringify(data, null, 2)}\n`))
  }

  async #files(ref: Ref, { files }: StoredCommit): Promise<void> {
    const changes = Object.entries(files)
    for (const [path, file] of changes) {
      if (file === null) await this.write(`D ${quoted(bytesOfPath(path))}\n`)
    }
    for (const [path, file] of changes) {
      if (file !== null) await this.#file(ref, path, file)
    }
  }

  async #file(ref: Ref, path: string, file: NonNullable<StoredFile>): Promise<void> {
    const { mode, hash, text, base64 } = file
    const place = quoted(bytesOfPath(path))
    if (mode === submodule) return await this.write(`M ${mode} ${hash} ${place}\n`)
    if (text === undefined && base64 === undefined) {
      const short = ref.slice(0, shortRef)
      throw new Refusal(`${short} was imported without --files: the contents are not here`)
    }
    await this.write(`M ${mode} inline ${place}\n`)
    await this.#data(text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text))
  }
}

function lineOf(who: unknown, time: unknown): string {
  const person = personOf(typeof who === 'string' ? who : '')
  return `${person} ${gitTimeOf(typeof time === 'string' ? time : '')}`
}

function messageOf(ref: Ref, { message }: Meta, stored: StoredCommit | undefined): string {
  if (stored?.message !== undefined) return stored.message
  return typeof message === 'string' ? message : `revision ${ref}\n`
}
