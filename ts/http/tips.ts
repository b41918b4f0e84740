/**
 * Where the search for what two databases have in common begins: the refs of ours that nothing of
 * ours descends from, as far as they can be told.
 */

import type { Engine } from '../engine.js'
import type { Handle } from '../handle.js'
import type { Ref } from '../types.js'

/** Heads and remote heads that are asked about at the most. */
const mostTips = 4096

/** Of what an interrupted run left, so many are told to the server. */
const mostArrived = 1024

/** Refs that are looked up at a time. */
const sliceOfRefs = 8192

/**
 * The heads, the remote heads, and what an interrupted run left behind where the engine can tell
 * that; no ref twice.
 */
export async function tipsOf(handle: Handle): Promise<Ref[]> {
  const all = new Set<Ref>()
  for (const ref of await handle.ask((engine) => engine.recentTips?.() ?? [])) all.add(ref)
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head !== null) all.add(head)
  if (handle.engine.listsHeads) {
    for (const list of [listOf('branches'), listOf('remotes')]) {
      for (const ref of Object.values(await handle.ask(list))) all.add(ref)
    }
  }
  const tips = [...all].slice(0, mostTips)
  const known = await handle.ask((engine) => engine.has(tips)) // others may have deleted some meanwhile
  return tips.filter((_ref, place) => known[place])
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
  return (engine: Engine) => engine[what]()
}
