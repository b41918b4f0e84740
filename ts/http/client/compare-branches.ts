/**
 * Finds in few requests which branches of a server have other heads than are known here: by one sum over all of them, then
 * by the sums of parts, then by the branches in the parts that differ.
 */

import type { Ref } from '../../base/types.js'
import { countIn, type HeadEntry, headsIn } from '../../branch/hashed-heads.js'
import { type HeadTable, partOf } from '../../branch/head-tables.js'
import {
  differing,
  encodeNames,
  encodeNumbers,
  encodeShorts,
  encodeSums,
  sumText
} from '../compare.js'
import { broken, mostRefsAsked } from '../protocol.js'
import { joined } from '../sections.js'
import type {
  BranchCalls,
  BranchesAnswer,
  BranchesAsked,
  BranchesState,
  ReadStream
} from './branch-calls.js'
import { halves, inParts } from './oversized.js'

/** The result of a comparison. */
export interface Comparison {
  readonly state: BranchesState
  /** The server's heads that are not known here. */
  readonly changed: Map<string, Ref>
  /** The branches that are known here but do not exist there. */
  readonly absent: ReadonlySet<string>
  /** All heads of the server, where it has listed them. */
  readonly all?: ReadonlyMap<string, Ref>
}

/** The branches of a server that are known here. */
export interface KnownHere {
  /** Returns the known heads for the server's name, which is in the first answer. */
  readonly of: (name: string) => Promise<HeadTable>
  /** The sums to begin with; none: list all branches. */
  readonly sums: readonly string[]
  /** The branches, if they are named one by one. */
  readonly names: readonly string[] | undefined
  /** Whether this database is empty, so that all that the heads reach is wanted. */
  readonly isBare: boolean
}

/** Compares. `read` reads the missing revisions if the server sends them at once. */
export async function compareBranches(
  calls: BranchCalls,
  asked: BranchesAsked,
  here: KnownHere,
  read: ReadStream | undefined
): Promise<Comparison> {
  const comparing = new Comparing(calls, asked, here, read)
  return here.names === undefined ? await comparing.all() : await comparing.named(here.names)
}

/** The first part of a request about some of the branches, and what is known of them here. */
interface AskedOf {
  readonly first: Uint8Array
  readonly entries: readonly HeadEntry[]
}

class Comparing {
  readonly #calls: BranchCalls
  readonly #asked: BranchesAsked
  readonly #here: KnownHere
  readonly #read: ReadStream | undefined
  /** The latest answer. */
  #before: BranchesState | undefined

  constructor(
    calls: BranchCalls,
    asked: BranchesAsked,
    here: KnownHere,
    read: ReadStream | undefined
  ) {
    this.#calls = calls
    this.#asked = asked
    this.#here = here
    this.#read = read
  }

  async all(): Promise<Comparison> {
    const { sums } = this.#here
    const sum = sums.length === 0 ? undefined : sums.join(',')
    const first = await this.#ask({ sum, bare: this.#bare })
    const known = await this.#here.of(first.name)
    if (sumText(known) === first.sum) return { state: first, changed: new Map(), absent: new Set() }
    if (first.is === 'list') return await this.#listed(first, known)
    if (first.is !== 'parts' || known.heads.size === 0) return await this.#listed(undefined, known)
    const numbers = differing(encodeSums(known.heads, first.parts), first.sums)
    if (numbers.length === 0 || numbers.length > first.parts / 2) {
      return await this.#listed(undefined, known)
    }
    const what = { what: 'parts', parts: String(first.parts) }
    const askedOf = (part: readonly number[]) => {
      return { first: encodeNumbers(part), entries: headsIn(known.heads, first, part) }
    }
    const sizeOf = (part: readonly number[]) => countIn(known.heads, first, part)
    return await this.#changed(what, numbers, askedOf, sizeOf)
  }

  /** Compares branches that are named. */
  async named(names: readonly string[]): Promise<Comparison> {
    const { name } = await this.#askNone()
    const table = await this.#here.of(name)
    const askedOf = (part: readonly string[]) => {
      const wanted = new Set(part)
      const { heads } = partOf(table, (branch) => wanted.has(branch))
      return { first: encodeNames(part), entries: [...heads] }
    }
    return await this.#changed({ what: 'names' }, names, askedOf, (part) => part.length)
  }

  /** Compares the branches of some parts, or named ones; where that is too large, of fewer at a time. */
  async #changed<Item>(
    what: Readonly<Record<string, string>>,
    items: readonly Item[],
    askedOf: (items: readonly Item[]) => AskedOf,
    sizeOf: SizeOf<Item>
  ): Promise<Comparison> {
    const given = { ...what, ...(this.#read === undefined ? plain : {}) }
    const [changed, absent] = [new Map<string, Ref>(), new Set<string>()]
    let state: BranchesState | undefined
    let entries: AskedOf['entries'] = []
    let isWhole = true
    const bodyOf = (part: readonly Item[]) => {
      const asked = askedOf(part)
      entries = asked.entries
      isWhole = part.length === items.length
      return joined([asked.first, encodeShorts(entries.map(([, head]) => head.short))])
    }
    const send = async (body: Uint8Array) => {
      const answer = await this.#ask(given, body, entries.length, isWhole)
      if (answer.is !== 'changed') throw broken('the server answers something else')
      state = answer
      for (const [name, ref] of answer.listed) changed.set(name, ref)
      for (const [place, [name]] of entries.entries()) {
        if (answer.known[place] === false && !answer.listed.has(name)) absent.add(name)
      }
    }
    for (const group of groups(items, sizeOf)) {
      await inParts(group, bodyOf, send, this.#calls.limit)
    }
    state ??= await this.#askNone()
    return { state, changed, absent }
  }

  /** Reads all pages; the first may be given. */
  async #listed(first: BranchesAnswer | undefined, known: HeadTable): Promise<Comparison> {
    let page = first ?? (await this.#ask({ what: 'list', bare: this.#bare }))
    const all = new Map<string, Ref>()
    for (;;) {
      if (page.is !== 'list') throw broken('the server did not send a list')
      for (const [name, ref] of page.listed) all.set(name, ref)
      if (!page.more) break
      const after = [...page.listed.keys()].at(-1)
      if (after === undefined) throw broken('a page of branches is empty')
      page = await this.#ask({ what: 'list', after, bare: this.#bare })
    }
    const changed = new Map([...all].filter(([name, ref]) => known.heads.get(name)?.ref !== ref))
    const absent = [...known.heads.keys()].filter((name) => !all.has(name))
    return { state: page, changed, absent: new Set(absent), all }
  }

  /** Asks about no branch: for the state. */
  #askNone(): Promise<BranchesAnswer> {
    return this.#ask({ what: 'names', ...plain }, joined([encodeNames([]), none]))
  }

  get #bare(): string | undefined {
    return this.#here.isBare && this.#read !== undefined ? '1' : undefined
  }

  async #ask(
    parameters: Readonly<Record<string, string | undefined>>,
    body: Uint8Array = none,
    asked = 0,
    isWhole = true
  ): Promise<BranchesAnswer> {
    const take = this.#read
    const read: ReadStream | undefined =
      take && ((answer, reply, stream) => take(answer, reply, stream, isWhole))
    const reading = { asked, read, before: this.#before }
    const answer = await this.#calls.branches(this.#asked, parameters, body, reading)
    this.#before = answer
    return answer
  }
}

/** Parameters of a request without a stream. */
const plain = { follow: '0' }
const none = new Uint8Array()

/** Most heads that are known here of some items. */
type SizeOf<Item> = (items: readonly Item[]) => number

/** Divides `items` until each group is small enough for a request. */
function* groups<Item>(
  items: readonly Item[],
  sizeOf: SizeOf<Item>
): Generator<readonly Item[], void> {
  const isSmall = items.length <= mostRefsAsked && sizeOf(items) <= mostRefsAsked
  if (isSmall || items.length === 1) return yield items
  for (const half of halves(items)) yield* groups(half, sizeOf)
}
