/**
 * Lists the checkpoints of a place, the last id first, by a way down from each leaf.
 *
 * Ways that meet go on as one. Parents have smaller ids than their children, so that ways meet before anything below is
 * listed; where one has not, the graph tells whether it was listed. What is held is one checkpoint a leaf.
 */

import type { Ref } from '../base/types.js'
import type { Facts } from './facts.js'
import type { Lookup } from './lookup.js'
import type { Place } from './names.js'

/** A way down from a leaf. */
interface Way {
  readonly leaf: Ref
  /** The next to be listed; `undefined` at the end. */
  at: Facts | undefined
  /** No greater than the ids of all that was listed on it. */
  key: string
  /** The way that it goes on as. */
  joined: Way | undefined
}

/** The ways down from some leaves. */
class Ways {
  readonly #lookup: Lookup
  readonly #all: Way[] = []
  /** Those that go on, by key: the last is the next. */
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

  /** Another way that came by a checkpoint already, although its id is no smaller. Asks the graph about each. */
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

/** Cuts off at `before` the leaf above it: a later page of a long thread need not be gone down to. */
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
