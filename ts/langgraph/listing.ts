/**
 * Lists the checkpoints of a place, the last id first, along a path down from each leaf.
 *
 * Paths that meet continue as one. Parents have smaller ids than their children, so paths meet before anything below is
 * listed; if a parent has not, the graph shows whether it was listed. Memory holds one checkpoint for each leaf.
 */

import type { Ref } from '../base/types.js'
import type { Facts } from './facts.js'
import type { Lookup } from './lookup.js'
import type { Place } from './names.js'

/** A path down from a leaf. */
interface Way {
  readonly leaf: Ref
  /** The next checkpoint to list; `undefined` at the end. */
  at: Facts | undefined
  /** Not greater than the ids of all checkpoints listed on it. */
  key: string
  /** The path as which it continues. */
  joined: Way | undefined
}

/** The paths down from some leaves. */
class Ways {
  readonly #lookup: Lookup
  readonly #all: Way[] = []
  /** The paths that continue, by key: the last one is next. */
  readonly #next: Way[] = []
  readonly #byRef = new Map<Ref, Way>()

  constructor(lookup: Lookup, leaves: Iterable<Facts>) {
    this.#lookup = lookup
    for (const leaf of leaves) {
      const way: Way = { leaf: leaf.ref, at: undefined, key: leaf.id, joined: undefined }
      this.#all.push(way)
      this.#place(way, leaf)
    }
  }

  async take(): Promise<Facts | undefined> {
    const way = this.#next.pop()
    const taken = way?.at
    if (way === undefined || taken === undefined) return undefined
    this.#byRef.delete(taken.ref)
    way.at = undefined
    const below = await this.#lookup.facts.one(taken.ancestors[0])
    if (below === undefined) return taken
    if (below.id >= way.key) way.joined = await this.#takerOf(below.ref, way)
    if (way.joined === undefined) this.#place(way, below)
    return taken
  }

  /** Another path that already passed a checkpoint, although its id is not smaller. Queries the graph about each path. */
  async #takerOf(ref: Ref, way: Way): Promise<Way | undefined> {
    for (const other of this.#all) {
      const end = endOf(other)
      if (end === way || !(await this.#isBehind(ref, other.leaf))) continue
      if (end.at === undefined || !(await this.#isBehind(ref, end.at.ref))) return end
    }
    return undefined
  }

  #isBehind(ref: Ref, tip: Ref): Promise<boolean> {
    return this.#lookup.handle.ask((engine) => engine.isAncestor(ref, tip, undefined))
  }

  #place(way: Way, facts: Facts): void {
    const met = this.#byRef.get(facts.ref)
    if (met !== undefined) {
      way.joined = met
      return
    }
    way.at = facts
    if (facts.id < way.key) way.key = facts.id
    this.#byRef.set(facts.ref, way)
    let low = 0
    let high = this.#next.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#next[middle]?.key ?? '') < way.key) low = middle + 1
      else high = middle
    }
    this.#next.splice(low, 0, way)
  }
}

function endOf(way: Way): Way {
  let end = way
  while (end.joined !== undefined) end = end.joined
  return end
}

/** The checkpoints of a place; `before`: only those with smaller ids. */
export async function* checkpointsIn(
  lookup: Lookup,
  place: Place,
  before: string | undefined
): AsyncGenerator<Facts, undefined, undefined> {
  const leaves = await lookup.leaves(place)
  if (before !== undefined) await cut(lookup, place, leaves, before)
  const ways = new Ways(lookup, leaves.values())
  for (let facts = await ways.take(); facts !== undefined; facts = await ways.take()) {
    if (before === undefined || facts.id < before) yield facts
  }
}

/** Starts at `before` instead of the leaf above it, so that a later page of a long thread needs no walk down. */
async function cut(
  lookup: Lookup,
  place: Place,
  leaves: Map<string, Facts>,
  before: string
): Promise<void> {
  if ([...leaves.values()].every(({ id }) => id < before)) return
  const found = (await lookup.find(place, before))?.checkpoint
  const branch = found?.branch ?? ''
  const leaf = leaves.get(branch)
  if (found === undefined || leaf === undefined) return
  const isBehind = await lookup.handle.ask((engine) =>
    engine.isAncestor(found.ref, leaf.ref, undefined)
  )
  if (isBehind) leaves.set(branch, found)
}
