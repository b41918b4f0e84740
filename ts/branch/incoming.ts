/**
 * Reads every kind of stream that users pass: simple-streams, iterables, async iterables (and with
 * them Node's readable streams).
 */

import { described } from '../base/arguments.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import { isThenable } from '../base/manner.js'
import type { Awaitable } from '../engine.js'

/** A stream that is read one item at a time, without overlapping reads. */
export interface Incoming {
  read(): Awaitable<IteratorResult<unknown, undefined>>
  /** Aborts the stream, unless it has ended; does not wait for it. */
  cancel(): void
}

const end: IteratorResult<never, undefined> = { done: true, value: undefined }

/**
 * Reads `stream`.
 *
 * @throws {TypeError} if it is not a stream
 */
export function incoming(stream: unknown): Incoming {
  if (typeof stream === 'object' && stream !== null) {
    if (Symbol.asyncIterator in stream) return fromIterable(stream as AsyncIterable<unknown>)
    if (Symbol.iterator in stream) return fromIterable(stream as Iterable<unknown>)
    if (hasMethod(stream, 'read')) return fromSimpleStream(stream)
  }
  throw new TypeError(
    `stream must be a simple-stream, an iterable or an async iterable, not ${described(stream)}`
  )
}

function fromSimpleStream(stream: object): Incoming {
  let ended = false
  return {
    async read() {
      const value = await askForeign<unknown>(stream, 'read')
      if (value !== undefined) return { done: false, value }
      ended = true
      return end
    },
    cancel() {
      if (ended || !hasMethod(stream, 'abort')) return
      ended = true
      askForeign(stream, 'abort').catch(() => undefined)
    }
  }
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

function fromIterable(stream: Iterable<unknown> | AsyncIterable<unknown>): Incoming {
  const iterator: AnyIterator =
    Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]()
  let ended = false
  const taken = (step: IteratorResult<unknown>): Awaitable<IteratorResult<unknown, undefined>> => {
    if (step.done !== true) return isThenable(step.value) ? awaited(step.value) : step
    ended = true
    return end
  }
  const failed = (error: unknown): never => {
    ended = true // an iterator that throws has ended by itself
    throw error
  }
  return {
    read() {
      try {
        const step = iterator.next()
        return isThenable(step) ? Promise.resolve(step).then(taken, failed) : taken(step)
      } catch (error) {
        return failed(error)
      }
    },
    cancel() {
      if (ended) return
      ended = true
      Promise.resolve()
        .then(() => iterator.return?.())
        .catch(() => undefined)
    }
  }
}

async function awaited(value: PromiseLike<unknown>): Promise<IteratorResult<unknown, undefined>> {
  return { done: false, value: await value }
}
