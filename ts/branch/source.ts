/**
 * Simple-stream sources: turns a function that returns the next item into an object that can be read
 * with callbacks, with promises and as an async iterable.
 *
 * Keeps the order of reads and whether the end was reached; knows nothing of the items.
 */

import { attempt, respond } from '../base/callbacks.js'
import type { StreamSource } from '../base/options.js'
import type { Awaitable } from '../engine.js'

/** A source, and a way to end it from outside. */
interface Feed<R> {
  readonly source: StreamSource<R>
  /** Ends the source with an error: the pending read, or else the next one, is rejected with it. */
  fail(reason: unknown): void
}

/**
 * A source of the items that `next` returns, `undefined` at its end. Calls of `next` do not overlap, and none follows
 * the end or an error. `release` is called once, on an abort or `fail`.
 */
export function feedOf<R>(next: () => Awaitable<R | undefined>, release: () => void): Feed<R> {
  const reader = new Reader(next, release)
  const pull = () => reader.pull()
  const stop = () => Promise.resolve(reader.stop())
  const source = {
    read: (...args: unknown[]) => respond(args, { most: 0 }, pull),
    abort: (...args: unknown[]) => respond(args, { most: 0 }, stop),
    [Symbol.asyncIterator]: () => iteratorOf(reader)
  }
  return { source: source as StreamSource<R>, fail: (reason) => reader.stop({ reason }) }
}

class Reader<R> {
  readonly #next: () => Awaitable<R | undefined>
  readonly #release: () => void
  #ended = false
  /** The failure from outside with which the next read is rejected. */
  #failure: { readonly reason: unknown } | undefined
  /** The number of pending pulls, and the last of them. */
  #pending = 0
  #last: Promise<unknown> = Promise.resolve()
  #interrupt: () => void = () => undefined

  constructor(next: () => Awaitable<R | undefined>, release: () => void) {
    this.#next = next
    this.#release = release
  }

  /** The next item, after those of earlier pulls. */
  pull(): Promise<R | undefined> {
    const item = this.#pending === 0 ? this.#step() : this.#last.then(() => this.#step())
    this.#pending += 1
    this.#last = item.then(this.#answered, this.#answered)
    return item
  }

  stop(failure?: { readonly reason: unknown }): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = failure
    this.#release()
    this.#interrupt()
  }

  readonly #answered = (): void => {
    this.#pending -= 1
  }

  #step(): Promise<R | undefined> {
    if (this.#ended) return this.#ending()
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve(this.#ending())
      attempt(this.#next).then(
        (item) => {
          if (item === undefined) this.#ended = true
          resolve(item)
        },
        (error: unknown) => {
          this.#ended = true
          reject(error)
        }
      )
    })
  }

  #ending(): Promise<undefined> {
    const failure = this.#failure
    this.#failure = undefined
    return failure === undefined ? Promise.resolve(undefined) : Promise.reject(failure.reason)
  }
}

function iteratorOf<R>(reader: Reader<R>): AsyncIterableIterator<R> {
  return {
    async next() {
      const value = await reader.pull()
      return value === undefined ? { done: true, value } : { done: false, value }
    },
    return() {
      reader.stop()
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]() {
      return this
    }
  }
}
