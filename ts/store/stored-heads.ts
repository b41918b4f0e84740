/**
 * The branch store: heads of branches and remotes and the database's name, by key.
 *
 * A write that timed out may take effect at any later time. The next write of its key waits for it, as long as a call may
 * take. If it takes effect even later, the value written since is written again.
 */

import { type Awaitable, after, tried } from '../base/awaitable.js'
import { within } from '../base/backoff.js'
import type { HeadSpace, NamedRef, NameRange } from '../base/names.js'
import type { LogEntry } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { MovedHead } from '../engine.js'
import { StoreCaller, type StoreOptions, type Subject } from './call.js'
import { HeadLists } from './head-lists.js'
import type { BranchStore, HeadSwap, LogRange, NewLogEntry } from './interfaces.js'
import { MoveLog } from './moves.js'
import { excludes, wouldLoseHeads } from './probe.js'
import { StoredLog } from './stored-log.js'

/** Most tries of a swap that is refused although the key holds the expected value. */
const swapTries = 100

/** Runs work once the database's other writes have finished. */
type Enqueue = (work: () => Promise<void>) => void

/** Settings of a branch store. */
interface HeadsOptions extends StoreOptions {
  /** Whether to test `compareAndSwap` before it is used. */
  readonly probe: boolean
  /** Days that the log keeps moves of heads; 0: they are not logged. */
  readonly logDays: number
}

/** A user's branch store. */
export class StoredHeads {
  /** The moves so far. */
  readonly moves: MoveLog = new MoveLog()
  readonly #store: BranchStore
  readonly #caller: StoreCaller
  readonly #get: string
  readonly #lists: HeadLists
  readonly #timeout: number | undefined
  readonly #log: StoredLog
  readonly #enqueue: Enqueue
  /** Writes that timed out and are still pending, by key. */
  readonly #late = new Map<string, Promise<unknown>>()
  /** The value written to such a key since; `null`: removed. */
  readonly #since = new Map<string, string | null>()
  /** Whether `compareAndSwap` compares, once probed. */
  #probed: Promise<boolean> | undefined

  constructor(store: BranchStore, options: HeadsOptions, enqueue: Enqueue) {
    this.#store = store
    this.#timeout = options.timeout
    this.#enqueue = enqueue
    if (!options.probe) this.#probed = Promise.resolve(true)
    this.#caller = new StoreCaller(store, 'branchStore', options)
    const get = this.#caller.method('get', 'read')
    const complete = this.#caller.has('put') && this.#caller.has('del')
    if (get === undefined || !complete) {
      throw new TypeError('branchStore must have put, get and del')
    }
    this.#get = get
    this.#lists = new HeadLists(this.#caller, get, options.timeout)
    this.#log = new StoredLog(this.#caller, options.logDays)
  }

  /** The value under a key, or `null`. */
  read(key: string, signal?: AbortSignal): Awaitable<string | null> {
    const subject = { key, mayMiss: true, signal }
    const value = this.#caller.call<unknown>(this.#get, [key], subject)
    return after(value, (found) => this.#lists.textOf(this.#get, key, found))
  }

  /** As `read`, but first waits for a write of the key that timed out. Used before a write. */
  readSettled(key: string, signal?: AbortSignal): Awaitable<string | null> {
    const late = this.#late.get(key)
    if (late === undefined) return this.read(key, signal)
    const settled = within<unknown>(this.#timeout ?? 1, late, () => undefined) // as long as a call may take
    return settled.then(() => this.read(key, signal))
  }

  /**
   * Sets a key that holds `expected`; returns whether it did. Without `compareAndSwap` the caller has read
   * `expected` and nothing else writes.
   */
  swap(
    key: string,
    expected: string | null,
    value: string,
    signal?: AbortSignal
  ): Awaitable<boolean> {
    const subject = { key, signal, late: (answered: Promise<void>) => this.#watch(key, answered) }
    const move = { key, from: expected, to: value }
    if (!this.#compares) {
      const put = this.#followed(() => this.#caller.call('put', [key, value], subject))
      return after(put, () => this.#wrote(move))
    }
    const swap = this.#followed(() => this.#compareAndSwap(key, expected, value, subject))
    return after(swap, (swapped) => swapped && this.#wrote(move))
  }

  /** Whether `swapMany` works. */
  get swapsMany(): boolean {
    return this.#caller.has('compareAndSwapMany')
  }

  /** As `readSettled`, for several keys, in order. */
  async readManySettled(keys: readonly string[], signal?: AbortSignal): Promise<(string | null)[]> {
    for (const key of keys) if (this.#late.has(key)) await this.readSettled(key, signal)
    return await this.#lists.readMany(keys, signal)
  }

  /** Whether the store has a log that can be read. */
  get canLog(): boolean {
    return this.swapsMany && this.#log.canRead
  }

  /** Whether moves are logged. */
  get logs(): boolean {
    return this.canLog && this.#log.days > 0
  }

  /** Entries of the log, newest first. */
  readLog(range: LogRange, signal?: AbortSignal): Promise<LogEntry[]> {
    return this.#log.read(range, signal)
  }

  /** Removes all entries of the log that are older than a time, if the store can. */
  async forgetLog(time: number): Promise<void> {
    if (this.canLog) while (await this.#log.forget(time)) {}
  }

  /** As `move`, and logs it if moves are logged. */
  moveHead(
    key: string,
    expected: string | null,
    value: string,
    entries: readonly NewLogEntry[],
    signal?: AbortSignal
  ): Awaitable<boolean> {
    if (this.logs) return this.moveLogged({ key, expected, value }, entries, signal)
    return this.move(key, expected, value, signal)
  }

  /** As `remove`, and logs it if moves are logged: then it returns whether the key still held `from`. */
  async removeHead(key: string, from: string, entries: readonly NewLogEntry[]): Promise<boolean> {
    if (this.logs) return this.moveLogged({ key, expected: from, value: null }, entries)
    await this.remove(key, from)
    return true
  }

  /** As `move`, with entries of the log. */
  async moveLogged(
    swap: HeadSwap,
    entries: readonly NewLogEntry[],
    signal?: AbortSignal
  ): Promise<boolean> {
    const { key, expected, latest } = swap
    for (let tries = 0; tries < swapTries; tries += 1) {
      signal?.throwIfAborted()
      if ((await this.swapMany([swap], signal, entries)) === -1) return true
      if (latest !== undefined || (await this.read(key, signal)) !== expected) return false
    }
    const what = 'a failure although what it expects is there'
    throw this.#caller.rubbish('compareAndSwapMany', { key }, what)
  }

  /** Does all swaps or none; returns -1, or the number of one that found another value. */
  async swapMany(
    swaps: readonly HeadSwap[],
    signal?: AbortSignal,
    entries: readonly NewLogEntry[] = []
  ): Promise<number> {
    const late = (answered: Promise<void>) => {
      for (const { key } of swaps) this.#watch(key, answered)
    }
    const [{ key = '' } = {}] = swaps
    const failed = await this.#followed(() =>
      this.#caller.call<unknown>('compareAndSwapMany', this.#log.swapping(swaps, entries), {
        key,
        signal,
        late
      })
    )
    const isNumber = Number.isInteger(failed) && (failed as number) >= -1
    if (!isNumber || (failed as number) >= swaps.length) {
      const what = `${String(failed)}, which is neither -1 nor the number of a swap,`
      throw this.#caller.rubbish('compareAndSwapMany', { key }, what)
    }
    if (failed === -1) {
      for (const { key, expected, value } of swaps) {
        if (expected !== value) this.#wrote({ key, from: expected, to: value })
      }
      if (entries.length > 0 && this.#log.isDue) this.#enqueue(() => this.#log.dropOld())
    }
    return failed as number
  }

  #compareAndSwap(
    key: string,
    expected: string | null,
    value: string,
    subject: Subject
  ): Awaitable<boolean> {
    const answer = this.#caller.call<unknown>('compareAndSwap', [key, expected, value], subject)
    return after(answer, (swapped) => {
      if (typeof swapped === 'boolean') return swapped
      throw this.#caller.rubbish('compareAndSwap', { key }, `${typeof swapped}, no boolean,`)
    })
  }

  get #compares(): boolean {
    return this.#caller.has('compareAndSwap')
  }

  /** Tests `compareAndSwap` once, and again if a call of the store failed. */
  #swapsExclude(): Promise<boolean> {
    if (this.#probed !== undefined) return this.#probed
    const create = async (key: string, value: string) =>
      await this.#compareAndSwap(key, null, value, { key })
    const remove = async (key: string) =>
      await this.#caller.call('del', [key], { key, mayMiss: true })
    this.#probed = excludes({ create, remove })
    this.#probed.catch(() => {
      this.#probed = undefined
    })
    return this.#probed
  }

  /** As `swap`; `false` means that the key holds another value. */
  move(
    key: string,
    expected: string | null,
    value: string,
    signal?: AbortSignal
  ): Awaitable<boolean> {
    if (this.#compares) return this.#moveBySwap(key, expected, value, signal)
    signal?.throwIfAborted()
    return this.swap(key, expected, value, signal)
  }

  async #moveBySwap(
    key: string,
    expected: string | null,
    value: string,
    signal: AbortSignal | undefined
  ): Promise<boolean> {
    const exclude = await abortable(signal, () => this.#swapsExclude())
    if (!exclude) throw wouldLoseHeads(key)
    for (let tries = 0; tries < swapTries; tries += 1) {
      signal?.throwIfAborted()
      if (await this.swap(key, expected, value, signal)) return true
      if ((await this.read(key, signal)) !== expected) return false
    }
    throw this.#caller.rubbish('compareAndSwap', { key }, 'false although what it expects is there')
  }

  /** Removes a key that holds `from` as far as known. */
  async remove(key: string, from: string | null): Promise<void> {
    const late = (answered: Promise<void>) => this.#watch(key, answered)
    await this.#followed(() => this.#caller.call('del', [key], { key, late, mayMiss: true }))
    this.#wrote({ key, from, to: null })
  }

  /** Whether `list` works. */
  get canList(): boolean {
    return this.#lists.canList
  }

  /** Whether the cost of `list` depends only on the range. */
  get canListByRange(): boolean {
    return this.#lists.canListByRange
  }

  /** Returns the heads of a range, in order. */
  list(space: HeadSpace, range: NameRange, signal?: AbortSignal): Promise<NamedRef[]> {
    return this.#lists.list(space, range, signal)
  }

  /** Makes the store report changes by others, if it can; the returned function ends that. */
  get watch(): ((notify: () => void) => () => void) | undefined {
    if (!this.#caller.has('watch')) return undefined
    return (notify) => {
      try {
        const stop = this.#store.watch?.(notify)
        return typeof stop === 'function' ? stop : () => undefined
      } catch (error) {
        throw this.#caller.failed('watch', {}, error)
      }
    }
  }

  /** Records a write of unknown outcome. */
  #watch(key: string, answered: Promise<void>): void {
    const all = Promise.all([this.#late.get(key), answered])
    this.#late.set(key, all)
    void all.then(() => {
      this.moves.lost()
      if (this.#late.get(key) !== all) return
      this.#late.delete(key)
      if (this.#since.has(key)) this.#enqueue(() => this.#restore(key))
    })
  }

  /** Undoes a write that took effect after later ones. Not needed for a swap, since it compares. */
  async #restore(key: string): Promise<void> {
    const value = this.#since.get(key)
    if (!this.#late.has(key)) this.#since.delete(key)
    if (value === undefined || this.#compares) return
    if ((await this.read(key)) === value) return
    if (value === null) await this.remove(key, null)
    else await this.swap(key, null, value)
  }

  #wrote(move: MovedHead): true {
    if (this.#late.has(move.key)) this.#since.set(move.key, move.to)
    this.moves.add(move)
    return true
  }

  /** Records that a failed write may have taken effect. */
  #followed<R>(write: () => Awaitable<R>): Awaitable<R> {
    return tried(
      write,
      (written) => written,
      (error) => {
        this.moves.lost()
        throw error
      }
    )
  }
}
