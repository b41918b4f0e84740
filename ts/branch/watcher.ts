/**
 * Reports changes of heads: of one branch, and of the remotes of its database.
 *
 * Looks for changes after each write of this process, and whenever the engine says that somebody else may have
 * written. Reads the heads that the engine says have moved, or all if it does not know. Compares them with their last
 * state, so that each change is reported once, and several moves between two looks as one.
 */

import { type Awaitable, after, tried } from '../base/awaitable.js'
import { headKey, remoteKey, remoteOf } from '../base/keys.js'
import { allNames } from '../base/names.js'
import type { Ref } from '../base/types.js'
import type { EngineReads, EngineState, MovedHead } from '../engine.js'

/** A head that moved: of the branch, or a remote head. */
export interface HeadChange {
  /** The branch whose head it is; absent for a remote head. */
  readonly branch?: string
  /** The remote whose head it is; absent for a branch. */
  readonly remote?: string
  /** The head now; `null` if it was deleted. */
  readonly ref: Ref | null
  /** The head before; `null` if there was none. */
  readonly previous: Ref | null
}

/** Receives changes. */
export interface Observer {
  changed(change: HeadChange): void
  /** A look failed; the next one may succeed. */
  failed(error: unknown): void
  /** The database is closed. */
  ended(): void
}

/** The heads that are watched. */
type Watched = EngineReads & EngineState

/** Greater than any mark. */
const latest = Number.MAX_SAFE_INTEGER

/** Watches one branch as long as it has observers. */
export class Watcher {
  readonly #engine: Watched
  readonly #branch: string
  readonly #follow: () => () => void
  readonly #observers = new Set<Observer>()
  /** The heads by their keys, of the branch and of all remotes; `undefined` before the first look. */
  #seen: Map<string, Ref> | undefined
  /** Moves before this are known; `undefined`: those before the database was opened. */
  #mark: number | undefined
  #stop: (() => void) | undefined
  #isLooking = false
  #again = false

  /** @param follow makes it look for moves of others, until the returned function is called */
  constructor(engine: Watched, branch: string, follow: () => () => void) {
    this.#engine = engine
    this.#branch = branch
    this.#follow = follow
  }

  get isWatched(): boolean {
    return this.#observers.size > 0
  }

  /** Starts to report changes from now on to `observer`. */
  add(observer: Observer): void {
    if (this.isWatched) {
      this.look() // earlier changes are for the others
      this.#observers.add(observer)
      return
    }
    this.#observers.add(observer)
    this.#mark = this.#engine.isOpen ? this.#latestMark() : undefined
    this.#stop = this.#follow()
    this.look()
  }

  /**
   * Adds `observer`, which already knows what was reported so far. Unlike `add` it does not look first, since the
   * result of that look would go only to the other observers.
   */
  join(observer: Observer): void {
    this.#observers.add(observer)
  }

  /** Stops reporting to `observer`. */
  remove(observer: Observer): void {
    this.#observers.delete(observer)
    if (this.isWatched) return
    this.#stop?.()
    this.#stop = undefined
    this.#seen = undefined
  }

  /** Looks for changes: synchronously if the engine returns at once. */
  look(): void {
    this.#again = true
    if (!this.#isLooking && this.isWatched) void this.#look()
  }

  /** Ends all observers. */
  end(): void {
    for (const observer of [...this.#observers]) {
      this.remove(observer)
      observer.ended()
    }
  }

  /** Never rejects. Nothing runs between its last turn and its end, so that no call of `look` is lost. */
  async #look(): Promise<void> {
    this.#isLooking = true
    while (this.#again && this.isWatched) {
      this.#again = false
      try {
        if (!this.#engine.isOpen) await this.#engine.opened()
        const looked = this.#seen === undefined ? this.#lookFirst() : this.#lookAgain(this.#seen)
        if (looked instanceof Promise) await looked
      } catch (error) {
        for (const observer of [...this.#observers]) observer.failed(error)
      }
    }
    this.#isLooking = false
  }

  /** Reports moves since watching began with the ref before, even those made before all heads were read. */
  #lookFirst(): Awaitable<void> {
    return after(this.#read(), (seen) => {
      const { mark, moves } = this.#engine.movedSince(this.#mark)
      for (const { key, from } of (moves ?? []).toReversed()) put(seen, key, from)
      this.#mark = mark
      this.#seen = seen
      this.#tellMoves(seen, moves ?? [])
    })
  }

  #lookAgain(seen: Map<string, Ref>): Awaitable<void> {
    const { mark, moves } = this.#engine.movedSince(this.#mark)
    this.#mark = mark
    if (moves !== undefined) return this.#tellMoves(seen, moves)
    return after(this.#readOrUnmark(), (now) => {
      if (seen !== this.#seen) return // it was started again meanwhile
      for (const key of new Set([...seen.keys(), ...now.keys()])) {
        this.#tell(seen, key, now.get(key) ?? null)
      }
    })
  }

  #readOrUnmark(): Awaitable<Map<string, Ref>> {
    return tried(
      () => this.#read(),
      (read) => read,
      (error) => {
        this.#mark = 0 // the next look reads all heads too
        throw error
      }
    )
  }

  /** Reads all heads; only the branch's if the engine cannot list the remotes. */
  #read(): Awaitable<Map<string, Ref>> {
    return after(this.#engine.head(this.#branch), (head) => {
      const remotes = this.#engine.listsHeads ? this.#engine.heads('remotes/', allNames) : []
      return after(remotes, (remotes) => {
        const read = new Map<string, Ref>()
        put(read, headKey(this.#branch), head)
        for (const { name, ref } of remotes) read.set(remoteKey(name), ref)
        return read
      })
    })
  }

  #latestMark(): number {
    try {
      return this.#engine.movedSince(latest).mark
    } catch {
      return 0 // the look itself reports the error
    }
  }

  /** Several moves of one head are reported as one change. */
  #tellMoves(seen: Map<string, Ref>, moves: readonly MovedHead[]): void {
    const now = new Map(moves.map(({ key, to }) => [key, to]))
    const first = new Map(moves.toReversed().map(({ key, from }) => [key, from]))
    for (const [key, ref] of now) this.#tell(seen, key, ref, first.get(key))
  }

  #tell(seen: Map<string, Ref>, key: string, ref: Ref | null, from: Ref | null = null): void {
    const isOwn = key === headKey(this.#branch)
    const remote = isOwn ? undefined : remoteOf(key)
    if (!isOwn && remote === undefined) return
    const previous = seen.get(key) ?? (this.#engine.listsHeads || isOwn ? null : from)
    put(seen, key, ref)
    if (previous === ref) return
    const whose = remote === undefined ? { branch: this.#branch } : { remote }
    for (const observer of [...this.#observers]) observer.changed({ ...whose, ref, previous })
  }
}

function put(seen: Map<string, Ref>, key: string, ref: Ref | null): void {
  if (ref === null) seen.delete(key)
  else seen.set(key, ref)
}
