/**
 * Reports that branches of a remote database have moved: repeatedly asks the handler to answer when the sum of their heads
 * changes.
 */

import { backoff, wait } from '../../base/backoff.js'
import { begun } from '../../sync/delegate.js'
import type { ManyRun } from '../../sync/exchange.js'
import { interval } from '../../sync/pace.js'
import { BranchCalls } from './branch-calls.js'
import type { Calls } from './calls.js'
import { mayPass } from './retries.js'

/** An answer after this share of the requested time is not early. */
const nearly = 0.9

/** Moves of the branches, from the call on. */
export function watchBranches(
  calls: Calls,
  run: ManyRun
): AsyncIterator<unknown> & { [begun](): Promise<void> } {
  const ended = new AbortController()
  const signal =
    run.signal === undefined ? ended.signal : AbortSignal.any([run.signal, ended.signal])
  const changes = new SumChanges(calls, run.branches.prefix, signal)
  return {
    [begun]: () => changes.begun(),
    async next() {
      await changes.next()
      return { done: false, value: undefined }
    },
    return() {
      ended.abort(new Error('the watch has ended'))
      return Promise.resolve({ done: true, value: undefined })
    }
  }
}

class SumChanges {
  readonly #calls: Calls
  readonly #branches: BranchCalls
  readonly #prefix: string
  readonly #signal: AbortSignal
  #seen: Promise<string>

  constructor(calls: Calls, prefix: string, signal: AbortSignal) {
    this.#calls = calls
    this.#branches = new BranchCalls(calls)
    this.#prefix = prefix
    this.#signal = signal
    this.#seen = calls.retrying(signal, () => this.#ask('', 0))
    this.#seen.catch(() => undefined) // the next `next` reports it
  }

  async begun(): Promise<void> {
    await this.#seen
  }

  async next(): Promise<void> {
    const previous = await this.#seen
    for (let early = 0; ; ) {
      const { seconds } = this.#calls.waits
      const start = performance.now()
      const sum = await this.#calls.retrying(this.#signal, () => this.#once(previous, seconds))
      if (sum !== previous) {
        this.#seen = Promise.resolve(sum)
        return
      }
      const isEarly = performance.now() - start < seconds * 1000 * nearly
      if (!isEarly) this.#calls.waits.lasted()
      early = isEarly ? early + 1 : 0
      if (isEarly) await wait(Math.min(interval, backoff(early)), this.#signal)
      else if (seconds === 0) await wait(interval, this.#signal)
    }
  }

  async #once(previous: string, seconds: number): Promise<string> {
    const start = performance.now()
    try {
      return await this.#ask(previous, seconds)
    } catch (error) {
      if (mayPass(error)) this.#calls.waits.wasCut(performance.now() - start)
      throw error
    }
  }

  #ask(sum: string, seconds: number): Promise<string> {
    const asked = { prefix: this.#prefix, remote: undefined, signal: this.#signal }
    return this.#branches.changes(asked, sum, seconds)
  }
}
