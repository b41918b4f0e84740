/**
 * Heads by branch on both sides of a run over many branches: the source's branches, and the target's remote heads of that
 * source.
 */

import { HistoError } from '../base/errors.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import { allNames, type HeadSpace, isName, mainBranch, nameOfBranch } from '../base/names.js'
import type { Selection } from '../base/selection.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { RemoteMove } from '../engine.js'
import { untouchedHandle } from './local.js'
import { headOf, headsOf } from './sides.js'

/** Heads by branch. */
export type HeadTable = ReadonlyMap<string, Ref>

/** Up to this many named branches are read one by one; more are listed. */
const fewNames = 256

/** The selected branches of the source. */
export async function branchesOf(source: object, selection: Selection): Promise<HeadTable> {
  const ours = untouchedHandle(source)
  if (ours === undefined) {
    const all = await headsOf(source, 'branches', selection.prefix)
    const strange = [...all.keys()].find((name) => !isName(name))
    if (strange === undefined) return chosen(all, selection)
    throw new HistoError('HISTO_PROTOCOL', `branches returned a name that is none: '${strange}'`)
  }
  const { names } = selection
  if (names === undefined || (names.length > fewNames && ours.engine.listsHeads)) {
    return chosen(await listed(ours, 'heads/', selection.prefix), selection)
  }
  return await readEach(names, (name) => ours.ask((engine) => engine.head(name)))
}

/** Whether the source has any branch. */
export async function hasBranches(source: object): Promise<boolean> {
  const ours = untouchedHandle(source)
  if (ours === undefined) return (await headsOf(source, 'branches', '')).size > 0
  return await hasAnyBranch(ours)
}

/** The same for a database. */
export async function hasAnyBranch(handle: Handle): Promise<boolean> {
  const one = { ...allNames, limit: 1 }
  return (await handle.ask((engine) => engine.heads('heads/', one))).length > 0
}

/**
 * The remote heads of the selected branches of the database `base`, by branch. A target that cannot list them is
 * asked only about `names`.
 */
export async function remotesOf(
  target: object,
  base: string,
  selection: Selection,
  names: Iterable<string>
): Promise<HeadTable> {
  const ours = untouchedHandle(target)
  const read = (branch: string) => {
    const name = nameOfBranch(base, branch)
    return ours === undefined
      ? headOf(target, 'remoteHead', name)
      : ours.ask((engine) => engine.remoteHead(name))
  }
  if (selection.names !== undefined && selection.names.length <= fewNames) {
    return await readEach(selection.names, read)
  }
  const canList = ours === undefined ? hasMethod(target, 'remotes') : ours.engine.listsHeads
  if (!canList) return await readEach(names, read)
  const prefix = `${base}/${selection.prefix}`
  const all =
    ours === undefined
      ? await headsOf(target, 'remotes', prefix)
      : await listed(ours, 'remotes/', prefix)
  const found = new Map<string, Ref>()
  for (const [name, ref] of all) found.set(name.slice(base.length + 1), ref)
  found.delete(mainBranch) // no database has the remote head `<name>/main`
  const table = new Map(chosen(found, selection))
  if (selection.has(mainBranch)) {
    const main = await read(mainBranch)
    if (main !== null) table.set(mainBranch, main)
  }
  return table
}

/** Sets and deletes remote heads, in one commit if the target is a database whose store can. */
export async function moveRemotes(target: object, moves: readonly RemoteMove[]): Promise<void> {
  if (moves.length === 0) return
  const ours = untouchedHandle(target)
  if (ours !== undefined) return await ours.write((engine) => engine.setRemoteHeads(moves))
  for (const { name, ref } of moves) {
    if (ref === null) await askForeign(target, 'deleteRemote', name)
    else await askForeign(target, 'setRemoteHead', name, ref)
  }
}

async function listed(handle: Handle, space: HeadSpace, prefix: string): Promise<Map<string, Ref>> {
  const heads = await handle.ask((engine) => engine.heads(space, { ...allNames, prefix }))
  return new Map(heads.map(({ name, ref }) => [name, ref]))
}

async function readEach(
  names: Iterable<string>,
  read: (name: string) => Promise<Ref | null>
): Promise<HeadTable> {
  const table = new Map<string, Ref>()
  for (const name of names) {
    const ref = await read(name)
    if (ref !== null) table.set(name, ref)
  }
  return table
}

function chosen(all: ReadonlyMap<string, Ref>, { isWhole, prefix, has }: Selection): HeadTable {
  if (isWhole && prefix === '') return all
  return new Map([...all].filter(([name]) => has(name)))
}
