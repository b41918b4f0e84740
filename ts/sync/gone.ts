/**
 * Decides whether a branch that a source no longer has was deleted there: only the source's log counts, and only a
 * deletion from the head that was last seen, or from a later one: one that reaches it, or follows it in the log.
 *
 * A source may lack a branch for other reasons: it was restored from a backup, it is another database of that name, or
 * the client may no longer see the branch. In its log such a source may have a deletion of its own of that name.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { askForeign, hasMethod } from '../base/foreign.js'
import { partsInTurns } from '../base/in-turns.js'
import type { LogEntry } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { runsOf } from './delegate.js'
import type { Deletion, ManyRun } from './exchange.js'
import { untouchedHandle } from './local.js'
import type { HeadTable } from './tables.js'
import { hasOf, isUntellable } from './transfer.js'

/** Most parts of the log to read for all branches, some thousand moves each. */
const mostParts = 256
/** Branches that are looked up in the log between two turns of the event loop: some milliseconds each in a long log. */
const lookedUpAtOnce = 4
/** Ancestries that are asked about between two turns. */
const atOnce = 64
/** Moves of a branch that are read at once, and at most, in search of a head that the deleted one does not reach. */
const page = 256
const mostMoves = 4096

/** A head that a branch was deleted from, and the one that was last seen of it. */
export interface Descent {
  readonly branch: string
  readonly from: Ref
  readonly seen: Ref
}

/** Decides of each whether `from` is later than `seen`. */
type Deciding = (descents: readonly Descent[]) => Promise<readonly boolean[]>

/** Those of the `gone` branches, given with their last heads, that the source reports as deleted. */
export async function deletedOf(
  source: object,
  gone: HeadTable,
  run: ManyRun
): Promise<Map<string, Deletion>> {
  if (gone.size === 0) return new Map()
  const ours = untouchedHandle(source)
  if (ours !== undefined) return await deletedFrom(ours, gone, run.signal)
  const byItself = runsOf(source)?.deletedBranches?.(gone, run)
  if (byItself !== undefined) return logged(await byItself)
  if (hasMethod(source, 'log')) return logged(await toldBy(source, gone))
  if (!hasMethod(source, 'has')) return new Map()
  return await keptBy((refs) => hasOf(source, refs), gone)
}

/** The same for a database. */
export async function deletedFrom(
  handle: Handle,
  gone: HeadTable,
  signal?: AbortSignal
): Promise<Map<string, Deletion>> {
  if (handle.engine.hasLog) return logged(await loggedDeletions(handle, gone, signal))
  return await keptBy((refs) => handle.ask((engine) => engine.has(refs, signal)), gone)
}

/** Those of the `gone` branches that the log of a database tells to be deleted; none if it keeps no log. */
export async function loggedDeletions(
  handle: Handle,
  gone: HeadTable,
  signal: AbortSignal | undefined,
  areLater: Deciding = (descents) => areLaterIn(handle, descents, signal)
): Promise<Set<string>> {
  const deleted = new Set<string>()
  if (!handle.engine.hasLog) return deleted
  const others: Descent[] = []
  for (const [branch, from] of await deletedHeads(handle, [...gone.keys()], signal)) {
    const seen = gone.get(branch) ?? ''
    if (from === seen) deleted.add(branch)
    else others.push({ branch, from, seen })
  }
  const later = others.length === 0 ? [] : await areLater(others)
  for (const [place, { branch }] of others.entries()) if (later[place]) deleted.add(branch)
  return deleted
}

async function areLaterIn(
  handle: Handle,
  descents: readonly Descent[],
  signal: AbortSignal | undefined
): Promise<boolean[]> {
  const later = await reachingEach(handle, descents, signal)
  for (const [place, descent] of descents.entries()) {
    signal?.throwIfAborted()
    later[place] ||= await hasStood(handle, descent)
  }
  return later
}

/** Whether the log tells that the branch stood at `seen`, and was moved from there to what does not reach it. */
async function hasStood(handle: Handle, { branch, seen }: Descent): Promise<boolean> {
  let before: string | undefined
  for (let moves = 0; moves < mostMoves; moves += page) {
    const question = { branch, before, limit: page }
    const { entries, next } = await handle.ask((engine) => engine.logPart(question))
    if (entries.some(({ from, to }) => from === seen || to === seen)) return true
    if (next === undefined) break
    before = next
  }
  return false
}

/** Asks about each by itself. What cannot be decided is not so: a revision that is not there, or was cut away. */
export async function reachingEach(
  handle: Handle,
  descents: readonly Descent[],
  signal: AbortSignal | undefined
): Promise<boolean[]> {
  const reached: boolean[] = []
  await partsInTurns(descents, atOnce, async (part) => {
    signal?.throwIfAborted()
    const asked = part.map(async ({ from, seen }) => {
      try {
        return await handle.ask((engine) => engine.isAncestor(seen, from, signal))
      } catch (error) {
        if (isUntellable(error)) return false
        throw error
      }
    })
    for (const isReached of await Promise.all(asked)) reached.push(isReached)
  })
  return reached
}

/** The heads that deletions took away, of those `names` whose newest move that was. */
async function deletedHeads(
  handle: Handle,
  names: readonly string[],
  signal: AbortSignal | undefined
): Promise<Map<string, Ref>> {
  const heads = new Map<string, Ref>()
  let parts = 0
  await partsInTurns(names, lookedUpAtOnce, async (part) => {
    signal?.throwIfAborted()
    for (const branch of part) {
      let before: string | undefined
      do {
        const question = { branch, before, limit: 1 }
        const { entries, next } = await handle.ask((engine) => engine.logPart(question))
        const [last] = entries
        if (isDeletion(last)) heads.set(branch, last.from)
        before = staysAway(last) ? last?.id : last === undefined ? next : undefined
        parts += 1
        if (before !== undefined) await turn()
      } while (before !== undefined && parts < mostParts)
    }
  })
  return heads
}

/** As `loggedDeletions`, by the public `log` of a source. */
async function toldBy(source: object, gone: HeadTable): Promise<Set<string>> {
  const deleted = new Set<string>()
  for (const [branch, seen] of gone) if (await isToldBy(source, branch, seen)) deleted.add(branch)
  return deleted
}

async function isToldBy(source: object, branch: string, seen: Ref): Promise<boolean> {
  const log = Reflect.get(source, 'log') as (options: object) => AsyncIterable<LogEntry>
  let isDeleted = false
  for await (const entry of Reflect.apply(log, source, [{ branch, limit: mostMoves }])) {
    if (isDeleted && (entry.from === seen || entry.to === seen)) return true
    if (isDeleted || staysAway(entry)) continue
    if (!isDeletion(entry)) return false
    if (await reaches(source, entry.from, seen)) return true
    isDeleted = true
  }
  return false
}

/** By `refDifference`, which is empty from a revision to one that it reaches. */
async function reaches(source: object, from: Ref, seen: Ref): Promise<boolean> {
  if (from === seen) return true
  if (!hasMethod(source, 'refDifference')) return false
  try {
    const beyond = await askForeign<readonly Ref[]>(source, 'refDifference', from, seen)
    return Array.isArray(beyond) && beyond.length === 0
  } catch (error) {
    if (isUntellable(error)) return false
    throw error
  }
}

/** Whether a move took the head of its branch away, and tells which that was. */
function isDeletion(entry: LogEntry | undefined): entry is LogEntry & { readonly from: Ref } {
  return entry?.to === null && typeof entry.from === 'string'
}

/** Whether a move left a branch without a head as it was: an undo of both its creation and its deletion. */
function staysAway(entry: LogEntry | undefined): boolean {
  return entry?.to === null && entry.from === null
}

function logged(names: Iterable<string>): Map<string, Deletion> {
  return new Map([...names].map((name) => [name, 'logged']))
}

/**
 * A source without a log: it has the revisions that its deleted branches had, another database usually has not. So little
 * is proved that only the remote head may go, never a branch.
 */
async function keptBy(
  has: (refs: readonly Ref[]) => Promise<readonly boolean[]>,
  gone: HeadTable
): Promise<Map<string, Deletion>> {
  const known = [...gone]
  const there = await has(known.map(([, ref]) => ref))
  const kept = known.filter((_known, place) => there[place])
  return new Map(kept.map(([name]) => [name, 'kept']))
}
