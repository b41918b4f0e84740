/**
 * Tells changes of heads: of one branch, and of the remotes of its database.
 *
 * Looks after each write of this process, and whenever the engine says that somebody else may have
 * written. Compares with what was there before, so that each change is told once, and what moved
 * twice between two looks is told as one.
 */

import { isThenable } from '../base/manner.js'
import type { Ref } from '../base/types.js'
import type { Engine } from '../engine.js'

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

/** Who is told. */
export interface Observer {
  changed(change: HeadChange): void
  /** A look failed; the next one may not. */
  failed(error: unknown): void
  /** The database is closed. */
  ended(): void
}

/** What was there at a look. */
interface Seen {
  readonly head: Ref | null
  readonly remotes: Readonly<Record<string, Ref>>
}

const nothing: Seen = Object.freeze({ head: null, remotes: Object.freeze({}) })

/** Watches one branch for any number of observers, from the first one on to the last. */
export class Watcher {
  readonly #engine: Engine
  readonly #branch: string
  readonly #observers = new Set<Observer>()
  /** `undefined` where nobody has looked yet. */
  #seen: Seen | undefined
  #stop: (() => void) | undefined
  #isLooking = false
  #again = false

  constructor(engine: Engine, branch: string) {
    this.#engine = engine
    this.#branch = branch
  }

  get isWatched(): boolean {
    return this.#observers.size > 0
  }

  /** Begins to tell `observer` what changes from now on. */
  add(observer: Observer): void {
    this.#observers.add(observer)
    if (this.#stop !== undefined) return
    this.#stop = this.#engine.onForeignChange?.(() => this.look()) ?? ignore
    this.look()
  }

  /** Tells `observer` no more. */
  remove(observer: Observer): void {
    this.#observers.delete(observer)
    if (this.isWatched) return
    this.#stop?.()
    this.#stop = undefined
    this.#seen = undefined
  }

  /** A write of this process begins: what was there before it is not known if nobody has looked. */
  writing(): void {
    if (this.isWatched) this.#seen ??= nothing
  }

  /** Looks for changes: at once where the engine answers at once. */
  look(): void {
    this.#again = true
    if (this.#isLooking || !this.isWatched) return
    this.#isLooking = true
    void this.#look().finally(() => {
      this.#isLooking = false
    })
  }

  /** Tells all observers that there is no more to come. */
  end(): void {
    for (const observer of [...this.#observers]) {
      this.remove(observer)
      observer.ended()
    }
  }

  async #look(): Promise<void> {
    while (this.#again && this.isWatched) {
      this.#again = false
      try {
        const read = this.#engine.isOpen ? this.#read() : this.#readWhenOpen()
        this.#tell(isThenable(read) ? await read : read)
      } catch (error) {
        for (const observer of [...this.#observers]) observer.failed(error)
      }
    }
  }

  async #readWhenOpen(): Promise<Seen> {
    await this.#engine.opened()
    return this.#read()
  }

  /** The head alone where the engine cannot list the remotes. */
  #read(): Seen | Promise<Seen> {
    const head = this.#engine.head(this.#branch)
    const remotes = this.#engine.listsHeads ? this.#engine.remotes() : nothing.remotes
    if (!(isThenable<Ref | null>(head) || isThenable<Seen['remotes']>(remotes))) {
      return { head, remotes }
    }
    return Promise.all([head, remotes]).then(([head, remotes]) => ({ head, remotes }))
  }

  #tell(now: Seen): void {
    const before = this.#seen
    this.#seen = now
    if (before === undefined) return
    for (const change of changesBetween(this.#branch, before, now)) {
      for (const observer of [...this.#observers]) observer.changed(change)
    }
  }
}

function changesBetween(branch: string, before: Seen, now: Seen): HeadChange[] {
  const changes: HeadChange[] = []
  if (before.head !== now.head) changes.push({ branch, ref: now.head, previous: before.head })
  for (const remote of new Set([...Object.keys(before.remotes), ...Object.keys(now.remotes)])) {
    const [ref, previous] = [now.remotes[remote] ?? null, before.remotes[remote] ?? null]
    if (ref !== previous) changes.push({ remote, ref, previous })
  }
  return changes
}

function ignore(): void {
  // Nobody else writes.
}
