/**
 * Where the search for what two databases have in common begins: the refs of ours that nothing of
 * ours descends from, as far as they can be told.
 */

import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { EngineReads } from '../../engine.js'

/** Heads and remote heads that are asked about at the most. */
const mostTips = 4096

/** Refs that are named at once, unasked: as bounds, and beyond these. */
const [mostBounds, mostOwn] = [32, 128]

/** Of what an interrupted run left, so many are told to the server. */
const mostArrived = 1024

/** Refs that are looked up at a time. */
const sliceOfRefs = 8192

/** What a database is told of ours in one request. */
export interface Named {
  /** The bounds, then others. */
  readonly refs: readonly Ref[]
  /** How many are bounds: each of ours is one, is reached by one, or is named; `undefined`: it is too much. */
  readonly bounds: number | undefined
}

/**
 * The heads, the remote heads, and what an interrupted run left behind where the engine can tell
 * that; no ref twice.
 */
export async function tipsOf(handle: Handle): Promise<Ref[]> {
  const { own, remotes } = await headsOf(handle)
  return [...new Set([...own, ...remotes])]
}

/**
 * Names all of ours: the remote heads as bounds, since they come from elsewhere, and what we have beyond
 * them; where that is much, all tips as bounds.
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

/** What was written here and not there. */
async function headsOf(handle: Handle): Promise<{ own: Ref[]; remotes: Ref[] }> {
  const own = new Set(await handle.ask((engine) => engine.recentTips?.() ?? []))
  const remotes = new Set<Ref>()
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head !== null) own.add(head)
  if (handle.engine.listsHeads) {
    for (const ref of Object.values(await handle.ask(listOf('branches')))) own.add(ref)
    for (const ref of Object.values(await handle.ask(listOf('remotes')))) remotes.add(ref)
  }
  for (const ref of remotes) own.delete(ref)
  // others may have deleted some meanwhile
  const [ours, theirs] = [[...own].slice(0, mostTips), [...remotes].slice(0, mostTips)]
  const known = await handle.ask((engine) => engine.has([...ours, ...theirs]))
  return {
    own: ours.filter((_ref, place) => known[place]),
    remotes: theirs.filter((_ref, place) => known[ours.length + place])
  }
}

/**
 * Which of `refs`, newest first, are here already: what an interrupted run left where the engine cannot
 * tell that. The newest of them, and so all that these reach.
 */
export async function arrivedOf(handle: Handle, refs: readonly Ref[]): Promise<Ref[]> {
  const here: Ref[] = []
  for (let at = 0; at < refs.length && here.length < mostArrived; at += sliceOfRefs) {
    const slice = refs.slice(at, at + sliceOfRefs)
    const known = await handle.ask((engine) => engine.has(slice))
    here.push(...slice.filter((_ref, place) => known[place]))
  }
  return here.slice(0, mostArrived)
}

function listOf(what: 'branches' | 'remotes') {
  return (engine: EngineReads) => engine[what]()
}
