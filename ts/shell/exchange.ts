/**
 * `pull` and `push`: two databases, of which one may be reached over HTTP.
 */

import type { HistoError } from '../base/errors.js'
import { counted, shown } from '../base/shown.js'
import type { PullResult, PushResult } from '../base/sync-options.js'
import type { DB } from '../db.js'
import type { RemoteDatabase } from '../http-entry.js'
import { manyOf, tellMany } from './exchange-many.js'
import { codeOf, Misuse, shortRef } from './fail.js'
import { tellConflicts } from './merge.js'
import {
  type Address,
  addressNamed,
  addressOf,
  connectTo,
  headOf,
  type Opening,
  onBranch,
  openAt
} from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Copies the other database's head here, and merges it. */
export async function runPull(shell: Shell): Promise<number> {
  return await exchange(shell, 'pull')
}

/** Copies our head to the other database, after merging what that has meanwhile. */
export async function runPush(shell: Shell): Promise<number> {
  return await exchange(shell, 'push')
}

async function exchange(shell: Shell, way: 'pull' | 'push'): Promise<number> {
  if (shell.flag('prune') && !shell.flag('branches')) {
    throw new Misuse("--prune needs --branches; --branches '' is all of them")
  }
  if (shell.flag('branch') && shell.flag('branches')) {
    throw new Misuse('--branch and --branches cannot stand together')
  }
  const [own, other] = [addressOf(shell), addressNamed(shell.operand(0))]
  if (own.kind === 'http' && other.kind === 'http') {
    throw new Misuse('one of the two must be a folder or postgres://…: merges are made there')
  }
  // Over HTTP the other side does the work: its push is our pull.
  const isTurned = own.kind === 'http'
  const [here, there] = isTurned ? [other, own] : [own, other]
  const pulls = (way === 'pull') !== isTurned
  try {
    return await (pulls ? pull(shell, here, there) : push(shell, here, there))
  } catch (error) {
    if (codeOf(error) !== 'HISTO_CONFLICT') throw error
    await tellConflicts(shell, error as HistoError)
    return exit.no
  }
}

/** The other side of an exchange. */
async function otherSide(
  shell: Shell,
  address: Address,
  { writes, creates }: Opening
): Promise<DB | RemoteDatabase> {
  // Ready: where nobody answers, no database is made for what would come.
  if (address.kind === 'http') return await (await connectTo(shell, address.url)).ready()
  return await openAt(shell, address, { writes, creates })
}

/** Whether there is something to push; without it no database is made for it. */
async function isSomething(shell: Shell, db: DB): Promise<boolean> {
  const prefix = shell.option('branches')
  if (prefix === undefined) return (await headOf(db)) !== null
  return Object.keys(await db.branches({ prefix, limit: 1 })).length > 0
}

async function pull(shell: Shell, here: Address, there: Address): Promise<number> {
  const source = await otherSide(shell, there, { writes: false, creates: false })
  const db = onBranch(shell, await openAt(shell, here, { writes: true, creates: true }))
  const many = manyOf(shell)
  if (many !== undefined) {
    const result = await withProgress(shell, 'pulling', (onProgress) =>
      db.pull(source, { resolve: 'json', onProgress, ...many })
    )
    return await tellMany(shell, result)
  }
  const result = await withProgress(shell, 'pulling', (onProgress) =>
    db.pull(source, { resolve: 'json', onProgress })
  )
  await shell.tell({ branch: db.branchName, ...result }, pulledLine(db, result))
  return exit.done
}

function pulledLine(db: DB, { revisions, bytes, head, merge }: PullResult): string {
  if (head === null) return 'there is no revision to pull yet'
  const came = `${counted(revisions, 'revision')}, ${counted(bytes, 'byte')}`
  const branch = shown(db.branchName)
  if (merge === null || merge.kind === 'up-to-date') return `${came}; ${branch} has all of it`
  return `${came}; ${branch} is ${merge.ref.slice(0, shortRef)}, a ${merge.kind}`
}

async function push(shell: Shell, here: Address, there: Address): Promise<number> {
  const db = onBranch(shell, await openAt(shell, here, { writes: true, creates: false }))
  const creates = await isSomething(shell, db)
  const target = await otherSide(shell, there, { writes: true, creates })
  const many = manyOf(shell)
  if (many !== undefined) {
    const result = await withProgress(shell, 'pushing', (onProgress) =>
      db.push(target, { resolve: 'json', onProgress, ...many })
    )
    return await tellMany(shell, result)
  }
  const result = await withProgress(shell, 'pushing', (onProgress) =>
    db.push(target, { resolve: 'json', onProgress })
  )
  await shell.tell({ branch: db.branchName, ...result }, pushedLine(result))
  return result.reason === undefined ? exit.done : exit.no
}

const reasons = {
  never: 'its head stays: the server lets no head be moved from outside',
  denied: 'its head stays: the server does not let you move it',
  'no-setHead': 'its head stays: it has none that can be moved'
} as const

function pushedLine({ revisions, bytes, head, moved, reason }: PushResult): string {
  if (head === null) return 'there is no revision to push yet'
  const went = `${counted(revisions, 'revision')}, ${counted(bytes, 'byte')}`
  if (reason !== undefined) return `${went}; ${reasons[reason]}`
  return `${went}; its head ${moved ? `is ${head.slice(0, shortRef)}` : 'has all of it'}`
}

/** Receives the progress of a synchronizer. */
type Watch = (progress: { readonly done: number; readonly total: number }) => void

async function withProgress<R>(
  shell: Shell,
  title: string,
  run: (watch: Watch) => Promise<R>
): Promise<R> {
  const progress = new Progress(shell, title)
  try {
    return await run(({ done, total }) => progress.show(done, total))
  } finally {
    progress.end()
  }
}
