/**
 * Finds checkpoints: the leaves of a place, the latest, one by its id.
 *
 * The branches of the leaves are authoritative. A checkpoint with pending writes, or with another one after it, has an
 * index branch below `~langgraph/`, by which it is found in one step: the head of that branch is the checkpoint, or its
 * writes, whose first ancestor is the checkpoint. A leaf is found among the leaves. If index branches are missing, because
 * only leaves were synchronized or somebody moved them, the checkpoint is found by walking down from the leaves, and they
 * are made.
 */

import { hasCode } from '../base/errors.js'
import type { NamedRef } from '../base/names.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { writesDraft } from './drafts.js'
import { type Facts, FactsReader, factsOf, isGone } from './facts.js'
import { indexPrefix, leafPrefix, type Place, placeIndex, writerOf } from './names.js'
import { readWrites, type Write } from './pending.js'
import { Recent } from './recent.js'

/** A checkpoint. */
interface Found {
  readonly checkpoint: Facts
  /** Whether an index branch leads to it. */
  readonly isIndexed: boolean
}

/** A branch below `~langgraph/` and the facts of its head. */
export interface Entry {
  readonly branch: string
  readonly facts: Facts
}

/** Most leaves that are remembered as having all checkpoints below them indexed. */
const mostWhole = 1024
/** Branches that are made in one commit. */
const group = 256
/** Most checkpoints that are looked up one by one. */
const few = 16

/** Looks for checkpoints in a database. */
export class Lookup {
  readonly handle: Handle
  readonly facts: FactsReader
  readonly #whole = new Recent<true>(mostWhole)
  #writer: string | undefined

  constructor(handle: Handle) {
    this.handle = handle
    this.facts = new FactsReader(handle)
  }

  /** Waits until the database is open; returns this database's part of names. */
  async writer(): Promise<string> {
    if (this.#writer !== undefined) return this.#writer
    await this.handle.opened()
    this.#writer = writerOf(this.handle.engine.name ?? '')
    return this.#writer
  }

  /** The heads of the branches whose names begin with `prefix`. */
  async heads(prefix: string): Promise<NamedRef[]> {
    const range = { prefix, after: undefined, limit: Number.POSITIVE_INFINITY }
    return await this.handle.ask((engine) => engine.heads('heads/', range))
  }

  /** The checkpoints that the branches of a place have as heads, by branch. */
  async leaves(place: Place): Promise<Map<string, Facts>> {
    return await this.#checkpointsOf(place, await this.heads(leafPrefix(place)))
  }

  /** The checkpoint of a place whose id comes last. */
  async latest(place: Place): Promise<Facts | undefined> {
    let latest: Facts | undefined
    for (const leaf of (await this.leaves(place)).values()) {
      if (latest === undefined || leaf.id > latest.id) latest = leaf
    }
    return latest
  }

  /** The checkpoint with this id; `undefined` if there is none. */
  async find(place: Place, id: string): Promise<Found | undefined> {
    const near = await this.findNear(place, id)
    if (near !== undefined) return near
    const checkpoint = await this.#walk(place, id)
    return checkpoint && { checkpoint, isIndexed: false }
  }

  /** As `find`, but only among indexed checkpoints and leaves. */
  async findNear(place: Place, id: string): Promise<Found | undefined> {
    for (const { facts } of await this.entries(place, id)) {
      const checkpoint = await this.#checkpointOf(facts)
      if (checkpoint !== undefined) return { checkpoint, isIndexed: true }
    }
    for (const checkpoint of (await this.leaves(place)).values()) {
      if (checkpoint.id === id) return { checkpoint, isIndexed: false }
    }
    return undefined
  }

  /** The index branches that lead to a checkpoint or to its writes. */
  async entries(place: Place, id: string): Promise<Entry[]> {
    const heads = await this.heads(indexPrefix(place, id))
    if (heads.length === 0) return []
    const facts = await this.facts.read(heads.map(({ ref }) => ref))
    const byRef = new Map(facts.map((found) => [found.ref, found]))
    return heads.flatMap(({ name, ref }) => {
      const found = byRef.get(ref)
      return found !== undefined && isIn(place, found) && found.id === id
        ? [{ branch: name, facts: found }]
        : []
    })
  }

  /** The index branch that this database makes for a checkpoint. */
  async indexBranch(place: Place, id: string): Promise<string> {
    return `${indexPrefix(place, id)}${await this.writer()}`
  }

  /** Makes an index branch for a checkpoint, unless its id has one; returns whether one exists now. */
  async index(place: Place, { id, ref }: Pick<Facts, 'id' | 'ref'>): Promise<boolean> {
    const branch = await this.indexBranch(place, id)
    try {
      await this.handle.write((engine) => engine.setHead(branch, ref, null))
      return true
    } catch (error) {
      if (!hasCode(error, 'HISTO_HEAD_CONFLICT')) return false
    }
    const own = await this.ownEntry(place, id)
    return own?.facts.kind === 'early writes' ? await this.lead(place, own, ref) : true
  }

  /** The index branch that this database made for a checkpoint. */
  async ownEntry(place: Place, id: string): Promise<Entry | undefined> {
    const branch = await this.indexBranch(place, id)
    return (await this.entries(place, id)).find((entry) => entry.branch === branch)
  }

  /** Points an index branch at this checkpoint, with the writes that it has; returns whether that worked. */
  async lead(place: Place, { branch, facts }: Entry, checkpoint: Ref): Promise<boolean> {
    const { id, ref: before } = facts
    const writes = await this.writesIn(facts)
    const draft = writesDraft(this.handle, { place, id, writes, checkpoint, before }, false)
    try {
      const move = { previousHead: before, moveHead: true }
      await this.handle.write((engine) => engine.put(branch, draft, move))
      return true
    } catch {
      return false
    }
  }

  /** The pending writes in a revision; none in that of a checkpoint. */
  async writesIn(facts: Facts | undefined): Promise<Write[]> {
    if (facts === undefined || facts.kind === 'checkpoint') return []
    return readWrites(await this.handle.ask((engine) => engine.payload(facts.ref, undefined)))
  }

  async #checkpointOf(facts: Facts): Promise<Facts | undefined> {
    if (facts.kind === 'checkpoint') return facts
    return facts.kind === 'writes' ? await this.facts.one(facts.ancestors[0]) : undefined
  }

  async #checkpointsOf(place: Place, heads: readonly NamedRef[]): Promise<Map<string, Facts>> {
    const facts = await this.facts.read(heads.map(({ ref }) => ref))
    const byRef = new Map(facts.map((found) => [found.ref, found]))
    const found = new Map<string, Facts>()
    for (const { name, ref } of heads) {
      const leaf = byRef.get(ref)
      if (leaf?.kind === 'checkpoint' && isIn(place, leaf)) found.set(name, leaf)
    }
    return found
  }

  /** Walks down from the leaves, and indexes what is not. A process visits each checkpoint once. */
  async #walk(place: Place, id: string): Promise<Facts | undefined> {
    const known = new Known(this, place)
    const leaves = new Map([...(await this.leaves(place)).values()].map((leaf) => [leaf.ref, leaf]))
    const left = [...leaves.keys()].filter((ref) => this.#whole.get(ref) !== true)
    const done = new Set([...leaves.keys()].filter((ref) => this.#whole.get(ref) === true))
    let met: Facts | undefined
    const visit = async (from: readonly Ref[]) => {
      let isDone = true
      for await (const part of this.#before(place, from, done, leaves)) {
        met ??= part.find((facts) => facts.id === id)
        if (!(await this.#indexAll(place, await known.without(part)))) isDone = false
      }
      for (const ref of from) {
        if (isDone) this.#whole.set(ref, true)
        done.add(ref)
      }
    }
    try {
      await visit(left)
    } catch (error) {
      if (!isGone(error)) throw error
      for (const ref of left) await visit([ref]) // behind one of them all is cut away
    }
    return met
  }

  /**
   * The checkpoints before some leaves, in parts, without those before others that are done; these themselves are among
   * them, and a leaf only if it is before another. What was cut away ends the walk from a single leaf.
   *
   * @throws {HistoError} `HISTO_SHALLOW` or `HISTO_NOT_FOUND` if that happens on the way from several
   */
  async *#before(
    place: Place,
    from: readonly Ref[],
    done: ReadonlySet<Ref>,
    leaves: ReadonlyMap<Ref, Facts>
  ): AsyncGenerator<Facts[]> {
    if (from.length === 0) return
    const limit = Number.POSITIVE_INFINITY
    const range = { to: from, until: [...done], limit, withData: false }
    const inner = new Set<Ref>()
    try {
      for await (const steps of this.handle.engine.history(range, undefined)) {
        // No step comes before one of its descendants.
        const named = steps.flatMap(({ ancestors }) => ancestors.filter((ref) => leaves.has(ref)))
        for (const ref of named) inner.add(ref)
        const found = steps.filter(({ ref }) => !leaves.has(ref) || inner.has(ref)).map(factsOf)
        const ends = named.filter((ref) => done.has(ref)).map((ref) => leaves.get(ref))
        const all = [...found, ...ends]
        yield all.filter((facts) => facts?.kind === 'checkpoint' && isIn(place, facts)) as Facts[]
      }
    } catch (error) {
      if (!isGone(error) || from.length > 1) throw error
    }
  }

  async #indexAll(place: Place, loose: readonly Facts[]): Promise<boolean> {
    if (this.handle.engine.isReadOnly === true) return loose.length === 0
    for (let at = 0; at < loose.length; at += group) {
      const part = loose.slice(at, at + group)
      const done = await Promise.all(part.map((facts) => this.index(place, facts)))
      if (!done.every(Boolean)) return false
    }
    return true
  }
}

function isIn({ thread, namespace }: Place, { place }: Facts): boolean {
  return place.thread === thread && place.namespace === namespace
}

/** Knows which checkpoints of a place are indexed: looks up a few one by one, then lists all. */
class Known {
  readonly #lookup: Lookup
  readonly #place: Place
  #asked = 0
  #all: Set<string> | undefined

  constructor(lookup: Lookup, place: Place) {
    this.#lookup = lookup
    this.#place = place
  }

  /** Those of `all` that are not indexed. */
  async without(all: readonly Facts[]): Promise<Facts[]> {
    const loose: Facts[] = []
    for (const facts of all) if (!(await this.#has(facts.id))) loose.push(facts)
    return loose
  }

  async #has(id: string): Promise<boolean> {
    this.#asked += 1
    if (this.#asked <= few) {
      const entries = await this.#lookup.entries(this.#place, id)
      return entries.some(({ facts }) => facts.kind !== 'early writes')
    }
    this.#all ??= await this.#list()
    return this.#all.has(indexPrefix(this.#place, id))
  }

  async #list(): Promise<Set<string>> {
    const heads = await this.#lookup.heads(placeIndex(this.#place))
    return new Set(heads.map(({ name }) => name.slice(0, name.lastIndexOf('.') + 1)))
  }
}
