/**
 * Reads a database over HTTP for the verbs that read, by the functions of a source.
 *
 * Revisions are fetched when they are needed, some dozens at once; lists of refs only if a name or an order needs them.
 * `mergeBases` fetches the history first, and so does a revision whose data was erased.
 */

import { HistoError } from '../base/errors.js'
import type { Operation } from '../base/json.js'
import type { HeadListOptions, RevisionHeader } from '../base/options.js'
import type { Ref, Revision } from '../base/types.js'
import { createDB } from '../create.js'
import type { DB } from '../db.js'
import type { RemoteDatabase } from '../http-entry.js'
import { diff } from '../json-entry.js'
import { createSynchronizer } from '../sync/synchronizer.js'
import { codeOf } from './fail.js'
import { HttpHeads } from './http-heads.js'
import type { Reader } from './reader.js'

/** Revisions fetched at once. */
const batchSize = 64
/** Most revisions that are cached: those of a graph's rows are read right after their order. */
const mostKept = 1024

/** A remote database for the verbs that read. */
export class HttpReader {
  readonly branchName = 'main'
  /** Most heads from which a graph begins: each is two requests. */
  readonly mostTips = 50
  readonly #heads: HttpHeads
  readonly #kept = new Map<Ref, Revision<unknown>>()
  readonly #copy: DB = createDB()
  readonly #copied = new Set<RemoteDatabase>()

  private constructor(heads: HttpHeads) {
    this.#heads = heads
  }

  /** Reads the heads, and then everything as of these heads. */
  static async over(remote: RemoteDatabase): Promise<Reader> {
    const reader = new HttpReader(await HttpHeads.of(remote))
    return reader as unknown as Reader // only these overloads of a database are called
  }

  head(): Ref | null {
    return this.#heads.heads[this.branchName] ?? null
  }

  branches({ prefix = '', after = '' }: HeadListOptions = {}): Promise<Record<string, Ref>> {
    const heads = Object.entries(this.#heads.heads)
    const shown = heads.filter(([name]) => name.startsWith(prefix) && name > after)
    return Promise.resolve(Object.assign(Object.create(null), Object.fromEntries(shown)))
  }

  remotes(): Promise<Record<string, Ref>> {
    return Promise.resolve({})
  }

  /** As `resolve` of a database, but without remotes. */
  async resolve(name: string): Promise<Ref> {
    const head = this.#heads.heads[name]
    if (head !== undefined) return head
    const [, start, sign, digits] = /^(.+)([~^])(\d*)$/su.exec(name) ?? []
    if (start === undefined) return await this.#begun(name)
    const from = await this.resolve(start)
    const count = digits === '' ? 1 : Number(digits)
    if (sign === '^' && count > 0) return await this.#ancestor(from, count)
    let ref = from
    for (let step = 0; sign === '~' && step < count; step += 1) ref = await this.#ancestor(ref, 1)
    return ref
  }

  async get(ref: Ref): Promise<unknown> {
    return (await this.revision(ref)).data
  }

  getMany(refs: readonly Ref[]): Promise<unknown[]> {
    return Promise.all(refs.map((ref) => this.get(ref)))
  }

  async revision(ref: Ref): Promise<Revision<unknown>> {
    const kept = this.#kept.get(ref)
    if (kept !== undefined) return kept
    await this.#fetch([ref])
    const found = this.#kept.get(ref)
    if (found !== undefined) return found
    throw absent(ref)
  }

  async *history(
    tip: Ref,
    { until = [], limit }: { readonly until?: readonly Ref[]; readonly limit?: number }
  ): AsyncGenerator<RevisionHeader> {
    const all = until.length === 0 ? this.#heads.reached(tip) : this.#heads.side(tip)
    const refs = (await all).slice(0, limit)
    for (let at = 0; at < refs.length; at += batchSize) {
      const batch = refs.slice(at, at + batchSize)
      await this.#fetch(batch).catch(() => undefined) // then one by one, to show what comes before the failure
      for (const ref of batch) yield await this.#header(ref)
    }
  }

  async diff(from: Ref, to: Ref): Promise<Operation[]> {
    const [before, after] = await this.getMany([from, to])
    return diff(before, after)
  }

  async mergeBases(ref1: Ref, ref2: Ref): Promise<Ref[]> {
    await this.#copyOf(ref1)
    const copy = await this.#copyOf(ref2)
    return await copy.mergeBases(ref1, ref2)
  }

  /** A copy in memory that has what is read with `ref`. */
  async #copyOf(ref: Ref): Promise<DB> {
    const source = this.#heads.sourceOf(ref)
    if (!this.#copied.has(source)) await createSynchronizer(source, this.#copy).run()
    this.#copied.add(source)
    return this.#copy
  }

  /** A revision, or what is left of it without its data, which only a synchronizer brings. */
  async #header(ref: Ref): Promise<RevisionHeader> {
    const whole = await this.revision(ref).catch((error: unknown) => {
      if (codeOf(error) !== 'HISTO_SHALLOW') throw error
    })
    if (whole !== undefined) return whole
    const copy = await this.#copyOf(ref)
    const { value } = await copy.history(ref, { limit: 1, data: false }).next()
    if (value === undefined) throw absent(ref)
    const header: RevisionHeader = value
    this.#heads.owned(header.ancestors, this.#heads.sourceOf(ref))
    return header
  }

  async #fetch(refs: readonly Ref[]): Promise<void> {
    const missing = refs.filter((ref) => !this.#kept.has(ref))
    if (this.#kept.size + missing.length > mostKept) this.#kept.clear()
    for (const source of new Set(missing.map((ref) => this.#heads.sourceOf(ref)))) {
      const own = missing.filter((ref) => this.#heads.sourceOf(ref) === source)
      for await (const revision of source.createStream(own)) {
        this.#kept.set(revision.ref, revision)
        this.#heads.owned(revision.ancestors, source)
      }
    }
  }

  async #ancestor(ref: Ref, number: number): Promise<Ref> {
    const found = (await this.#header(ref)).ancestors[number - 1]
    if (found !== undefined) return found
    throw new HistoError('HISTO_NOT_FOUND', `${ref} has no ancestor as number ${number}`, { ref })
  }

  async #begun(name: string): Promise<Ref> {
    const found: Ref[] = []
    for (const head of name.length < 4 ? [] : this.#heads.order) {
      found.push(...(await this.#heads.side(head)).filter((ref) => ref.startsWith(name)))
    }
    const [first] = found
    if (first !== undefined && found.length === 1) return first
    const details = { key: name, candidates: found.slice(0, 16).sort() }
    if (first !== undefined)
      throw new HistoError('HISTO_AMBIGUOUS', `'${name}' is ambiguous`, details)
    throw new HistoError('HISTO_NOT_FOUND', `no revision is named '${name}' there`, { key: name })
  }
}

function absent(ref: Ref): HistoError {
  return new HistoError('HISTO_NOT_FOUND', `the server has no revision ${ref}`, { ref })
}
