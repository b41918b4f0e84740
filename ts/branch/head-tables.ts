/**
 * Heads by branch with a hash of each and the sum of all hashes, by which two sides find their differences. The heads are
 * the branches of a database, or its remote heads of the branches of another one.
 *
 * For an engine that knows all moves, a table is kept once it was used, some 300 bytes a branch, and updated at the cost
 * of what moved.
 */

import { eachInTurns } from '../base/in-turns.js'
import { headKey, remoteKey } from '../base/keys.js'
import { allNames, type HeadSpace, mainBranch } from '../base/names.js'
import type { Ref } from '../base/types.js'
import type { Engine, MovedHead } from '../engine.js'
import type { Handle } from './handle.js'
import { type HashedHead, type HashedHeads, hashedHead, replaceHead } from './hashed-heads.js'

/** Heads, and the sum of their hashes. */
export interface HeadTable {
  readonly heads: HashedHeads
  readonly sum: bigint
}

/** Sums have 256 bits. */
const modulus = 1n << 256n
/** Greater than any mark. */
const latest = Number.MAX_SAFE_INTEGER

/** The table of heads with their hashes. */
export function tableOf(heads: HashedHeads): HeadTable {
  let sum = 0n
  for (const head of heads.values()) sum += head.hash
  return { heads, sum: sum % modulus }
}

/** The table of heads. */
export function hashed(heads: Iterable<readonly [string, Ref]>): HeadTable {
  const all = new Map<string, HashedHead>()
  for (const [branch, ref] of heads) all.set(branch, hashedHead(branch, ref))
  return tableOf(all)
}

/** The part of a table with the branches for which `has` returns `true`. */
export function partOf({ heads }: HeadTable, has: (branch: string) => boolean): HeadTable {
  return tableOf(new Map([...heads].filter(([branch]) => has(branch))))
}

/** The branches of a database whose names begin with `prefix`. */
export async function branchTable(handle: Handle, prefix: string): Promise<HeadTable> {
  if (!handle.engine.seesAllMoves) return hashed(await listed(handle, 'heads/', prefix, 0))
  const table = await kept(handle, 'heads/')
  return under(table.get(''), prefix)
}

/**
 * The remote heads of those branches of the database `base` whose names begin with `prefix`: remote heads `base`
 * and `base/<branch>`.
 */
export async function remoteTable(
  handle: Handle,
  base: string,
  prefix: string
): Promise<HeadTable> {
  if (handle.engine.seesAllMoves && !base.includes('/')) {
    const table = await kept(handle, 'remotes/')
    return under(table.get(base), prefix)
  }
  const start = `${base}/`
  const heads = new Map<string, Ref>()
  if (handle.engine.listsHeads) {
    for (const [branch, ref] of await listed(handle, 'remotes/', start + prefix, start.length)) {
      if (branch !== mainBranch) heads.set(branch, ref)
    }
  }
  const main = mainBranch.startsWith(prefix)
    ? await handle.ask((engine) => engine.remoteHead(base))
    : null
  if (main !== null) heads.set(mainBranch, main)
  return hashed(heads)
}

async function listed(
  handle: Handle,
  space: HeadSpace,
  prefix: string,
  cut: number
): Promise<[string, Ref][]> {
  const heads = await handle.ask((engine) => engine.heads(space, { ...allNames, prefix }))
  return heads.map(({ name, ref }) => [name.slice(cut), ref])
}

const none: HeadTable = { heads: new Map(), sum: 0n }

function under(group: Group | undefined, prefix: string): HeadTable {
  if (group === undefined || prefix === '') return group ?? none
  const known = group.parts.get(prefix)
  if (known !== undefined) return known
  const { heads, sum } = partOf(group, (branch) => branch.startsWith(prefix))
  const part = { heads: new Map(heads), sum }
  if (group.parts.size === mostParts) group.parts.clear()
  group.parts.set(prefix, part)
  return part
}

/** Most parts of a table, by prefix, that are kept. */
const mostParts = 8

/** A table that is kept up to date. */
interface KeptTable {
  readonly heads: Map<string, HashedHead>
  sum: bigint
}

/** Heads of another database, as it reports them. */
export class HeadsSeen implements HeadTable {
  readonly heads: Map<string, HashedHead> = new Map()
  sum = 0n

  /** Sets a head, or forgets it. */
  set(branch: string, ref: Ref | null): void {
    replace(this, branch, ref === null ? undefined : hashedHead(branch, ref))
  }
}

/** A kept table with parts of it. */
interface Group extends KeptTable {
  readonly parts: Map<string, KeptTable>
}

/** The tables of a space by database, `''` for the database's own branches. */
type Groups = Map<string, Group>

interface Kept {
  readonly mark: number
  readonly groups: Groups
}

const tables: Readonly<Record<HeadSpace, WeakMap<Engine, Kept>>> = {
  'heads/': new WeakMap(),
  'remotes/': new WeakMap()
}

/** The tables that are being made, each for all that wait for it. */
const beingMade: Readonly<Record<HeadSpace, WeakMap<Engine, Promise<Groups>>>> = {
  'heads/': new WeakMap(),
  'remotes/': new WeakMap()
}

async function kept(handle: Handle, space: HeadSpace): Promise<Groups> {
  const now = await handle.ask((engine) => upToDate(engine, space))
  if (now !== undefined) return now
  const made = await handle.ask((engine) => madeOnce(engine, space))
  return (await handle.ask((engine) => upToDate(engine, space))) ?? made
}

/** The kept table with the moves since the last time; `undefined` if there is none, or not all moves are known. */
function upToDate(engine: Engine, space: HeadSpace): Groups | undefined {
  const before = tables[space].get(engine)
  if (before === undefined) return undefined
  const { mark, moves } = engine.movedSince(before.mark)
  if (moves === undefined) return undefined
  for (const move of moves) follow(before.groups, space, move)
  tables[space].set(engine, { mark, groups: before.groups })
  return before.groups
}

function madeOnce(engine: Engine, space: HeadSpace): Promise<Groups> {
  const others = beingMade[space].get(engine)
  if (others !== undefined) return others
  const making = anew(engine, space).finally(() => beingMade[space].delete(engine))
  beingMade[space].set(engine, making)
  return making
}

/** Reads all heads, and hashes them in turns; moves since then are applied at the next update. */
async function anew(engine: Engine, space: HeadSpace): Promise<Groups> {
  const groups: Groups = new Map()
  const { mark } = engine.movedSince(latest)
  await eachInTurns(await engine.heads(space, allNames), ({ name, ref }) => {
    put(groups, space, name, ref)
  })
  tables[space].set(engine, { mark, groups })
  return groups
}

function follow(groups: Groups, space: HeadSpace, { key, to }: MovedHead): void {
  if (key.startsWith(space === 'heads/' ? headKey('') : remoteKey(''))) {
    put(groups, space, key.slice(space.length), to)
  }
}

function put(groups: Groups, space: HeadSpace, name: string, ref: Ref | null): void {
  const slash = space === 'remotes/' ? name.indexOf('/') : -1
  const [base, branch] =
    space === 'heads/'
      ? ['', name]
      : slash < 0
        ? [name, mainBranch]
        : [name.slice(0, slash), name.slice(slash + 1)]
  if (slash >= 0 && branch === mainBranch) return // no database has the remote head `<name>/main`
  let group = groups.get(base)
  if (group === undefined) {
    group = { heads: new Map(), parts: new Map(), sum: 0n }
    groups.set(base, group)
  }
  const head = ref === null ? undefined : hashedHead(branch, ref)
  replace(group, branch, head)
  for (const [prefix, part] of group.parts)
    if (branch.startsWith(prefix)) replace(part, branch, head)
}

function replace(table: KeptTable, branch: string, head: HashedHead | undefined): void {
  const before = replaceHead(table.heads, branch, head)?.hash ?? 0n
  table.sum = (table.sum - before + (head?.hash ?? 0n) + modulus) % modulus
}
