/**
 * A pair of stores as the suite calls it: each method by callback or promise, as a database does.
 */

import assert from 'node:assert/strict'
import type { LogEntry } from '../base/options.js'
import { ancestryOf } from '../store/ancestry.js'
import { StoreCaller } from '../store/call.js'
import type { HeadSwap, LogRange, NewLogEntry } from '../store/interfaces.js'
import type { OptionalMethod, SuiteStores, Supports } from './options.js'

/** The store and the name of each optional method. */
const methods: Record<OptionalMethod, readonly ['revisionStore' | 'branchStore', string]> = {
  del: ['revisionStore', 'del'],
  idOf: ['revisionStore', 'idOf'],
  putMany: ['revisionStore', 'putMany'],
  putNamed: ['revisionStore', 'putNamed'],
  getMany: ['revisionStore', 'getMany'],
  has: ['revisionStore', 'has'],
  ancestry: ['revisionStore', 'ancestry'],
  revisionKeys: ['revisionStore', 'keys'],
  compareAndSwap: ['branchStore', 'compareAndSwap'],
  compareAndSwapMany: ['branchStore', 'compareAndSwapMany'],
  readLog: ['branchStore', 'readLog'],
  forgetLog: ['branchStore', 'forgetLog'],
  branchKeys: ['branchStore', 'keys'],
  branchEntries: ['branchStore', 'entries']
}

/** The names of all optional methods. */
export const optionalMethods = Object.keys(methods) as readonly OptionalMethod[]

/** The stores of one test. */
export class Subject {
  readonly stores: SuiteStores
  readonly #revisions: StoreCaller
  readonly #heads: StoreCaller
  readonly #opened: SuiteStores[] = []

  constructor(stores: SuiteStores) {
    const options = { timeout: undefined, isMissing: stores.isMissing }
    this.stores = stores
    this.#revisions = new StoreCaller(stores.revisionStore, 'revisionStore', options)
    this.#heads = new StoreCaller(stores.branchStore, 'branchStore', options)
  }

  /** Whether the stores have an optional method. */
  has(method: OptionalMethod): boolean {
    const [store, name] = methods[method]
    return typeof Reflect.get(this.stores[store], name) === 'function'
  }

  /** As `has`, but fails if `supports` says otherwise. */
  offers(method: OptionalMethod, supports: Supports): boolean {
    const expected = supports[method]
    const [store, name] = methods[method]
    if (expected !== undefined) {
      const what = expected ? 'is missing' : 'exists'
      assert.equal(this.has(method), expected, `${store}.${name} ${what}, against 'supports'`)
    }
    return this.has(method)
  }

  /** A second pair over the same data, closed with this one; this pair if it cannot be opened again. */
  async again(): Promise<Subject> {
    const stores = await this.stores.again?.()
    if (stores === undefined) return this
    this.#opened.push(stores)
    return new Subject(stores)
  }

  /** Closes all that was opened. */
  async close(): Promise<void> {
    for (const stores of this.#opened.splice(0)) await stores.close?.()
    await this.stores.close?.()
  }

  async put(text: string): Promise<string> {
    const id = await this.#revisions.call<unknown>('put', [text], {})
    if (typeof id === 'string' && id !== '') return id
    return assert.fail(
      `put returned ${String(id)}, which is not an id (a string that is not empty)`
    )
  }

  /** The text of an id; `undefined` if it is missing. */
  async get(id: string): Promise<string | undefined> {
    const name = this.#revisions.method('get', 'read') ?? 'get'
    return textOf(await this.#revisions.call<unknown>(name, [id], { ref: id, mayMiss: true }))
  }

  async del(id: string): Promise<void> {
    await this.#revisions.call('del', [id], { ref: id, mayMiss: true })
  }

  /** Calls a method of the revision store for many, which must return an array. */
  async many(method: 'putMany' | 'getMany' | 'has', given: readonly string[]): Promise<unknown[]> {
    const answer = await this.#revisions.call<unknown>(method, [given], {})
    assert.ok(Array.isArray(answer), `${method} did not return an array`)
    assert.equal(
      answer.length,
      given.length,
      `${method} returned another number of results than of arguments`
    )
    return answer
  }

  async putNamed(ids: readonly string[], texts: readonly string[]): Promise<void> {
    await this.#revisions.call('putNamed', [ids, texts], {})
  }

  /** As `many` of `getMany`, missing ones as `undefined`. */
  async getMany(ids: readonly string[]): Promise<(string | undefined)[]> {
    return (await this.many('getMany', ids)).map(textOf)
  }

  /** The result of `ancestry`, as a map. */
  async ancestry(ids: readonly string[], limit: number): Promise<Map<string, readonly string[]>> {
    const answer = await this.#revisions.call<unknown>('ancestry', [ids, limit], {})
    return (
      ancestryOf(answer) ?? assert.fail('ancestry did not return pairs of an id and its ancestors')
    )
  }

  /** The value of a key; `undefined` if it is missing. */
  async value(key: string): Promise<string | undefined> {
    const name = this.#heads.method('get', 'read') ?? 'get'
    return textOf(await this.#heads.call<unknown>(name, [key], { key, mayMiss: true }))
  }

  async putValue(key: string, value: string): Promise<void> {
    await this.#heads.call('put', [key, value], { key })
  }

  async delValue(key: string): Promise<void> {
    await this.#heads.call('del', [key], { key, mayMiss: true })
  }

  async swap(key: string, expected: string | null, value: string): Promise<boolean> {
    const swapped = await this.#heads.call<unknown>('compareAndSwap', [key, expected, value], {
      key
    })
    assert.equal(typeof swapped, 'boolean', 'compareAndSwap did not return a boolean')
    return swapped === true
  }

  /** Makes all swaps or none; returns -1, or the number of one that found another value. */
  async swapMany(
    swaps: readonly HeadSwap[],
    entries: readonly NewLogEntry[] = []
  ): Promise<number> {
    const given = this.#heads.has('readLog') ? [swaps, entries] : [swaps]
    const failed = await this.#heads.call<unknown>('compareAndSwapMany', given, {})
    const isNumber = Number.isInteger(failed) && (failed as number) >= -1
    assert.ok(
      isNumber && (failed as number) < swaps.length,
      `compareAndSwapMany returned ${String(failed)}, neither -1 nor the number of a swap`
    )
    return failed as number
  }

  /** Some entries of the log, as they come. */
  async readLog(range: LogRange): Promise<LogEntry[]> {
    const found = await this.#heads.call<unknown>('readLog', [range], { iterates: true })
    const isList = typeof found === 'object' && found !== null && Symbol.iterator in found
    assert.ok(isList, 'readLog returned something that cannot be iterated')
    const entries = [...(found as Iterable<LogEntry>)]
    for (const { id } of entries) assert.equal(typeof id, 'string', 'an entry has no id')
    assert.ok(entries.length <= range.limit, 'readLog returned more than the limit')
    return entries
  }

  /** Removes old entries of the log; returns how many. */
  async forgetLog(time: string, limit: number): Promise<number> {
    const count = await this.#heads.call<unknown>('forgetLog', [time, limit], {})
    assert.ok(Number.isInteger(count), `forgetLog returned ${String(count)}, not a count`)
    return count as number
  }

  /** The keys of the branch store under a prefix, sorted; each must come once. */
  async keys(prefix: string): Promise<string[]> {
    const listed: string[] = []
    const subject = { key: prefix, iterates: true }
    const all = await this.#heads.call<AsyncIterable<string>>('keys', [prefix], subject)
    assert.ok(all, 'keys returned nothing')
    for await (const key of all) listed.push(key)
    assert.equal(new Set(listed).size, listed.length, 'keys returned a key twice')
    return listed.sort()
  }

  /** A page of keys and values of the branch store, as it comes. */
  async entries(
    prefix: string,
    after: string | null,
    limit: number
  ): Promise<(readonly [string, string | undefined])[]> {
    const listed: (readonly [string, string | undefined])[] = []
    const subject = { key: prefix, iterates: true }
    const given = [prefix, after, limit]
    const all = await this.#heads.call<AsyncIterable<unknown>>('entries', given, subject)
    assert.ok(all, 'entries returned nothing')
    for await (const entry of all) {
      assert.ok(
        Array.isArray(entry),
        'entries returned something other than pairs of a key and a value'
      )
      const [key, value] = entry as [string, unknown]
      listed.push([key, textOf(value)])
    }
    return listed
  }

  /** The ids of the revision store, sorted. */
  async ids(): Promise<string[]> {
    const listed: string[] = []
    for await (const id of (await this.stores.revisionStore.keys?.()) ?? []) listed.push(id)
    return listed.sort()
  }
}

function textOf(stored: unknown): string | undefined {
  if (stored === undefined || stored === null) return undefined
  if (stored instanceof Uint8Array) return Buffer.from(stored).toString()
  assert.equal(typeof stored, 'string', 'a text came back as neither a string nor bytes')
  return String(stored)
}
