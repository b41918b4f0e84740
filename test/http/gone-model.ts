/** A plain model of what branches of a database stood at, for the tests of what `prune` deletes. */

import { join } from 'node:path'
import type { HandlerOptions } from '../../ts/http-entry.js'
import { createDB, type DB, type Ref } from '../../ts/index.js'
import { folder, opened } from '../contract/places.js'
import { randoms } from '../support/randoms.js'
import { inProcess, openToAll } from './servers.js'

export type Doc = Record<string, number>
export type Heads = ReadonlyMap<string, Ref>

export const names = ['main', 'a/1', 'a/main', '__proto__', 'ü 🙂', '10', "a'%2F?&", 'constructor']

/** All revisions that were seen, with their ancestors. */
export class Histories {
  readonly #parents = new Map<Ref, readonly Ref[]>()

  async see(db: DB<Doc>, heads: Heads) {
    for (const waiting = [...heads.values()]; waiting.length > 0; ) {
      const ref = waiting.pop() ?? ''
      if (this.#parents.has(ref)) continue
      const { ancestors } = await db.revision(ref)
      this.#parents.set(ref, ancestors)
      waiting.push(...ancestors)
    }
  }

  reaches(from: Ref, to: Ref): boolean {
    return from === to || (this.#parents.get(from) ?? []).some((ref) => this.reaches(ref, to))
  }
}

/** A database, and where its branches stood, one after the other; `null`: nowhere. */
export class Side {
  readonly db: DB<Doc>
  readonly #histories: Histories
  readonly #stands: Map<string, (Ref | null)[]>

  constructor(db: DB<Doc>, histories: Histories, stands = new Map<string, (Ref | null)[]>()) {
    this.db = db
    this.#histories = histories
    this.#stands = stands
  }

  async heads(): Promise<Map<string, Ref>> {
    return new Map(Object.entries(await this.db.branches()))
  }

  async note() {
    const heads = await this.heads()
    await this.#histories.see(this.db, heads)
    for (const name of names) {
      const stood = this.#stands.get(name) ?? [null]
      const head = heads.get(name) ?? null
      if (stood.at(-1) !== head) stood.push(head)
      this.#stands.set(name, stood)
    }
  }

  /** Whether the branch was deleted from `seen`, or a later head. */
  deleted(name: string, seen: Ref, isServer: boolean): boolean {
    const stood = this.#stands.get(name) ?? [null]
    const from = stood.at(-2)
    if (stood.at(-1) !== null || from === null || from === undefined) return false
    return this.#histories.reaches(from, seen) || (!isServer && stood.includes(seen))
  }

  async backup(): Promise<Side> {
    const path = join(folder(), 'db')
    await this.db.backup(path)
    const stands = new Map([...this.#stands].map(([name, stood]) => [name, [...stood]]))
    return new Side(await opened<Doc>({ path }), this.#histories, stands)
  }
}

export const selections: readonly [unknown, (name: string) => boolean][] = [
  [true, () => true],
  ['a/', (name) => name.startsWith('a/')],
  [['main', '__proto__', '10'], (name) => ['main', '__proto__', '10'].includes(name)],
  [(name: string) => name.length > 2, (name) => name.length > 2]
]

/** Two sides that change at random, `ours` in all ways, and what they exchange. */
export abstract class Changing {
  readonly random: (most: number) => number
  readonly histories: Histories = new Histories()
  readonly #name: string
  readonly #other: Side
  #ours: Side
  #backup: Side | undefined
  #edits = 0

  /** `ours` and `other` are the names of the sides. */
  constructor(seed: number, ours: string, other: string) {
    this.random = randoms(seed)
    this.#name = ours
    this.#ours = this.newSide(ours)
    this.#other = this.newSide(other)
  }

  /** The side that is also restored and replaced. */
  get ours(): Side {
    return this.#ours
  }

  get other(): Side {
    return this.#other
  }

  /** Exchanges branches; `isFirst` in two cases of seven. */
  abstract exchange(isFirst: boolean): Promise<void>

  async step(): Promise<void> {
    const what = this.random(24)
    if (what === 0) this.#backup = await this.#ours.backup()
    else if (what === 1) this.#ours = (await this.#backup?.backup()) ?? this.#ours
    else if (what === 2 && this.random(3) === 0) this.#ours = this.newSide(this.#name)
    else if (what < 5) await this.edit(this.#other)
    else if (what < 6) await this.remove(this.#other)
    else if (what < 13) await this.edit(this.#ours)
    else if (what < 16) await this.remove(this.#ours)
    else if (what < 17) await this.moveBack(this.#ours)
    else await this.exchange(what < 19)
  }

  newSide(name: string): Side {
    return new Side(createDB<Doc>({ name }), this.histories)
  }

  name(): string {
    return names[this.random(names.length)] ?? 'main'
  }

  async edit(side: Side): Promise<void> {
    this.#edits += 1
    const edit = `edit ${this.#edits}`
    await side.db.branch(this.name()).update((doc) => ({ ...doc, [edit]: 1 }))
    await side.note()
  }

  async remove(side: Side): Promise<void> {
    const name = this.name()
    if ((await side.heads()).has(name)) await side.db.deleteBranch(name)
    await side.note()
  }

  async moveBack(side: Side): Promise<void> {
    const name = this.name()
    const head = (await side.heads()).get(name)
    const [before] = head === undefined ? [] : await side.db.ancestors(head)
    if (before !== undefined) await side.db.branch(name).setHead(before)
    await side.note()
  }
}

/** A handler's client, from which one branch is hidden. */
export function overNetwork(db: DB<Doc>, hidden: string | undefined) {
  const options: HandlerOptions = { ...openToAll, branches: true }
  if (hidden === undefined) return inProcess(db, options)
  return inProcess(db, { ...options, authorize: () => (name: string) => name !== hidden })
}

/** As many seeds as are asked for. */
export const seeds: readonly number[] = Array.from(
  { length: Number(process.env['HISTO_SEEDS'] ?? 4) },
  (_, seed) => 7919 * (seed + 1)
)
