/**
 * The interfaces of user stores. A method may call back or return a promise, at once or later.
 */

import type { LogEntry } from '../base/options.js'

/** Receives a store method's result; `error` is null or undefined on success. */
export type StoreCallback<R> = (error?: unknown, result?: R) => void

/** A stored text as the store returns it: a string, or its UTF-8. */
export type StoredText = string | Uint8Array

/** Marks a missing key; an error that says so does too. */
export type Missing = null | undefined

/**
 * Keeps the texts of revisions under ids of its choice. The id is the revision's ref.
 *
 * A class may implement a method with a callback, or without one and return a promise.
 */
export interface RevisionStore {
  /** Stores a text; returns its id, a non-empty string. Equal texts may get the same id. */
  put(text: string, callback: StoreCallback<string>): unknown
  /** Returns the text of an id. */
  get?(id: string, callback: StoreCallback<StoredText | Missing>): unknown
  /** Used in place of a missing `get`. */
  read?(id: string, callback: StoreCallback<StoredText | Missing>): unknown
  /** Deletes an id. Never called on refusal or failure. */
  del?(id: string, callback: StoreCallback<unknown>): unknown
  /** Returns the id that `put` will return for a text, so that a chain can be written in one batch. */
  idOf?(text: string): string
  /** Stores texts, in order; returns their ids. */
  putMany?(texts: readonly string[], callback: StoreCallback<string[]>): unknown
  /**
   * Stores texts under the ids that `idOf` gave for them, in order, so that a store that hashes need not hash
   * again. Used in place of `putMany` if there is an `idOf`; `refOf` itself as `idOf` is the cheapest.
   */
  putNamed?(
    ids: readonly string[],
    texts: readonly string[],
    callback: StoreCallback<unknown>
  ): unknown
  /** Returns the texts of ids, in order. */
  getMany?(
    ids: readonly string[],
    callback: StoreCallback<readonly (StoredText | Missing)[]>
  ): unknown
  /** Returns whether each id exists, in order. */
  has?(ids: readonly string[], callback: StoreCallback<readonly boolean[]>): unknown
  /**
   * Returns the direct ancestors of ids and of the revisions that they reach, breadth first, as pairs of an id
   * and its ancestors in order: all of `ids` that are there, and about `limit` revisions in all. A server does
   * that in one query, so that graph queries need few round trips. More or fewer than `limit`, and any
   * order, are valid. The pairs come as `Map.entries()` or an array.
   */
  ancestry?(
    ids: readonly string[],
    limit: number,
    callback: StoreCallback<Iterable<readonly [id: string, ancestors: readonly string[]]>>
  ): unknown
  /** All ids. */
  keys?(): AsyncIterable<string>
}

/** A move of a head, as the log has it: `LogEntry` without its id. */
export type NewLogEntry = Omit<LogEntry, 'id'>

/** The range of log entries to read. */
export interface LogRange {
  /** The branch; `undefined`: all branches. */
  readonly branch: string | undefined
  /** Only entries older than that of this id; `undefined`: from the newest on. */
  readonly before: string | undefined
  /** Most entries. */
  readonly limit: number
}

/** One of the swaps of a `compareAndSwapMany`. */
export interface HeadSwap {
  readonly key: string
  /** The expected value; `null`: the key must be missing. */
  readonly expected: string | null
  /** The new value; `null`: the key is deleted. May equal `expected`: then the swap only checks. */
  readonly value: string | null
  /**
   * For an undo or redo: the id of the newest entry of that branch in the log, `null` if there is none. The swap also fails
   * if another one is the newest. A store that ignores this does not notice that others moved the head and moved it back
   * after the log was read.
   */
  readonly latest?: string | null | undefined
}

/**
 * Stores the heads: `heads/<branch>`, `remotes/<name>` and `name`, all short strings; between two prunes also
 * `unreached`, a list of refs with times.
 *
 * With `compareAndSwap` several processes may share one database; without it, one at a time. It must compare and
 * write in one step. Before the first head moves, it is tested by two swaps of a key `probe/<uuid>` that exclude each
 * other; if both succeed, heads are not moved (the option `probe`).
 */
export interface BranchStore {
  put(key: string, value: string, callback: StoreCallback<unknown>): unknown
  get?(key: string, callback: StoreCallback<StoredText | Missing>): unknown
  /** Used in place of a missing `get`. */
  read?(key: string, callback: StoreCallback<StoredText | Missing>): unknown
  del(key: string, callback: StoreCallback<unknown>): unknown
  /** Sets `key` to `value` if it is `expected` (`null`: if it is missing); returns whether it did. */
  compareAndSwap?(
    key: string,
    expected: string | null,
    value: string,
    callback: StoreCallback<boolean>
  ): unknown
  /**
   * Does all swaps in one step, or none; returns -1, or the number of a swap whose key does not hold the expected value.
   * No key comes twice. `batch` needs it. A store that has `readLog` also gets, before the callback, entries of the log of
   * the heads, in order. It writes them in the same step, and gives each an id, any string. Ids must sort in the order in
   * which the entries were written.
   */
  compareAndSwapMany?(
    swaps: readonly HeadSwap[],
    entries?: readonly NewLogEntry[] | StoreCallback<number>,
    callback?: StoreCallback<number>
  ): unknown
  /**
   * Returns entries of the log with their ids, newest first; `log`, `undo` and `redo` need it, together with
   * `compareAndSwapMany`.
   */
  readLog?(range: LogRange, callback: StoreCallback<Iterable<LogEntry>>): unknown
  /**
   * Removes the oldest entries of the log, at most `limit`, whose time is before `time` (ISO 8601); returns how many.
   * Without it the log only grows.
   */
  forgetLog?(time: string, limit: number, callback: StoreCallback<number>): unknown
  /** Returns the keys that start with `prefix`; `remotes()` and `branches()` need it, or `entries`. */
  keys?(prefix: string, callback: StoreCallback<Iterable<string>>): unknown
  /**
   * Returns keys and their values: those that start with `prefix` and come after `after` (`null`: all), in the order
   * of their UTF-8 bytes, at most `limit` (`Infinity`: all), all as of one moment. Used in place of `keys` and
   * `getMany` to list heads, so that the cost of a page does not depend on all keys.
   */
  entries?(
    prefix: string,
    after: string | null,
    limit: number,
    callback: StoreCallback<Iterable<readonly [key: string, value: StoredText]>>
  ): unknown
  /** Returns the values of keys, in order, so that `remotes()` and `branches()` need no call for each. */
  getMany?(
    keys: readonly string[],
    callback: StoreCallback<readonly (StoredText | Missing)[]>
  ): unknown
  /**
   * Calls `notify` soon after anyone may have written a key, and after a time in which it could not listen,
   * until the returned function is called. `on`, `watch` and `live` then report what other processes did. Must
   * not keep the process alive.
   */
  watch?(notify: () => void): () => void
}
