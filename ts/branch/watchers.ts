/**
 * The watchers of a database's branches. After a write only the watchers of the moved heads look, so that a write costs
 * the same however many branches are watched.
 */

import { headKey, remoteOf } from '../base/keys.js'
import type { EngineReads } from '../engine.js'
import type { Watcher } from './watcher.js'

type Followed = Pick<EngineReads, 'movedSince' | 'onForeignChange'>

/** Called with the keys of the heads that moved; `undefined` if that is not known. */
export type Listener = (keys: ReadonlySet<string> | undefined) => void

/** Stands for any key, for listeners to all heads. */
const anyKey = ''

/** The watchers of all branches of one engine. */
export class Watchers {
  readonly #engine: Followed
  /** By the keys of the heads that they watch. */
  readonly #byKey = new Map<string, Watcher[]>()
  /** By the key of the head that they listen to. */
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Moves before this were processed. */
  #mark = 0
  /** The number of active followers, and the function that ends the polling for moves of others. */
  #followers = 0
  #stop: (() => void) | undefined

  constructor(engine: Followed) {
    this.#engine = engine
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0 && this.#listeners.size === 0
  }

  /**
   * Calls `notify` after heads may have moved (with `key`: after that head may have), and at the end, until the returned
   * function is called. Listeners to one head cost nothing when other heads move.
   */
  listen(notify: Listener, key: string = anyKey): () => void {
    const group = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, group.add(notify))
    const stop = this.follow()
    return () => {
      if (!group.delete(notify)) return
      if (group.size === 0) this.#listeners.delete(key)
      stop()
    }
  }

  /** Makes the watchers look for moves of others, until the returned function is called; polls once for all of them. */
  readonly follow = (): (() => void) => {
    this.#followers += 1
    if (this.#followers === 1) this.#stop = this.#engine.onForeignChange?.(() => this.look())
    return () => {
      this.#followers -= 1
      if (this.#followers > 0) return
      this.#stop?.()
      this.#stop = undefined
    }
  }

  add(branch: string, watcher: Watcher): void {
    const key = headKey(branch)
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), watcher])
  }

  /** Makes the watchers of moved heads look; all of them after a remote head moved, or if the moves are not known. */
  look(): void {
    const keys = this.#movedKeys()
    const heard = keys === undefined ? this.#listeners.keys() : [anyKey, ...keys]
    for (const key of [...heard]) for (const notify of this.#listeners.get(key) ?? []) notify(keys)
    const isForAll = keys === undefined || [...keys].some((key) => remoteOf(key) !== undefined)
    const concerned = isForAll ? this.#byKey.keys() : keys
    for (const key of concerned) for (const watcher of this.#byKey.get(key) ?? []) watcher.look()
  }

  end(): void {
    for (const group of this.#listeners.values()) for (const notify of group) notify(undefined)
    for (const watchers of this.#byKey.values()) for (const watcher of watchers) watcher.end()
  }

  #movedKeys(): Set<string> | undefined {
    try {
      const { mark, moves } = this.#engine.movedSince(this.#mark)
      this.#mark = mark
      return moves === undefined ? undefined : new Set(moves.map(({ key }) => key))
    } catch {
      return undefined // each look reports the error
    }
  }
}
