/**
 * Lists the existing places: threads and their namespaces.
 */

import type { NamedRef } from '../base/names.js'
import type { Lookup } from './lookup.js'
import { indexRoot, leafPrefix, type Place, threadPrefix } from './names.js'

/** Branches read per call. */
const batch = 256

/** The places of a thread and namespace; `undefined` means all threads, or all namespaces. */
export async function* placesOf(
  lookup: Lookup,
  thread: string | undefined,
  namespace: string | undefined
): AsyncGenerator<Place, undefined, undefined> {
  if (thread !== undefined && namespace !== undefined) {
    yield { thread, namespace }
    return
  }
  let last = ''
  for await (const heads of pages(lookup, thread === undefined ? '' : threadPrefix(thread))) {
    const facts = await lookup.facts.read(heads.map(({ ref }) => ref))
    const byRef = new Map(facts.map((found) => [found.ref, found]))
    for (const { name, ref } of heads) {
      const found = byRef.get(ref)
      if (found?.kind !== 'checkpoint') continue
      const { place } = found
      const prefix = leafPrefix(place)
      // The branches of a place are adjacent.
      if (prefix === last || !name.startsWith(prefix)) continue
      last = prefix
      if (namespace === undefined || namespace === place.namespace) yield place
    }
  }
}

/** All branches whose names begin with `prefix`, without those below `~langgraph/`. */
async function* pages(lookup: Lookup, prefix: string): AsyncGenerator<NamedRef[]> {
  let after: string | undefined
  for (;;) {
    const range = { prefix, after, limit: batch }
    const heads = await lookup.handle.ask((engine) => engine.heads('heads/', range))
    const leaves = heads.filter(({ name }) => !name.startsWith(indexRoot))
    if (leaves.length > 0) yield leaves
    if (heads.length < batch) return
    const end = heads.at(-1)?.name ?? ''
    // '0' is the character after '/', so this is after all names that begin with the root.
    after = end.startsWith(indexRoot) ? `${indexRoot.slice(0, -1)}0` : end
  }
}
