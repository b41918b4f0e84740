/**
 * How users hear of heads that moved: listeners, and an async iterable.
 */

import { described } from '../base/arguments.js'
import { abortable } from '../base/signal.js'
import type { Handle } from './handle.js'
import type { HeadChange, Observer } from './watcher.js'

/** Called with each change; what it throws is an uncaught exception. */
export type HeadListener = (change: HeadChange) => void

/** The listeners of one database. */
export class Listeners {
  readonly #handle: Handle
  readonly #observers = new Map<HeadListener, Observer>()

  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** Begins to call `listener`; once for each change, however often it was added. */
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

  /** Calls `listener` no more. */
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
 * The changes of heads as they come, from the call on; ends when the database is closed. While one is
 * waited for, and another process may make it, the process stays alive.
 */
export function watchHeads(
  handle: Handle,
  signal: AbortSignal | undefined
): AsyncIterableIterator<HeadChange, undefined> {
  handle.check()
  const watch = new Watch()
  if (signal?.aborted !== true) handle.watcher.add(watch)
  const isHeld = handle.engine.onForeignChange !== undefined
  return iterate(watch, () => handle.watcher.remove(watch), isHeld, signal)
}

async function* iterate(
  watch: Watch,
  stop: () => void,
  isHeld: boolean,
  signal: AbortSignal | undefined
): AsyncGenerator<HeadChange, undefined> {
  try {
    for (;;) {
      const change = await held(isHeld, () => abortable(signal, () => watch.next()))
      if (change === undefined) return undefined
      yield change
    }
  } finally {
    stop()
  }
}

/** Keeps the process alive while `wait` does. */
async function held<R>(isHeld: boolean, wait: () => Promise<R>): Promise<R> {
  if (!isHeld) return wait()
  const timer = setInterval(() => undefined, 0x7fff_ffff)
  try {
    return await wait()
  } finally {
    clearInterval(timer)
  }
}

/** Changes that wait to be taken: one for each head, whatever it did meanwhile. */
class Watch implements Observer {
  readonly #waiting = new Map<string, HeadChange>()
  #failure: { readonly error: unknown } | undefined
  #hasEnded = false
  #wake: () => void = () => undefined

  changed(change: HeadChange): void {
    const key = change.branch === undefined ? `remotes/${change.remote}` : 'head'
    const previous = this.#waiting.get(key)?.previous ?? change.previous
    this.#waiting.delete(key)
    this.#waiting.set(key, { ...change, previous })
    this.#wake()
  }

  failed(error: unknown): void {
    this.#failure = { error }
    this.#wake()
  }

  ended(): void {
    this.#hasEnded = true
    this.#wake()
  }

  /** The next change; `undefined` after the last. */
  async next(): Promise<HeadChange | undefined> {
    for (;;) {
      const [first] = this.#waiting
      if (first !== undefined) {
        this.#waiting.delete(first[0])
        return first[1]
      }
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#hasEnded) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
