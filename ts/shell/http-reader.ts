/**
 * Reads a database over HTTP for the verbs that read, by the functions of a source.
 *
 * A server shows one head, called `main` here. Revisions are fetched when they are needed, some dozens at once; the
 * list of refs only if a name or an order needs it. `mergeBases` fetches the history first.
 */

import { HistoError } from '../base/errors.js'
import type { Operation } from '../base/json.js'
import type { HeadListOptions } from '../base/options.js'
import type { Ref, Revision } from '../base/types.js'
import { createDB } from '../create.js'
import type { DB } from '../db.js'
import type { RemoteDatabase } from '../http-entry.js'
import { diff } from '../json-entry.js'
import { createSynchronizer } from '../sync/synchronizer.js'
import { codeOf, Refusal } from './fail.js'
import type { Reader } from './reader.js'

/** Revisions fetched at once. */
const batchSize = 64
/** Most revisions that are cached: those of a graph's rows are read right after their order. */
const mostKept = 1024

/** A remote database for the verbs that read. */
export class HttpReader {
  readonly branchName = 'main'
  readonly #remote: RemoteDatabase
  readonly #head: Ref | null
  readonly #kept = new Map<Ref, Revision<unknown>>()
  #refs: Promise<readonly Ref[]> | undefined

  private constructor(remote: RemoteDatabase, head: Ref | null) {
    this.#remote = remote
    this.#head = head
  }

  /** Reads the head, and then everything as of that head. */
  static async over(remote: RemoteDatabase): Promise<Reader> {
    const reader = new HttpReader(remote, await remote.head())
    return reader as unknown as Reader // only these overloads of a database are called
  }

  head(): Ref | null {
    return this.#head
  }

  branches({ prefix = '', after = '' }: HeadListOptions = {}): Promise<Record<string, Ref>> {
    const isOn = this.branchName.startsWith(prefix) && this.branchName > after
    return Promise.resolve(this.#head !== null && isOn ? { main: this.#head } : {})
  }

  remotes(): Promise<Record<string, Ref>> {
    return Promise.resolve({})
  }

  /** As `resolve` of a database, but without remotes. */
  async resolve(name: string): Promise<Ref> {
    if (name === this.branchName && this.#head !== null) return this.#head
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
    throw new HistoError('HISTO_NOT_FOUND', `the server has no revision ${ref}`, { ref })
  }

  async *history(
    tip: Ref,
    { until = [], limit }: { readonly until?: readonly Ref[]; readonly limit?: number }
  ): AsyncGenerator<Revision<unknown>> {
    const refs = (await this.#remote.refDifference([...until], tip)).slice(0, limit)
    for (let at = 0; at < refs.length; at += batchSize) {
      const batch = refs.slice(at, at + batchSize)
      await this.#fetch(batch).catch(() => undefined) // then one by one, to show what comes before the failure
      for (const ref of batch) yield await this.revision(ref)
    }
  }

  async diff(from: Ref, to: Ref): Promise<Operation[]> {
    const [before, after] = await this.getMany([from, to])
    return diff(before, after)
  }

  async mergeBases(ref1: Ref, ref2: Ref): Promise<Ref[]> {
    await using copy: DB = createDB()
    await createSynchronizer(this.#remote, copy).run()
    return await copy.mergeBases(ref1, ref2)
  }

  async #fetch(refs: readonly Ref[]): Promise<void> {
    const missing = refs.filter((ref) => !this.#kept.has(ref))
    if (this.#kept.size + missing.length > mostKept) this.#kept.clear()
    try {
      for await (const revision of this.#remote.createStream(missing)) {
        this.#kept.set(revision.ref, revision)
      }
    } catch (cause) {
      if (codeOf(cause) !== 'HISTO_SHALLOW') throw cause
      throw new Refusal((cause as Error).message, { cause })
    }
  }

  async #ancestor(ref: Ref, number: number): Promise<Ref> {
    const found = (await this.revision(ref)).ancestors[number - 1]
    if (found !== undefined) return found
    throw new HistoError('HISTO_NOT_FOUND', `${ref} has no ancestor as number ${number}`, { ref })
  }

  async #begun(name: string): Promise<Ref> {
    this.#refs ??=
      this.#head === null ? Promise.resolve([]) : this.#remote.refDifference(null, this.#head)
    const refs = await this.#refs
    const found = name.length < 4 ? [] : refs.filter((ref) => ref.startsWith(name))
    const [first] = found
    if (first !== undefined && found.length === 1) return first
    const details = { key: name, candidates: found.slice(0, 16).sort() }
    if (first !== undefined)
      throw new HistoError('HISTO_AMBIGUOUS', `'${name}' is ambiguous`, details)
    throw new HistoError('HISTO_NOT_FOUND', `no revision is named '${name}' there`, { key: name })
  }
}
