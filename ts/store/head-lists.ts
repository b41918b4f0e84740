/**
 * Lists the heads of a branch store by name: a page in one call if the store has `entries`, otherwise by `keys` and the
 * values of the keys on the page.
 */

import { isUint8Array } from 'node:util/types'
import { within } from '../base/backoff.js'
import { HistoError } from '../base/errors.js'
import { compareNames, type HeadSpace, type NamedRef, type NameRange } from '../base/names.js'
import type { StoreCaller } from './call.js'
import type { StoredText } from './interfaces.js'

/** Keys in one `getMany`. */
const readBatch = 4096

/** A key and its value. */
type Entry = readonly [key: string, value: string]

/** Most tries to list keys without a move meanwhile. */
const steadyTries = 100

/** Lists the keys of one branch store. */
export class HeadLists {
  readonly #caller: StoreCaller
  readonly #get: string
  readonly #timeout: number | undefined

  /** @param get the store's method that reads one key */
  constructor(caller: StoreCaller, get: string, timeout: number | undefined) {
    this.#caller = caller
    this.#get = get
    this.#timeout = timeout
  }

  /** Whether anything can be listed. */
  get canList(): boolean {
    return this.canListByRange || this.#caller.has('keys')
  }

  /** Whether the cost of a page depends only on the page. */
  get canListByRange(): boolean {
    return this.#caller.has('entries')
  }

  /** Returns the heads of a range, in order. */
  async list(
    space: HeadSpace,
    range: NameRange,
    signal: AbortSignal | undefined
  ): Promise<NamedRef[]> {
    if (range.limit === 0) return []
    const byKeys = this.#caller.has('compareAndSwapMany') ? this.#steadily : this.#byKeys
    const read = this.canListByRange ? this.#entries : byKeys
    const entries = await read(space, range, signal)
    return entries.map(([key, value]) => ({ name: key.slice(space.length), ref: value }))
  }

  readonly #entries = (
    space: HeadSpace,
    { prefix, after, limit }: NameRange,
    signal: AbortSignal | undefined
  ): Promise<Entry[]> => {
    const behind = after === undefined ? null : space + after
    const start = space + prefix
    return this.#inTime('entries', start, this.#page(start, behind, limit, signal))
  }

  async #page(
    start: string,
    behind: string | null,
    limit: number,
    signal: AbortSignal | undefined
  ): Promise<Entry[]> {
    const subject = { key: start, iterates: true, signal }
    const listed = await this.#caller.call<AsyncIterable<readonly [string, StoredText]>>(
      'entries',
      [start, behind, limit],
      subject
    )
    const entries: Entry[] = []
    for await (const entry of this.#iterated('entries', start, listed)) {
      signal?.throwIfAborted()
      const [key, value] = Array.isArray(entry) ? entry : []
      if (typeof key !== 'string') {
        throw this.#rubbish('entries', start, 'what is no pair of a key and a value')
      }
      const text = this.textOf('entries', key, value)
      const last = entries.at(-1)?.[0] ?? behind
      const inOrder = last === null || compareNames(last, key) < 0
      if (text === null || !inOrder || !key.startsWith(start)) {
        throw this.#rubbish('entries', start, 'a key that is not in the range, or out of its order')
      }
      entries.push([key, text])
      if (entries.length === limit) break
    }
    return entries
  }

  readonly #byKeys = async (
    space: HeadSpace,
    { prefix, after, limit }: NameRange,
    signal: AbortSignal | undefined
  ): Promise<Entry[]> => {
    const behind = after === undefined ? space : space + after
    const start = space + prefix
    const listed = await this.#inTime('keys', start, this.#keys(start))
    const keys = listed.filter((key) => compareNames(behind, key) < 0)
    keys.sort(compareNames)
    const entries: Entry[] = []
    for (let at = 0; at < keys.length && entries.length < limit; ) {
      signal?.throwIfAborted()
      // A key may have been deleted meanwhile.
      const part = keys.slice(at, at + Math.min(readBatch, limit - entries.length))
      for (const [place, value] of (await this.readMany(part, signal)).entries()) {
        if (value !== null) entries.push([part[place] ?? '', value])
      }
      at += part.length
    }
    return entries
  }

  /** As `#byKeys`, until two results are equal: then they are the state of one moment in between. */
  readonly #steadily = async (
    space: HeadSpace,
    range: NameRange,
    signal: AbortSignal | undefined
  ): Promise<Entry[]> => {
    let before = await this.#byKeys(space, range, signal)
    for (let tries = 1; tries < steadyTries; tries += 1) {
      const entries = await this.#byKeys(space, range, signal)
      if (areSame(before, entries)) return entries
      before = entries
    }
    const key = space + range.prefix
    const message = `${key} moved each time that it was listed; branchStore.entries would list it as of one moment`
    throw new HistoError('HISTO_STORE', message, { key, retryable: true })
  }

  async #keys(prefix: string): Promise<string[]> {
    if (!this.#caller.has('keys')) {
      const message = `branchStore.keys is missing: it would list what is under ${prefix}`
      throw new HistoError('HISTO_STORE', message, { key: prefix })
    }
    const found = new Set<string>()
    const subject = { key: prefix, iterates: true }
    const listed = await this.#caller.call<AsyncIterable<string>>('keys', [prefix], subject)
    for await (const key of this.#iterated('keys', prefix, listed)) {
      if (typeof key !== 'string') throw this.#rubbish('keys', prefix, 'a key that is no string')
      if (key.startsWith(prefix)) found.add(key)
    }
    return [...found]
  }

  /** The values of keys, in order; in one call if the store can. */
  async readMany(
    keys: readonly string[],
    signal: AbortSignal | undefined
  ): Promise<(string | null)[]> {
    const values: (string | null)[] = []
    if (!this.#caller.has('getMany')) {
      for (const key of keys) {
        signal?.throwIfAborted()
        const value = await this.#caller.call(this.#get, [key], { key, mayMiss: true, signal })
        values.push(this.textOf(this.#get, key, value))
      }
      return values
    }
    const read = await this.#caller.call<unknown>('getMany', [keys], { signal })
    if (!Array.isArray(read) || read.length !== keys.length) {
      throw this.#caller.rubbish('getMany', {}, `no array of ${keys.length}`)
    }
    return keys.map((key, place) => this.textOf('getMany', key, read[place]))
  }

  /** A value as a text, `null` if there is none. */
  textOf(method: string, key: string, value: unknown): string | null {
    if (value === undefined || value === null) return null
    const text = isUint8Array(value) ? Buffer.from(value).toString() : value
    if (typeof text === 'string' && text !== '') return text
    throw this.#rubbish(method, key, `${typeof value} that is no text`)
  }

  async *#iterated<I>(
    method: string,
    key: string,
    listed: AsyncIterable<I> | undefined
  ): AsyncGenerator<I> {
    try {
      yield* listed as AsyncIterable<I>
    } catch (error) {
      throw this.#caller.failed(method, { key }, error)
    }
  }

  #inTime<R>(method: string, key: string, listed: Promise<R>): Promise<R> {
    if (this.#timeout === undefined) return listed
    return within(this.#timeout, listed, () => {
      throw this.#caller.unanswered(method, { key })
    })
  }

  #rubbish(method: string, key: string, what: string): HistoError {
    return this.#caller.rubbish(method, { key }, what)
  }
}

function areSame(some: readonly Entry[], others: readonly Entry[]): boolean {
  if (some.length !== others.length) return false
  return some.every(([key, value], place) => {
    const [otherKey, otherValue] = others[place] ?? []
    return key === otherKey && value === otherValue
  })
}
