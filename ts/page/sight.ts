/**
 * What a page may show: some heads, and only what they reach.
 */

import { createHash } from 'node:crypto'
import { isChosen } from '../base/selection.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import type { PageBranches } from './options.js'
import type { Head, State } from './protocol.js'
import { unknown } from './refusals.js'

/** Most branches, and most remotes, that the state lists. */
const mostHeads = 1000
/** Most heads from which the graph begins. */
const mostTips = 1000
/** Most names for which a function of a name is called. */
const mostAsked = 100_000

/** The heads of one moment. */
export interface Seen {
  readonly state: State
  /** Where the graph begins, the page's own branch first. */
  readonly tips: readonly Ref[]
}

/** The sight of one page. */
export class Sight {
  readonly #db: DB
  readonly #handle: Handle
  readonly #branches: PageBranches

  constructor(db: DB, handle: Handle, branches: PageBranches) {
    this.#db = db
    this.#handle = handle
    this.#branches = branches
  }

  /** Whether everything is shown, including remote heads. */
  get isWhole(): boolean {
    return this.#branches === true
  }

  /** Reads the heads: at most a thousand of each kind. */
  async look(): Promise<Seen> {
    const own = await this.#own()
    const listed = await this.branches('', undefined, mostHeads + 1)
    const remotes = await this.remotes('', undefined, mostHeads + 1)
    const others = listed.filter(({ name }) => name !== this.#db.branchName)
    const heads = [...own, ...others].slice(0, mostHeads)
    const shown = remotes.slice(0, mostHeads)
    const tips = [...new Set([...heads, ...shown].map(({ ref }) => ref))].slice(0, mostTips)
    const hasMore = listed.length > mostHeads || remotes.length > mostHeads
    const told = { heads, remotes: shown, hasMore, drawn: tips.length }
    const [database, branch] = [this.#handle.engine.name ?? '', this.#db.branchName]
    const stamp = hashOf(JSON.stringify([heads, shown, hasMore]))
    return { tips, state: { database, branch, stamp, view: hashOf(tips.join(' ')), ...told } }
  }

  /** Branches by name. */
  async branches(prefix: string, after: string | undefined, limit: number): Promise<Head[]> {
    const shown = this.#branches
    if (!this.#handle.engine.listsHeads) return await this.#own()
    if (Array.isArray(shown)) return await this.#named(shown, prefix, after, limit)
    const isTaken = typeof shown === 'function' ? shown : () => true
    const own = typeof shown === 'string' ? shown : ''
    const range = { prefix: prefix.startsWith(own) ? prefix : own, ...pageOf(after) }
    if (!range.prefix.startsWith(prefix)) return []
    const found: Head[] = []
    let asked = 0
    for await (const head of this.#db.eachBranch({ ...range, ...this.#atOnce(limit) })) {
      asked += 1
      if (isChosen(isTaken(head.name))) found.push(head)
      if (found.length >= limit || asked >= mostAsked) break
    }
    return found
  }

  /** Remote heads by name; none if not everything is shown. */
  async remotes(prefix: string, after: string | undefined, limit: number): Promise<Head[]> {
    if (!this.isWhole || !this.#handle.engine.listsHeads) return []
    return headsOf(await this.#db.remotes({ prefix, limit, ...pageOf(after) }))
  }

  /**
   * Refuses refs that no shown branch reaches.
   *
   * @throws {PageRefusal} 404
   */
  async expectSeen(...refs: readonly Ref[]): Promise<void> {
    if (this.isWhole || refs.length === 0) return
    const missing = new Set(refs)
    const { state } = await this.look()
    for (const tip of new Set(state.heads.map(({ ref }) => ref))) {
      const asked = [...missing]
      const reached = await this.#handle.ask((engine) => engine.reachedBy(tip, asked))
      for (const [at, ref] of asked.entries()) if (reached[at] === true) missing.delete(ref)
      if (missing.size === 0) return
    }
    throw unknown('revision')
  }

  /** The head of the page's own branch, if it is shown. */
  async #own(): Promise<Head[]> {
    const name = this.#db.branchName
    const shown = this.#branches
    const isShown =
      shown === true ||
      (typeof shown === 'string' && name.startsWith(shown)) ||
      (Array.isArray(shown) && shown.includes(name)) ||
      (typeof shown === 'function' && isChosen(shown(name)))
    return isShown ? await this.#named([name], '', undefined, 1) : []
  }

  async #named(
    names: readonly string[],
    prefix: string,
    after: string | undefined,
    limit: number
  ): Promise<Head[]> {
    const wanted = [...new Set(names)]
      .filter((name) => name.startsWith(prefix) && (after === undefined || name > after))
      .sort()
    const found: Head[] = []
    for (const name of wanted) {
      const ref = await this.#handle.ask((engine) => engine.head(name))
      if (ref !== null) found.push({ name, ref })
      if (found.length >= limit) break
    }
    return found
  }

  #atOnce(limit: number): { limit?: number } {
    return typeof this.#branches === 'function' ? {} : { limit }
  }
}

function pageOf(after: string | undefined): { after?: string } {
  return after === undefined ? {} : { after }
}

function headsOf(heads: Readonly<Record<string, Ref>>): Head[] {
  return Object.entries(heads).map(([name, ref]) => ({ name, ref }))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}
