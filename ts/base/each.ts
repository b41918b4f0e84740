/**
 * The items of batches, one at a time, as an async iterable.
 *
 * An async generator waits for each item that it yields, some 0.1 us; here an item that was read already is
 * the value of a resolved promise. Otherwise it behaves as a generator does: nothing happens before the first `next`,
 * calls are answered in their order, and after an error or `return` it is at its end.
 */

/** Batches that are read as they are wanted, and what ends the reading. */
export interface Batches<R> {
  readonly batches: AsyncGenerator<readonly R[], undefined, undefined>
  readonly signal: AbortSignal | undefined
}

/** Iterates the items; `start` is called by the first `next`, which reports what it throws. */
export function eachOf<R>(start: () => Batches<R>): AsyncIterableIterator<R> {
  return new Each(start)
}

const ended = { done: true, value: undefined } as const

type Step<R> = IteratorResult<R, undefined>

class Each<R> implements AsyncIterableIterator<R> {
  #start: (() => Batches<R>) | undefined
  #source: Batches<R> | undefined
  #signal: AbortSignal | undefined
  #batch: readonly R[] = []
  /** Of the next item in the batch. */
  #place = 0
  /** Calls that are not answered yet, and the last of them. */
  #pending = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(start: () => Batches<R>) {
    this.#start = start
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Step<R>> {
    const isThere = this.#place < this.#batch.length && this.#pending === 0
    if (isThere && this.#signal?.aborted !== true) return Promise.resolve(this.#take())
    return this.#inTurn(() => this.#step())
  }

  return(): Promise<Step<R>> {
    return this.#inTurn(async () => {
      await this.#end()
      return ended
    })
  }

  throw(error?: unknown): Promise<Step<R>> {
    return this.#inTurn(async () => {
      await this.#end()
      throw error
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #take(): Step<R> {
    const value = this.#batch[this.#place] as R
    this.#place += 1
    return { done: false, value }
  }

  /** The next item, which may have to be read first. */
  async #step(): Promise<Step<R>> {
    try {
      this.#source ??= this.#start?.()
      this.#start = undefined
      this.#signal = this.#source?.signal
      while (this.#place >= this.#batch.length) {
        const step = await this.#source?.batches.next()
        if (step === undefined || step.done === true) {
          await this.#end()
          return ended
        }
        this.#batch = step.value
        this.#place = 0
      }
      this.#signal?.throwIfAborted()
      return this.#take()
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  async #end(): Promise<void> {
    const source = this.#source
    this.#start = undefined
    this.#source = undefined
    this.#batch = []
    await source?.batches.return(undefined)
  }

  #inTurn(call: () => Promise<Step<R>>): Promise<Step<R>> {
    const answered = this.#pending === 0 ? call() : this.#last.then(call)
    this.#pending += 1
    const settle = () => {
      this.#pending -= 1
    }
    this.#last = answered.then(settle, settle)
    return answered
  }
}

/** Runs `make` now; returns a function that returns its result or throws its error. */
export function caught<R>(make: () => R): () => R {
  try {
    const made = make()
    return () => made
  } catch (error) {
    return () => {
      throw error
    }
  }
}
