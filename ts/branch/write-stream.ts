/**
 * `writeStream`: writes the revisions of a stream into an engine, in batches.
 *
 * Does not read while a batch is written, so that a stream is never faster than the store.
 */

import {
  ancestorsArgument,
  countOption,
  isRecord,
  type Options,
  refArgument,
  signalOption
} from '../base/arguments.js'
import { isThenable } from '../base/manner.js'
import type { StreamItem } from '../base/options.js'
import { abortable } from '../base/signal.js'
import type { Arrival, ReorderBuffer } from '../engine.js'
import { Bound, type Handle } from './handle.js'
import { type Incoming, incoming } from './incoming.js'
import { metaText } from './meta.js'
import { payloadOf } from './payload.js'

/** A batch is written once it has this many revisions, or this many bytes or UTF-16 units of data. */
const batchRevisions = 256
const batchWeight = 1024 * 1024

const defaultPending = 256 * 1024 * 1024

/**
 * Writes the revisions of `stream`; moves no head. On an error written revisions stay, waiting ones are
 * dropped, and the stream is aborted.
 *
 * @throws {TypeError} if `stream` is not a stream or the options are invalid
 */
export function writeStreamTo(handle: Handle, stream: unknown, options: Options): Promise<void> {
  const signal = signalOption(options)
  const pending = countOption(options, 'maxPendingBytes', 0, defaultPending)
  const writing = new Writing(handle, incoming(stream))
  return abortable(
    signal,
    () => writing.run(pending),
    () => writing.stop()
  )
}

/**
 * Writes revisions whose texts are made already, ancestors first; moves no head. Small batches are joined to some of about
 * 1 MiB, since each that is written waits for the disk. The next one is made while one is written. On an error written
 * revisions stay.
 *
 * @throws {TypeError} if `db` is none of this package
 */
export async function writeBatches(
  db: unknown,
  batches: AsyncIterable<readonly Arrival[]>
): Promise<void> {
  const handle = Bound.handleOf(db)
  if (handle === undefined) throw new TypeError('db must be a database')
  const buffer = await handle.ask((engine) => engine.reorderBuffer(defaultPending))
  let writing: Promise<void> = Promise.resolve()
  try {
    for await (const batch of joined(batches)) {
      await writing
      writing = handle.write(() => buffer.add(batch))
      writing.catch(() => undefined) // the next await throws it
    }
    await writing
    await handle.write(() => buffer.finish())
  } catch (error) {
    buffer.abort()
    throw error
  }
}

async function* joined(batches: AsyncIterable<readonly Arrival[]>): AsyncGenerator<Arrival[]> {
  let [ready, weight]: [Arrival[], number] = [[], 0]
  for await (const batch of batches) {
    for (const arrival of batch) {
      ready.push(arrival)
      weight += arrival.payload.length + (arrival.meta?.length ?? 0)
    }
    if (weight < batchWeight) continue
    yield ready
    ;[ready, weight] = [[], 0]
  }
  if (ready.length > 0) yield ready
}

class Writing {
  readonly #handle: Handle
  readonly #source: Incoming
  #reorderBuffer: ReorderBuffer | undefined
  #batch: Arrival[] = []
  #weight = 0
  #stopped = false

  constructor(handle: Handle, source: Incoming) {
    this.#handle = handle
    this.#source = source
  }

  async run(maxPendingBytes: number): Promise<void> {
    try {
      this.#reorderBuffer = await this.#handle.ask((engine) =>
        engine.reorderBuffer(maxPendingBytes)
      )
      await this.#copy(this.#reorderBuffer)
    } catch (error) {
      this.stop()
      throw error
    }
  }

  /** Ends both sides; may be called twice. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#source.cancel()
    this.#reorderBuffer?.abort()
  }

  async #copy(reorderBuffer: ReorderBuffer): Promise<void> {
    while (!this.#stopped) {
      const read = this.#source.read()
      const step = isThenable<IteratorResult<unknown>>(read) ? await read : read
      if (step.done === true) break
      this.#collect(arrivalOf(step.value, this.#handle.strict))
      if (this.#batch.length >= batchRevisions || this.#weight >= batchWeight) {
        await this.#flush(reorderBuffer)
      }
    }
    await this.#flush(reorderBuffer)
    if (this.#stopped) reorderBuffer.abort()
    else await this.#handle.write(() => reorderBuffer.finish())
  }

  #collect(arrival: Arrival): void {
    this.#batch.push(arrival)
    this.#weight += arrival.payload.length
  }

  async #flush(reorderBuffer: ReorderBuffer): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#weight = 0
    if (this.#stopped || batch.length === 0) return
    await this.#handle.write(() => reorderBuffer.add(batch))
  }
}

function arrivalOf(item: unknown, strict: boolean): Arrival {
  if (!isRecord(item)) throw new TypeError('a stream must bring { ref?, ancestors, data, meta? }')
  const { ref, ancestors, data, meta } = item as Partial<Record<keyof StreamItem<unknown>, unknown>>
  const direct = ancestorsArgument(ancestors)
  if (direct === undefined) throw new TypeError('a revision of a stream must have its ancestors')
  return {
    ref: ref === undefined ? undefined : refArgument(ref, 'the ref of a revision'),
    ancestors: direct,
    payload: payloadOf(data, strict),
    meta: metaText(meta, undefined, strict)
  }
}
