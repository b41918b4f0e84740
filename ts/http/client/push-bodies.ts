/**
 * The bodies of the requests that a push is made of: revisions in order, as many in each as have about
 * the bytes that it should have.
 *
 * Small ones, so that an interruption costs little and a request can be made again; larger ones where
 * the network takes them quickly. One revision that is too large for memory's sake is sent as it is read.
 */

import { HistoError } from '../../base/errors.js'
import type { Ref } from '../../base/types.js'
import type { Sent } from '../../sync/exchange.js'
import type { WireSource } from '../../wire/wire.js'
import { wireOfRefs } from '../../wire/wire.js'
import { BodyLimit, type Oversized } from './oversized.js'

const kibibyte = 1024
/** Bytes of a body: at first, at the least, at the most. */
const [firstSize, leastSize, mostSize] = [256 * kibibyte, 32 * kibibyte, 4096 * kibibyte]
/** Milliseconds after which a request could have been larger, or should have been smaller. */
const [quick, slow] = [500, 5000]
/** A body of one revision that has more bytes is not held. */
const mostHeld = 16 * 1024 * kibibyte
/** What is sent without asking whether it is there: so many revisions, of so many bytes. */
const [fewRevisions, littleBytes] = [32, 16 * kibibyte]
/** Revisions in a body at the most. */
export const mostRevisions = 16_384
/** Bytes of a revision, before anything is known. */
const guess = 256

/** One request's body, and what is in it. */
export interface Body {
  readonly content: Uint8Array | ReadableStream<Uint8Array>
  /** Bytes of it so far. */
  readonly size: () => number
  /** How many of the refs it has. */
  readonly count: number
  /** What was in it, once it is sent. */
  readonly sent: () => Sent
}

/** A stream of revisions on its way into a body. */
interface Wire {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Bytes of it so far. */
  size: number
  readonly sent: () => Sent
  /** The same, or bytes of data where these are more. */
  readonly weight: () => number
}

/** Makes bodies, and learns from how it goes. */
export class Bodies {
  readonly #engine: WireSource
  readonly #signal: AbortSignal | undefined
  /** What the server takes; it is held to that only as far as there is sense in it. */
  readonly #limit: number
  /** What something in between is known to take, which is kept where that is no handler. */
  readonly #between: BodyLimit
  readonly #refused = new BodyLimit()
  #size: number
  /** Bytes of a revision: on the wire, or of its data where that is more, since it is unpacked there. */
  #average = guess

  constructor(
    engine: WireSource,
    limit: number,
    between: BodyLimit,
    signal: AbortSignal | undefined
  ) {
    this.#engine = engine
    this.#signal = signal
    this.#limit = limit
    this.#between = between
    this.#size = this.#bounded(firstSize)
  }

  /** The body for the first of `refs`; at least one. */
  async next(refs: readonly Ref[]): Promise<Body> {
    this.#size = this.#bounded(this.#size)
    const wanted = Math.min(mostRevisions, Math.max(1, Math.floor(this.#size / this.#average)))
    for (let slice = refs.slice(0, wanted); ; ) {
      const made = await this.#make(slice)
      if (made !== undefined && typeof made !== 'number') return made
      slice = slice.slice(0, made ?? Math.ceil(slice.length / 2))
    }
  }

  /** The body for `refs` where that is so little that to ask about them first costs more. */
  async little(refs: readonly Ref[]): Promise<Body | undefined> {
    if (refs.length === 0 || refs.length > fewRevisions) return undefined
    const wire = this.#wireOf(refs)
    const chunks: Uint8Array[] = []
    for await (const chunk of wire.chunks) {
      chunks.push(chunk)
      wire.size += chunk.byteLength
      if (wire.weight() > Math.min(littleBytes, this.#limit)) return undefined
    }
    return held(wire, chunks, refs.length)
  }

  /** A request took so many milliseconds. */
  took(milliseconds: number): void {
    if (milliseconds < quick) this.#size = this.#bounded(this.#size * 2)
    if (milliseconds > slow) this.#size = this.#bounded(this.#size / 2)
  }

  /** A request was lost: a smaller one comes through more easily. */
  wasLost(): void {
    this.#size = this.#bounded(this.#size / 2)
  }

  /**
   * A body was refused for its size: less is sent.
   *
   * @throws {HistoError} `HISTO_DENIED` where it has one revision only
   */
  wasRefused(body: Body, first: Ref | undefined, error: Oversized): void {
    const bytes = body.size()
    if (body.count === 1) {
      const message = `${error.message}: one revision takes ${bytes} bytes`
      throw new HistoError('HISTO_DENIED', message, { ref: first, cause: error })
    }
    this.#refused.halve(bytes)
    if (error.isStranger) this.#between.halve(bytes)
  }

  /** Bytes on the wire that a body of several revisions may have. */
  get #taken(): number {
    return Math.min(this.#refused.most, this.#between.most)
  }

  #bounded(size: number): number {
    const most = Math.max(leastSize, Math.min(mostSize, this.#limit / 2))
    return Math.min(most, this.#taken, Math.max(leastSize, size))
  }

  /** The body of `slice`, or, where it gets too large, of how many it should be. */
  async #make(slice: readonly Ref[]): Promise<Body | number | undefined> {
    const most = slice.length === 1 ? mostHeld : 2 * this.#size
    const chunks: Uint8Array[] = []
    const wire = this.#wireOf(slice)
    const rest = wire.chunks[Symbol.asyncIterator]()
    for (let step = await rest.next(); step.done !== true; step = await rest.next()) {
      chunks.push(step.value)
      wire.size += step.value.byteLength
      const isTaken = slice.length === 1 || wire.size <= this.#taken
      if (wire.weight() <= most && isTaken) continue
      if (slice.length === 1) return this.#streamed(wire, chunks, rest)
      rest.return?.().catch(() => undefined) // nobody waits for it
      const { revisions } = wire.sent()
      this.#average = Math.max(this.#average, wire.weight() / Math.max(1, revisions))
      return revisions > 0 && revisions < slice.length ? revisions : undefined
    }
    this.#average = Math.max(1, wire.weight() / slice.length)
    this.#expectWithin(wire.weight())
    return held(wire, chunks, slice.length)
  }

  /** One revision, of which some was read, sent as the rest is: it is held once. */
  #streamed(wire: Wire, first: Uint8Array[], rest: AsyncIterator<Uint8Array>): Body {
    this.#expectWithin(wire.weight())
    const next = async () => {
      const step = await rest.next()
      if (step.done === true) return undefined
      wire.size += step.value.byteLength
      this.#expectWithin(wire.weight())
      return step.value
    }
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const chunk = first.shift() ?? (await next())
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    }
    const cancel = () => {
      rest.return?.().catch(() => undefined) // nobody waits for it
    }
    const content = new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
    return { sent: wire.sent, size: () => wire.size, content, count: 1 }
  }

  #wireOf(slice: readonly Ref[]): Wire {
    let sent: Sent = { revisions: 0, bytes: 0 }
    const onBatch = (revisions: number, bytes: number) => {
      sent = { revisions, bytes }
    }
    const options = { signal: this.#signal, compress: true, onBatch }
    const chunks = wireOfRefs(this.#engine, slice, options)
    return {
      chunks,
      size: 0,
      sent: () => sent,
      weight() {
        return Math.max(this.size, sent.bytes)
      }
    }
  }

  /** @throws {HistoError} `HISTO_DENIED` where the server has said that it would refuse */
  #expectWithin(size: number): void {
    if (size <= this.#limit) return
    const message = `a request would have more than the ${this.#limit} bytes that the server takes`
    throw new HistoError('HISTO_DENIED', message)
  }
}

function held(wire: Wire, chunks: readonly Uint8Array[], count: number): Body {
  const content = Buffer.concat(chunks)
  return { sent: wire.sent, size: () => content.byteLength, content, count }
}
