/**
 * `watch` of a remote database: repeatedly asks the handler to answer when the head changes.
 */

import { backoff, wait } from '../../base/backoff.js'
import { mainBranch } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import type { HeadChange } from '../../branch/watcher.js'
import { begun } from '../../sync/delegate.js'
import { interval } from '../../sync/pace.js'
import type { Calls } from './calls.js'
import { mayPass } from './retries.js'

/** An answer after this share of the requested time is not early. */
const nearly = 0.9

/** Iterates the changes of the remote's head, from the call on. */
export function watchOver(
  calls: Calls,
  signal: AbortSignal | undefined
): AsyncIterableIterator<HeadChange> {
  const controller = new AbortController()
  const stop = () => controller.abort(signal?.reason)
  if (signal?.aborted === true) stop()
  signal?.addEventListener('abort', stop, { once: true })
  const changes = new Changes(calls, controller.signal)
  let hasEnded = false
  const end = () => {
    hasEnded = true
    signal?.removeEventListener('abort', stop)
    controller.abort(new Error('the watch has ended'))
  }
  const watch: AsyncIterableIterator<HeadChange> & { [begun](): Promise<void> } = {
    [begun]: () => changes.begun(),
    async next() {
      if (hasEnded) return { done: true, value: undefined }
      try {
        return { done: false, value: await changes.next() }
      } catch (error) {
        if (hasEnded) return { done: true, value: undefined } // by a concurrent `return`
        end()
        throw error
      }
    },
    return() {
      end()
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]() {
      return this
    }
  }
  return watch
}

/** Waits for changes of a head since it was last reported. */
class Changes {
  readonly #calls: Calls
  readonly #signal: AbortSignal
  #seen: Promise<Ref | null>

  constructor(calls: Calls, signal: AbortSignal) {
    this.#calls = calls
    this.#signal = signal
    this.#seen = this.#retrying(async () => (await calls.state({ signal }, false)).head)
    this.#seen.catch(() => undefined) // the next `next` reports it
  }

  async begun(): Promise<void> {
    await this.#seen
  }

  async next(): Promise<HeadChange> {
    const previous = await this.#seen
    for (let early = 0; ; ) {
      const { ref, isEarly } = await this.#retrying(() => this.#ask(previous))
      if (ref !== previous) {
        this.#seen = Promise.resolve(ref)
        return { branch: this.#calls.branch ?? mainBranch, ref, previous }
      }
      early = isEarly ? early + 1 : 0
      if (isEarly) await wait(Math.min(interval, backoff(early)), this.#signal)
    }
  }

  /** Asks for the head; `isEarly`: the answer came before its time. */
  async #ask(previous: Ref | null): Promise<{ ref: Ref | null; isEarly: boolean }> {
    const { waits } = this.#calls
    const { seconds } = waits
    const begun = performance.now()
    try {
      const ref = await this.#calls.changes(previous, seconds, this.#signal)
      const isEarly = performance.now() - begun < seconds * 1000 * nearly
      if (ref === previous && !isEarly) waits.lasted()
      if (ref === previous && seconds === 0) await wait(interval, this.#signal)
      return { ref, isEarly }
    } catch (error) {
      if (mayPass(error)) waits.wasCut(performance.now() - begun)
      throw error
    }
  }

  #retrying<R>(attempt: () => Promise<R>): Promise<R> {
    return this.#calls.retrying(this.#signal, attempt)
  }
}
