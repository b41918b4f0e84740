/**
 * `createStream`: the revisions of a list of refs as a simple-stream source.
 */

import { refList } from '../base/arguments.js'
import type { RevisionSource } from '../base/options.js'
import type { Ref, Revision } from '../base/types.js'
import type { Handle } from './handle.js'
import { feedOf } from './source.js'

/** Revisions read per call: enough to make a call cheap, few enough to hold in memory. */
const batchSize = 64

/**
 * A source of the revisions of `refs` in their order. A failure is reported at its place, after all revisions
 * before it.
 *
 * @throws {TypeError} if `refs` is not an array of strings
 */
export function streamOf<T>(handle: Handle, refs: unknown): RevisionSource<T> {
  const batches = new Batches(handle, refList(refs, 'refs'))
  const feed = feedOf<Revision<unknown>>(
    () => batches.next(),
    () => undefined
  )
  return feed.source as RevisionSource<T>
}

class Batches {
  readonly #handle: Handle
  readonly #refs: readonly Ref[]
  #position = 0
  /** The end of a batch that failed: up to here revisions are read one by one. */
  #singlyUntil = 0
  #batch: readonly Revision<unknown>[] = []
  #taken = 0

  constructor(handle: Handle, refs: readonly Ref[]) {
    this.#handle = handle
    this.#refs = refs
  }

  next(): Revision<unknown> | undefined | Promise<Revision<unknown> | undefined> {
    if (this.#taken < this.#batch.length) return this.#take()
    return this.#position < this.#refs.length ? this.#fetch() : undefined
  }

  #take(): Revision<unknown> | undefined {
    const revision = this.#batch[this.#taken]
    this.#taken += 1
    return revision
  }

  async #fetch(): Promise<Revision<unknown> | undefined> {
    const size = this.#position < this.#singlyUntil ? 1 : batchSize
    const wanted = this.#refs.slice(this.#position, this.#position + size)
    try {
      this.#batch = await this.#handle.ask((engine) => engine.revisions(wanted))
    } catch (error) {
      if (wanted.length === 1) throw error
      this.#singlyUntil = this.#position + wanted.length
      return this.#fetch()
    }
    this.#taken = 0
    this.#position += wanted.length
    return this.#take()
  }
}
