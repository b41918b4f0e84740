/**
 * The tips from which the search for the common history begins: our refs without descendants, as far as known.
 */

import { allNames, type HeadSpace, nameOfBranch } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { EngineReads } from '../../engine.js'

/** Most heads and remote heads to ask about. */
const mostTips = 4096

/** Most refs to name unasked: as bounds, and beyond them. */
const [mostBounds, mostOwn] = [32, 128]

/** Heads, and remote heads, to ask about if there are many, so that a pull among thousands of branches costs no more. */
const someHeads = 256

/** Most databases whose branches of the same name are named. */
const mostBases = 8

/** Most refs left by an interrupted run that are sent to the server. */
const mostArrived = 1024

/** Refs looked up at a time. */
const lookupBatch = 8192

/** Our refs that are named to a database in one request. */
export interface Named {
  /** The bounds, then others. */
  readonly refs: readonly Ref[]
  /** Number of bounds. Each of our revisions is one, is reached by one, or is named; `undefined`: too many to name. */
  readonly bounds: number | undefined
}

/**
 * Returns the heads, the remote heads and, if the engine knows them, the tips that an interrupted run left; without
 * duplicates.
 */
export async function tipsOf(handle: Handle): Promise<Ref[]> {
  const { own, remotes } = await headsOf(handle)
  return [...new Set([...own, ...remotes])]
}

/**
 * Names all of our history: the remote heads as bounds, since they come from elsewhere, and the refs beyond them; if
 * those are many, all tips as bounds.
 */
export async function namedOf(handle: Handle, branch: string): Promise<Named> {
  const { engine } = handle
  if (await hasMany(handle)) {
    const named = await namedOfBranch(handle, branch)
    if (named !== undefined) return named
  }
  const { own, remotes } = await headsOf(handle)
  const all = new Set([...remotes, ...own])
  if (engine.ownRefs === undefined || all.size > mostBounds) {
    return { refs: [...all].slice(0, mostBounds), bounds: undefined }
  }
  const ownRefs = await handle.ask((engine) => engine.ownRefs?.(own, remotes, mostOwn) ?? null)
  if (ownRefs === null) return { refs: [...all], bounds: all.size }
  return { refs: [...remotes, ...ownRefs], bounds: remotes.length }
}

/** Whether there are more heads than can be named; reads only a few of them. */
async function hasMany(handle: Handle): Promise<boolean> {
  if (handle.engine.ownRefs === undefined || !handle.engine.listsByRange) return false
  const page = { ...allNames, limit: mostBounds + 1 }
  for (const space of ['heads/', 'remotes/'] as const) {
    if ((await handle.ask((engine) => engine.heads(space, page))).length > mostBounds) return true
  }
  return false
}

/**
 * Names only what belongs to one branch of the server: its remote heads as bounds, and what is beyond them, as if nothing
 * else existed. Then revisions that other branches have may come again, which is cheaper than naming all of these.
 */
async function namedOfBranch(handle: Handle, branch: string): Promise<Named | undefined> {
  const heads = new Set<Ref>()
  for (const base of await rememberedBases(handle, mostBases)) {
    const ref = await handle.ask((engine) => engine.remoteHead(nameOfBranch(base, branch)))
    if (ref !== null) heads.add(ref)
  }
  const own = await handle.ask((engine) => engine.head(handle.branch))
  const refs = [...heads]
  const known = await handle.ask((engine) => engine.has([...refs, ...(own === null ? [] : [own])]))
  if (refs.length === 0 || !known.every(Boolean)) return undefined
  const beyond =
    own === null ? [] : await handle.ask((engine) => engine.ownRefs?.([own], refs, mostOwn) ?? null)
  return { refs: [...refs, ...(beyond ?? [])], bounds: refs.length }
}

/** The names of at most `most` databases with remote heads; each costs one lookup, however many branches it has. */
export async function rememberedBases(handle: Handle, most: number): Promise<string[]> {
  if (!handle.engine.listsHeads) return []
  const names = new Set<string>()
  for (let after: string | undefined; names.size < most; ) {
    const page = { prefix: '', after, limit: 1 }
    const [next] = await handle.ask((engine) => engine.heads('remotes/', page))
    if (next === undefined) break
    const base = next.name.split('/', 1)[0] ?? ''
    names.add(base)
    after = next.name === base ? base : `${base}/\u{10ffff}` // after all branches of this database
  }
  return [...names]
}

/** Tips of our own, and remote heads. */
async function headsOf(handle: Handle): Promise<{ own: Ref[]; remotes: Ref[] }> {
  const own = new Set(await handle.ask((engine) => engine.recentTips?.() ?? []))
  const remotes = new Set<Ref>()
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head !== null) own.add(head)
  if (handle.engine.listsHeads) {
    const limit = (await hasMany(handle)) ? someHeads : allNames.limit
    for (const { ref } of await handle.ask(listOf('heads/', limit))) own.add(ref)
    for (const { ref } of await handle.ask(listOf('remotes/', limit))) remotes.add(ref)
  }
  for (const ref of remotes) own.delete(ref)
  // Others may have deleted some of them meanwhile.
  const [ours, theirs] = [[...own].slice(0, mostTips), [...remotes].slice(0, mostTips)]
  const known = await handle.ask((engine) => engine.has([...ours, ...theirs]))
  return {
    own: ours.filter((_ref, place) => known[place]),
    remotes: theirs.filter((_ref, place) => known[ours.length + place])
  }
}

/**
 * Returns the newest of `refs`, newest first, that exist here already: those that an interrupted run left, for an engine
 * that does not know them itself. All that they reach exists here too.
 */
export async function arrivedOf(handle: Handle, refs: readonly Ref[]): Promise<Ref[]> {
  const here: Ref[] = []
  for (let at = 0; at < refs.length && here.length < mostArrived; at += lookupBatch) {
    const slice = refs.slice(at, at + lookupBatch)
    const known = await handle.ask((engine) => engine.has(slice))
    here.push(...slice.filter((_ref, place) => known[place]))
  }
  return here.slice(0, mostArrived)
}

function listOf(space: HeadSpace, limit: number) {
  return (engine: EngineReads) => engine.heads(space, { ...allNames, limit })
}
