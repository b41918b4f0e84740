/**
 * Reports changes of heads: of one branch, and of the remotes of its database.
 *
 * Looks after each write of this process, and whenever the engine says that somebody else may have
 * written: at the heads that the engine says have moved, or, where it does not know, at all. Compares with what was
 * there before, so that each change is reported once, and two moves between two looks as one.
 */

import { type Awaitable, after, tried } from '../base/awaitable.js'
import { headKey, remoteKey, remoteOf } from '../base/keys.js'
import { allNames } from '../base/names.js'
import type { Ref } from '../base/types.js'
import type { EngineReads, EngineState, MovedHead } from '../engine.js'

/** A head that moved: of the branch, or the remembered head of a remote. */
export interface HeadChange {
  /** The branch whose head it is; not there where it is a remote's. */
  readonly branch?: string
  /** The remote whose head it is; not there where it is a branch's. */
  readonly remote?: string
  /** The head now; `null` where there is none any more. */
  readonly ref: Ref | null
  /** The head before; `null` where there was none. */
  readonly previous: Ref | null
}

/** Hears of changes. */
export interface Observer {
  changed(change: HeadChange): void
  /** A look failed; the next one may not. */
  failed(error: unknown): void
  /** The database is closed. */
  ended(): void
}

/** The heads that are watched. */
type Watched = EngineReads & EngineState

/** More than any mark. */
const latest = Number.MAX_SAFE_INTEGER

/** Watches one branch for any number of observers, from the first one on to the last. */
export class Watcher {
  readonly #engine: Watched
  readonly #branch: string
  readonly #follow: () => () => void
  readonly #observers = new Set<Observer>()
  /** The heads by their keys, of the branch and of all remotes; `undefined` where nobody has looked yet. */
  #seen: Map<string, Ref> | undefined
  /** Moves before this are known; `undefined`: those before the database was opened. */
  #mark: number | undefined
  #stop: (() => void) | undefined
  #isLooking = false
  #again = false

  /** @param follow has it look at what others move, until the function that it returns is called */
  constructor(engine: Watched, branch: string, follow: () => () => void) {
    this.#engine = engine
    this.#branch = branch
    this.#follow = follow
  }

  get isWatched(): boolean {
    return this.#observers.size > 0
  }

  /** Begins to report to `observer` the changes from now on. */
  add(observer: Observer): void {
    if (this.isWatched) {
      this.look() // what changed before is for the others
      this.#observers.add(observer)
      return
    }
    this.#observers.add(observer)
    this.#mark = this.#engine.isOpen ? this.#latestMark() : undefined
    this.#stop = this.#follow()
    this.look()
  }

  /**
   * Reports to `observer` what is reported from now on. It knows what was reported by now: so no look comes before
   * it, which would be reported to the others alone.
   */
  join(observer: Observer): void {
    this.#observers.add(observer)
  }

  /** Reports to `observer` no more. */
  remove(observer: Observer): void {
    this.#observers.delete(observer)
    if (this.isWatched) return
    this.#stop?.()
    this.#stop = undefined
    this.#seen = undefined
  }

  /** Looks for changes: at once where the engine returns at once. */
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

  /** Never rejects. Nothing comes between its last turn and its end, so that no call of `look` is lost. */
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

  /** Moves since the watching began, those before all was read too, are reported with the ref before. */
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
      if (seen !== this.#seen) return // it was begun anew meanwhile
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
        this.#mark = 0 // the next look reads all, too
        throw error
      }
    )
  }

  /** The head alone where the engine cannot list the remotes. */
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
      return 0 // the look itself reports why
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
