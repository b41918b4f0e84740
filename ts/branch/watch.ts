/**
 * Reports moved heads to users: by listeners, and by an async iterable.
 */

import { described } from '../base/arguments.js'
import { listenTo } from '../base/signal.js'
import type { Handle } from './handle.js'
import type { HeadChange, Observer, Watcher } from './watcher.js'

/** Called with each change; what it throws is an uncaught exception. */
export type HeadListener = (change: HeadChange) => void

/** The listeners of one database. */
export class Listeners {
  readonly #handle: Handle
  readonly #observers = new Map<HeadListener, Observer>()

  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** Starts to call `listener`; once for each change, however often it was added. */
  add(event: unknown, listener: unknown): void {
    const called = listenerArgument(event, listener)
    this.#handle.check()
    if (this.#observers.has(called)) return
    const observer: Observer = {
      changed: (change) => process.nextTick(called, change),
      failed: () => undefined,
      ended: () => this.#observers.delete(called)
    }
    this.#observers.set(called, observer)
    this.#handle.watcher.add(observer)
  }

  /** Stops calling `listener`. */
  remove(event: unknown, listener: unknown): void {
    const called = listenerArgument(event, listener)
    const observer = this.#observers.get(called)
    if (observer === undefined) return
    this.#observers.delete(called)
    this.#handle.watcher.remove(observer)
  }
}

function listenerArgument(event: unknown, listener: unknown): HeadListener {
  if (event !== 'head') throw new TypeError(`there is only the event 'head', not ${String(event)}`)
  if (typeof listener === 'function') return listener as HeadListener
  throw new TypeError(`listener must be a function, not ${described(listener)}`)
}

/**
 * The changes of heads as they come, from the call on; ends when the database is closed. The process stays alive while
 * a change is awaited that another process may make. An iterable that is abandoned without `return` is released when it is
 * garbage collected.
 */
export function watchHeads(
  handle: Handle,
  signal: AbortSignal | undefined
): AsyncIterableIterator<HeadChange> {
  handle.check()
  return new Watch(Place.begin(handle.watcher), handle.engine.onForeignChange !== undefined, signal)
}

/** Changes that were not yet taken: one for each head, however often it moved. */
class Waiting implements Observer {
  readonly #changes: Map<string, HeadChange>
  #failure: { readonly error: unknown } | undefined
  /** Whether the database is closed. */
  hasEnded = false
  /** Called when there is something to take. */
  wake: () => void = ignore
  /** How many watches share this. */
  users = 1

  constructor(changes: Iterable<[string, HeadChange]> = []) {
    this.#changes = new Map(changes)
  }

  /** Whether no change has come yet. */
  get isFresh(): boolean {
    return this.#changes.size === 0 && this.#failure === undefined && !this.hasEnded
  }

  copy(): Waiting {
    const copy = new Waiting(this.#changes)
    copy.#failure = this.#failure
    copy.hasEnded = this.hasEnded
    return copy
  }

  changed(change: HeadChange): void {
    const key = change.branch === undefined ? `remotes/${change.remote}` : 'head'
    const previous = this.#changes.get(key)?.previous ?? change.previous
    this.#changes.delete(key)
    this.#changes.set(key, { ...change, previous })
    this.wake()
  }

  failed(error: unknown): void {
    this.#failure = { error }
    this.wake()
  }

  ended(): void {
    this.hasEnded = true
    this.wake()
  }

  /** The next change, `undefined` if there is none yet; 'end' after the last. Throws the error of a failed look. */
  take(): HeadChange | 'end' | undefined {
    const [first] = this.#changes
    if (first !== undefined) {
      this.#changes.delete(first[0])
      return first[1]
    }
    if (this.#failure !== undefined) throw this.#failure.error
    return this.hasEnded ? 'end' : undefined
  }
}

/** Shared by all watches that begin before the next change, so that many of them cost as much as one. */
const beginnings = new WeakMap<Watcher, Waiting>()

/** Releases watches that nobody can read from any more. */
const lost = new FinalizationRegistry<Place>((place) => place.leave())

/** The place of a watch among the observers; keeps no watch alive. */
class Place {
  readonly #watcher: Watcher
  waiting: Waiting
  #isShared = true
  #isLeft = false

  private constructor(watcher: Watcher, waiting: Waiting) {
    this.#watcher = watcher
    this.waiting = waiting
  }

  static begin(watcher: Watcher): Place {
    if (watcher.isWatched) watcher.look() // earlier changes are for the earlier observers
    const there = beginnings.get(watcher)
    if (there?.isFresh === true && there.users > 0) {
      there.users += 1
      return new Place(watcher, there)
    }
    const waiting = new Waiting()
    beginnings.set(watcher, waiting)
    watcher.add(waiting)
    return new Place(watcher, waiting)
  }

  /** Gets its own list of changes from now on. */
  part(): void {
    if (!this.#isShared || this.#isLeft) return
    const own = this.waiting.copy()
    if (!own.hasEnded) this.#watcher.join(own)
    this.#leave()
    this.waiting = own
    this.#isShared = false
  }

  leave(): void {
    if (this.#isLeft) return
    this.#leave()
    this.#isLeft = true
  }

  #leave(): void {
    this.waiting.users -= 1
    if (this.waiting.users === 0) this.#watcher.remove(this.waiting)
  }
}

/** A pending call of `next`. */
interface Asked {
  readonly resolve: (result: IteratorResult<HeadChange, undefined>) => void
  readonly reject: (error: unknown) => void
}

const done: IteratorResult<HeadChange, undefined> = Object.freeze({ done: true, value: undefined })

/** The iterable itself. */
class Watch implements AsyncIterableIterator<HeadChange> {
  readonly #place: Place
  readonly #isHeld: boolean
  readonly #signal: AbortSignal | undefined
  readonly #asked: Asked[] = []
  #hasEnded = false
  #release: () => void = ignore

  constructor(place: Place, isHeld: boolean, signal: AbortSignal | undefined) {
    this.#place = place
    this.#isHeld = isHeld
    this.#signal = signal
    lost.register(this, place, place)
    if (signal?.aborted === true) place.leave()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<HeadChange, undefined>> {
    if (this.#hasEnded) return Promise.resolve(done)
    this.#place.part()
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      if (this.#asked.length === 1) this.#hold()
      this.#answer()
    })
  }

  /** Ends the watch, and every pending `next`, at once. */
  return(): Promise<IteratorResult<HeadChange, undefined>> {
    this.#end()
    return Promise.resolve(done)
  }

  throw(error?: unknown): Promise<IteratorResult<HeadChange, undefined>> {
    this.#end()
    return Promise.reject(error)
  }

  /** While a call waits: keeps this object, and the process if necessary, alive, and listens to the signal. */
  #hold(): void {
    const timer = this.#isHeld ? setInterval(ignore, 0x7fff_ffff) : undefined
    const { waiting } = this.#place
    waiting.wake = () => this.#answer()
    const deafen =
      this.#signal === undefined ? ignore : listenTo(this.#signal, () => this.#answer())
    this.#release = () => {
      clearInterval(timer)
      waiting.wake = ignore
      deafen()
    }
  }

  #answer(): void {
    try {
      while (this.#asked.length > 0) {
        this.#signal?.throwIfAborted()
        const change = this.#place.waiting.take()
        if (change === undefined) return
        if (change === 'end') {
          this.#end()
          return
        }
        this.#asked.shift()?.resolve({ done: false, value: change })
      }
      this.#release()
    } catch (error) {
      this.#asked.shift()?.reject(error)
      this.#end()
    }
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#release()
    this.#place.leave()
    lost.unregister(this.#place)
    for (const { resolve } of this.#asked.splice(0)) resolve(done)
  }
}

function ignore(): void {
  // Nobody waits.
}
