/**
 * The tips from which the search for the common history begins: our refs without descendants, as far as known.
 */

import { allNames, type HeadSpace } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { EngineReads } from '../../engine.js'

/** Most heads and remote heads to ask about. */
const mostTips = 4096

/** Most refs to name unasked: as bounds, and beyond them. */
const [mostBounds, mostOwn] = [32, 128]

/** Most refs left by an interrupted run to tell the server. */
const mostArrived = 1024

/** Refs looked up at a time. */
const lookupBatch = 8192

/** The refs of ours that a database is told in one request. */
export interface Named {
  /** The bounds, then others. */
  readonly refs: readonly Ref[]
  /** Number of bounds. Each of our revisions is one, is reached by one, or is named; `undefined`: too many to name. */
  readonly bounds: number | undefined
}

/**
 * Returns the heads, the remote heads, and the tips that an interrupted run left if the engine can tell them; without
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
export async function namedOf(handle: Handle): Promise<Named> {
  const { own, remotes } = await headsOf(handle)
  const { engine } = handle
  const all = new Set([...remotes, ...own])
  if (engine.ownRefs === undefined || all.size > mostBounds) {
    return { refs: [...all].slice(0, mostBounds), bounds: undefined }
  }
  const ownRefs = await handle.ask((engine) => engine.ownRefs?.(own, remotes, mostOwn) ?? null)
  if (ownRefs === null) return { refs: [...all], bounds: all.size }
  return { refs: [...remotes, ...ownRefs], bounds: remotes.length }
}

/** Tips of our own, and remote heads. */
async function headsOf(handle: Handle): Promise<{ own: Ref[]; remotes: Ref[] }> {
  const own = new Set(await handle.ask((engine) => engine.recentTips?.() ?? []))
  const remotes = new Set<Ref>()
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head !== null) own.add(head)
  if (handle.engine.listsHeads) {
    for (const { ref } of await handle.ask(listOf('heads/'))) own.add(ref)
    for (const { ref } of await handle.ask(listOf('remotes/'))) remotes.add(ref)
  }
  for (const ref of remotes) own.delete(ref)
  // Others may have deleted some meanwhile.
  const [ours, theirs] = [[...own].slice(0, mostTips), [...remotes].slice(0, mostTips)]
  const known = await handle.ask((engine) => engine.has([...ours, ...theirs]))
  return {
    own: ours.filter((_ref, place) => known[place]),
    remotes: theirs.filter((_ref, place) => known[ours.length + place])
  }
}

/**
 * Returns the newest of `refs`, newest first, that are here already: left by an interrupted run, if the engine cannot
 * tell. All that they reach is here too.
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

function listOf(space: HeadSpace) {
  return (engine: EngineReads) => engine.heads(space, allNames)
}
