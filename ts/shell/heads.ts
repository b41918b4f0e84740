/**
 * The verbs of heads: `branches`, `remotes`, `set-head`, `delete-branch`.
 */

import { shown } from '../base/shown.js'
import { Refusal, shortRef } from './fail.js'
import { headOf, reading, readingHere, writing } from './open.js'
import { exit, type Shell } from './shell.js'

/** Lists the branches. */
export async function runBranches(shell: Shell): Promise<number> {
  const db = await reading(shell)
  const count = await list(shell, 'branch', (page) => db.branches(page))
  if (count > 0) return exit.done
  return await tellNone(shell, 'branch', "'histo put' writes a first revision")
}

/** Lists the remote heads. */
export async function runRemotes(shell: Shell): Promise<number> {
  const db = await readingHere(shell)
  const count = await list(shell, 'remote', (page) => db.remotes(page))
  if (count > 0) return exit.done
  return await tellNone(shell, 'remote', "'histo pull' of another database makes one")
}

/** Names of one page. */
const pageSize = 1000

interface Page {
  readonly prefix: string
  readonly after?: string
  readonly limit: number
}

/** Tells somebody at a terminal that the list is empty, and what would be in it. */
async function tellNone(shell: Shell, kind: string, hint: string): Promise<number> {
  const [prefix = ''] = shell.operands
  const text = prefix === '' ? `yet; ${hint}` : `whose name begins with '${shown(prefix)}'`
  await shell.note(`there is no ${kind} ${text}`)
  return exit.done
}

/** Prints names and refs, a page at a time; returns how many. */
async function list(
  shell: Shell,
  kind: 'branch' | 'remote',
  ask: (page: Page) => Promise<Readonly<Record<string, string>>>
): Promise<number> {
  const [prefix = ''] = shell.operands
  const { out } = shell
  let count = 0
  const style = kind === 'branch' ? 'green' : 'magenta'
  for (let after: string | undefined, isMore = true; isMore; ) {
    const heads = await ask({ prefix, limit: pageSize, ...(after === undefined ? {} : { after }) })
    const names = Object.keys(heads).sort(byBytes)
    count += names.length
    for (const name of names) {
      const ref = heads[name] ?? ''
      const line = `${out.paint('blue', ref.slice(0, shortRef))}  ${out.paint(style, shown(name))}`
      await shell.tell({ [kind]: name, ref }, line)
    }
    after = names.at(-1)
    isMore = names.length === pageSize
  }
  return count
}

/** The order of names in pages. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** Moves the head of a branch. */
export async function runSetHead(shell: Shell): Promise<number> {
  const db = await writing(shell)
  const ref = await db.resolve(shell.operand(0))
  const previous = await headOf(db)
  await db.setHead(ref, previous)
  const was = previous === null ? 'new' : `was ${previous.slice(0, shortRef)}`
  const line = `${shown(db.branchName)} is ${ref.slice(0, shortRef)} (${was})`
  await shell.tell({ branch: db.branchName, ref, previous }, line)
  return exit.done
}

/** Deletes a branch. */
export async function runDeleteBranch(shell: Shell): Promise<number> {
  const name = shell.operand(0)
  const db = await writing(shell)
  const previous = await headOf(db.branch(name))
  if (previous === null) throw new Refusal(`there is no branch '${name}'`)
  await db.deleteBranch(name, previous)
  await shell.tell({ branch: name, previous }, `${shown(name)} is deleted; it was ${previous}`)
  return exit.done
}
