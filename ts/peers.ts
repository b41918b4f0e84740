/**
 * The members of a database that deal with others: round trips, and hearing of heads that moved.
 */

import { signalOption } from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { optionsOf } from './base/known.js'
import type { PullResult, PushResult, RoundTripOptions, SignalOptions } from './base/options.js'
import type { Callback } from './base/types.js'
import type { Handle } from './branch/handle.js'
import { type HeadListener, Listeners, watchHeads } from './branch/watch.js'
import type { HeadChange } from './branch/watcher.js'
import type { Source, Target } from './sync/exchange.js'
import { pull, push } from './sync/round-trip.js'
import { Upkeep } from './upkeep.js'

/** Deals with other databases, and all that `Upkeep` does. */
export class Peers<T> extends Upkeep<T> {
  readonly #listeners: Listeners

  /** @internal */
  constructor(handle: Handle) {
    super(handle)
    this.#listeners = new Listeners(handle)
  }

  /**
   * Brings everything of `source`'s head here, as a synchronizer does, and with `resolve` merges it
   * into the head.
   *
   * @throws as `createSynchronizer(source, db).run()` and `merge` do
   */
  pull(source: Source<T>, options?: RoundTripOptions<T>): Promise<PullResult>
  pull(source: Source<T>, callback: Callback<PullResult>): void
  pull(
    source: Source<T>,
    options: RoundTripOptions<T> | undefined,
    callback: Callback<PullResult>
  ): void
  pull(...args: unknown[]): Promise<PullResult> | undefined {
    return respond(args, { required: 1, most: 2 }, () =>
      pull<T>(this.#local, args[0] as Source<T>, optionsOf(args[1], calls.pull))
    )
  }

  /**
   * Brings everything of the head to `target`, as a synchronizer does, and, where the target has
   * `setHead`, moves its head here by compare-and-swap; where it may not, `reason` says why. Where it has gone on by itself, it is pulled
   * and merged first if `resolve` is given, as often as it takes.
   *
   * @throws {HistoError} `HISTO_HEAD_CONFLICT` without `resolve` where the target's head is not one of
   *   this history, `head` being what it is; else as `createSynchronizer(db, target).run()` and `merge`
   */
  push(target: Target<T>, options?: RoundTripOptions<T>): Promise<PushResult>
  push(target: Target<T>, callback: Callback<PushResult>): void
  push(
    target: Target<T>,
    options: RoundTripOptions<T> | undefined,
    callback: Callback<PushResult>
  ): void
  push(...args: unknown[]): Promise<PushResult> | undefined {
    return respond(args, { required: 1, most: 2 }, () =>
      push<T>(this.#local, args[0] as Target<T>, optionsOf(args[1], calls.push))
    )
  }

  /**
   * Calls `listener` after the head of this branch, or a remote head, has moved: by this process at
   * once, by another on the same path within 250 ms. What moves twice in that time is told as one.
   * Ends with `off` or `close`, and does not keep the process alive. Over stores of your own without
   * `watch` only what this database object does is told.
   *
   * @throws {TypeError} if the event is not `'head'`
   * @throws {HistoError} `HISTO_CLOSED`
   */
  on(event: 'head', listener: HeadListener): this {
    this.#listeners.add(event, listener)
    return this
  }

  /** Calls `listener` no more. */
  off(event: 'head', listener: HeadListener): this {
    this.#listeners.remove(event, listener)
    return this
  }

  /**
   * What `on('head', …)` tells, from the call on, as an async iterable, one change for each head
   * however slowly they are taken. Ends when the database is closed. On a path the process stays alive
   * while a change is waited for.
   *
   * @throws {HistoError} `HISTO_CLOSED`
   */
  watch(options?: SignalOptions): AsyncIterableIterator<HeadChange> {
    return watchHeads(this.handle, signalOption(optionsOf(options, calls.watch)))
  }

  get #local() {
    return { db: this as unknown as Source<T> & Target<T>, handle: this.handle }
  }
}
