/**
 * The branches that a request for many may use: those that the handler serves and `authorize` allows. All of them, or those
 * that the request names.
 */

import { eachInTurns, partsInTurns } from '../../base/in-turns.js'
import { nameOfBranch } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import type { HashedHead } from '../../branch/hashed-heads.js'
import { branchTable, type HeadTable, remoteTable, tableOf } from '../../branch/head-tables.js'
import type { Action } from '../options.js'
import { broken } from '../protocol.js'
import { expectAllowed, type Permit, permitOf } from './authorize.js'
import type { Visit } from './visit.js'

/** Which branches, by name. */
export interface Permitted {
  /** The beginning of all their names; `undefined`: there are none. */
  readonly start: string | undefined
  /** Whether all names that begin with it are permitted. */
  readonly isWhole: boolean
  readonly has: Permit
}

/**
 * Refuses a push of revisions unless it is allowed. For many branches it must be allowed for some branch. If `authorize` decides
 * only for single branches, it must allow writing without a branch.
 *
 * @throws {HistoError} `HISTO_DENIED`
 */
export async function expectWriting(visit: Visit): Promise<void> {
  const prefix = visit.url.searchParams.get('prefix')
  const isEach = prefix === null || (await permitOf(visit, 'write', prefix)).isEach
  if (isEach) await expectAllowed(visit, 'write')
}

/**
 * Calls `authorize` once for `action`.
 *
 * @throws {HistoError} `HISTO_DENIED` if it is allowed for no branch
 */
export async function permitted(visit: Visit, action: Action): Promise<Permitted> {
  const { settings, request, url, handle } = visit
  const prefix = url.searchParams.get('prefix')
  if (prefix === null) throw broken('a request for many branches must say prefix')
  const permit = await permitOf(visit, action, prefix)
  const { served } = settings
  if (served === undefined) {
    const isIt = (name: string) => name === handle.branch && name.startsWith(prefix)
    const start = isIt(handle.branch) ? handle.branch : undefined
    return { start, isWhole: false, has: (name) => isIt(name) && permit.has(name) }
  }
  const has = (name: string) =>
    name.startsWith(prefix) && served.has(name, request) && permit.has(name)
  const isWhole = permit.isAll && served.isWhole
  return { start: longer(prefix, served.prefix), isWhole, has }
}

/** The longer of two prefixes, if one begins with the other. */
function longer(one: string, other: string): string | undefined {
  if (one.startsWith(other)) return one
  return other.startsWith(one) ? other : undefined
}

/** The permitted branches that exist. */
export function branchesOf(visit: Visit, allowed: Permitted): Promise<HeadTable> {
  return among(allowed, (start) => branchTable(visit.handle, start))
}

/** The remote heads that the database has of the branches of `remote`. */
export function notedOf(visit: Visit, remote: string, allowed: Permitted): Promise<HeadTable> {
  return among(allowed, (start) => remoteTable(visit.handle, remote, start))
}

async function among(
  { start, isWhole, has }: Permitted,
  read: (start: string) => Promise<HeadTable>
): Promise<HeadTable> {
  if (start === undefined) return tableOf(new Map())
  const table = await read(start)
  if (isWhole) return table
  const heads = new Map<string, HashedHead>()
  await eachInTurns(table.heads, ([name, head]) => {
    const allowed = has(name)
    if (allowed === true) heads.set(name, head)
    if (typeof allowed === 'boolean') return undefined
    return allowed.then((isIt) => void (isIt && heads.set(name, head)))
  })
  return tableOf(heads)
}

/** The same, asking about each name once: for a request that looks again and again. */
export function remembering(allowed: Permitted): Permitted {
  const known = new Map<string, boolean>()
  const has = (name: string) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const answer = allowed.has(name)
    if (typeof answer === 'boolean') {
      known.set(name, answer)
      return answer
    }
    return answer.then((isIt) => {
      known.set(name, isIt)
      return isIt
    })
  }
  return { ...allowed, has }
}

/** Most branches that are looked up at the same time. */
const atOnce = 256

/**
 * The heads of those of `names` that are permitted, `null` of one that does not exist; with `remote`, the remote heads that
 * the database has of its branches. Looks up these alone, so that neither the cost nor the time depends on other branches.
 */
export async function headsNamed(
  { handle }: Visit,
  { has }: Permitted,
  names: readonly string[],
  remote?: string
): Promise<Map<string, Ref | null>> {
  const allowed: string[] = []
  await eachInTurns(names, async (name) => {
    if (await has(name)) allowed.push(name)
  })
  const heads = new Map<string, Ref | null>()
  await partsInTurns(allowed, atOnce, async (part) => {
    const asked = part.map(async (name) => {
      const noted = remote === undefined ? undefined : nameOfBranch(remote, name)
      const head = await handle.ask((engine) =>
        noted === undefined ? engine.head(name) : engine.remoteHead(noted)
      )
      return [name, head] as const
    })
    for (const [name, head] of await Promise.all(asked)) heads.set(name, head)
  })
  return heads
}
