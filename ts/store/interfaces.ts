/**
 * What a user's stores look like. A method may call back or return a promise, at once or later.
 */

/** What a store method reports to: `error` is null or undefined on success. */
export type StoreCallback<R> = (error?: unknown, result?: R) => void

/** What a store answers that keeps a text: the text itself, or its UTF-8. */
export type StoredText = string | Uint8Array

/** How a missing key is told: one of these, or an error that says so. */
export type Missing = null | undefined

/**
 * Keeps the texts of revisions under ids of its choice. The id is the revision's ref.
 *
 * A class may implement a method with a callback, or without one and return a promise.
 */
export interface RevisionStore {
  /** Keeps a text; answers its id, a string that is not empty. The same text may get the same id. */
  put(text: string, callback: StoreCallback<string>): unknown
  /** Answers the text of an id. */
  get?(id: string, callback: StoreCallback<StoredText | Missing>): unknown
  /** As `get`, which it serves for where that is missing. */
  read?(id: string, callback: StoreCallback<StoredText | Missing>): unknown
  /** Forgets an id. Never called on refusal or failure. */
  del?(id: string, callback: StoreCallback<unknown>): unknown
  /** The id that `put` will answer for a text, so that a chain can go out in one batch. */
  idOf?(text: string): string
  /** Keeps texts, in order; answers their ids. */
  putMany?(texts: readonly string[], callback: StoreCallback<string[]>): unknown
  /**
   * Keeps texts under the ids that `idOf` tells for them, in order, so that a store that hashes need not
   * do so again. In place of `putMany` where there is `idOf`; `refOf` itself as `idOf` is the cheapest.
   */
  putNamed?(
    ids: readonly string[],
    texts: readonly string[],
    callback: StoreCallback<unknown>
  ): unknown
  /** Answers the texts of ids, in order. */
  getMany?(
    ids: readonly string[],
    callback: StoreCallback<readonly (StoredText | Missing)[]>
  ): unknown
  /** Answers which ids are there, in order. */
  has?(ids: readonly string[], callback: StoreCallback<readonly boolean[]>): unknown
  /**
   * Answers the direct ancestors of ids and of what these reach, breadth first, as pairs of an id and
   * its ancestors in order: all of `ids` that are there, and with them about `limit` revisions in all. A
   * server does that in one query, so that questions to the graph need few round trips. More or fewer
   * than `limit`, and any order, are right too. Written as `Map.entries()` or an array.
   */
  ancestry?(
    ids: readonly string[],
    limit: number,
    callback: StoreCallback<Iterable<readonly [id: string, ancestors: readonly string[]]>>
  ): unknown
  /** All ids. */
  keys?(): AsyncIterable<string>
}

/**
 * Keeps the heads: `heads/<branch>`, `remotes/<name>` and `name`, all short strings; between two
 * prunes `unreached`, which lists refs with times.
 *
 * With `compareAndSwap` several processes may share one database; without it, one at a time. It must
 * compare and write in one step: before the first head moves, two swaps of a key `probe/<uuid>` that
 * exclude each other are tried, and where both win, heads are not moved (the option `probe`).
 */
export interface BranchStore {
  put(key: string, value: string, callback: StoreCallback<unknown>): unknown
  get?(key: string, callback: StoreCallback<StoredText | Missing>): unknown
  /** As `get`, which it serves for where that is missing. */
  read?(key: string, callback: StoreCallback<StoredText | Missing>): unknown
  del(key: string, callback: StoreCallback<unknown>): unknown
  /** Sets `key` to `value` if it is `expected` (`null`: if it is missing), and tells whether it did. */
  compareAndSwap?(
    key: string,
    expected: string | null,
    value: string,
    callback: StoreCallback<boolean>
  ): unknown
  /** The keys that start with `prefix`; `remotes()` and `branches()` need it. */
  keys?(prefix: string, callback: StoreCallback<Iterable<string>>): unknown
  /** Answers the values of keys, in order, so that `remotes()` and `branches()` need not ask for each. */
  getMany?(
    keys: readonly string[],
    callback: StoreCallback<readonly (StoredText | Missing)[]>
  ): unknown
  /**
   * Calls `notify` soon after somebody may have written a key, and after a time in which that could not
   * be heard, until the function that it answers is called. `on`, `watch` and `live` then tell what
   * other processes did. Must not keep the process alive.
   */
  watch?(notify: () => void): () => void
}
