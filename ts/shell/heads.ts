/**
 * The verbs of heads: `branches`, `remotes`, `set-head`, `delete-branch`.
 */

import { Refusal, shortRef } from './fail.js'
import { reading, writing } from './open.js'
import { exit, type Shell } from './shell.js'
import { shown } from './text.js'

/** Lists the branches. */
export async function runBranches(shell: Shell): Promise<number> {
  const db = await reading(shell)
  return await list(shell, 'branch', await db.branches())
}

/** Lists the remote heads. */
export async function runRemotes(shell: Shell): Promise<number> {
  const db = await reading(shell)
  return await list(shell, 'remote', await db.remotes())
}

async function list(
  shell: Shell,
  kind: 'branch' | 'remote',
  heads: Readonly<Record<string, string>>
): Promise<number> {
  const [prefix = ''] = shell.operands
  const { out } = shell
  const style = kind === 'branch' ? 'green' : 'magenta'
  const names = Object.keys(heads).filter((name) => name.startsWith(prefix))
  for (const name of names.sort()) {
    const ref = heads[name] ?? ''
    await shell.tell(
      { [kind]: name, ref },
      `${out.paint('blue', ref.slice(0, shortRef))}  ${out.paint(style, shown(name))}`
    )
  }
  return exit.done
}

/** Moves the head of a branch. */
export async function runSetHead(shell: Shell): Promise<number> {
  const db = await writing(shell)
  const ref = await db.resolve(shell.operand(0))
  const previous = (await db.branches())[db.branchName] ?? null
  await db.setHead(ref)
  const was = previous === null ? 'new' : `was ${previous.slice(0, shortRef)}`
  const line = `${shown(db.branchName)} is ${ref.slice(0, shortRef)} (${was})`
  await shell.tell({ branch: db.branchName, ref, previous }, line)
  return exit.done
}

/** Takes the head off a branch. */
export async function runDeleteBranch(shell: Shell): Promise<number> {
  const name = shell.operand(0)
  const db = await writing(shell)
  const previous = (await db.branches())[name]
  if (previous === undefined) throw new Refusal(`there is no branch '${name}'`)
  await db.deleteBranch(name, previous)
  await shell.tell({ branch: name, previous }, `${shown(name)} is deleted; it was ${previous}`)
  return exit.done
}
