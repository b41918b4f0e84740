/**
 * The bodies of a push's requests: revisions in order, each body of about the wanted size.
 *
 * They are small, so that an interruption costs little and a request can be repeated, and larger if the network takes
 * them quickly. One revision that is too large to hold in memory is sent as it is read.
 */

import { HistoError } from '../../base/errors.js'
import type { Ref } from '../../base/types.js'
import type { Sent } from '../../sync/exchange.js'
import type { WireSource } from '../../wire/wire.js'
import { wireOfRefs } from '../../wire/wire.js'
import type { State } from '../protocol.js'
import type { Client } from './client.js'
import { BodyLimit, type Oversized } from './oversized.js'

const kibibyte = 1024
/** Bytes of a body: first, least, most. */
const [firstSize, leastSize, mostSize] = [256 * kibibyte, 32 * kibibyte, 4096 * kibibyte]
/** Milliseconds: a faster request could have been larger, a slower one should have been smaller. */
const [quick, slow] = [500, 5000]
/** A body of one revision with more bytes is streamed, not held in memory. */
const mostHeld = 16 * 1024 * kibibyte
/** Most revisions, and most bytes, to send without asking first whether the server has them. */
const [fewRevisions, littleBytes] = [32, 16 * kibibyte]
/** Most revisions in a body. */
export const mostRevisions = 16_384
/** First guess of a revision's bytes. */
const guess = 256

/** One request's body and its content. */
export interface Body {
  readonly content: Uint8Array | ReadableStream<Uint8Array>
  /** Whether its texts may be changes of earlier ones. */
  readonly changes: boolean
  /** Whether they may be changes of texts that the server has. */
  readonly bases: boolean
  /** Bytes of it so far. */
  readonly size: () => number
  /** Number of revisions in it. */
  readonly count: number
  /** The amount in it, once it is sent. */
  readonly sent: () => Sent
}

/** A stream of revisions that becomes a body. */
interface Wire {
  /** As in the body. */
  readonly changes: boolean
  readonly bases: boolean
  readonly chunks: AsyncIterable<Uint8Array>
  /** Bytes of it so far. */
  size: number
  readonly sent: () => Sent
  /** The larger of `size` and the bytes of data. */
  readonly weight: () => number
}

/** Makes bodies, and adapts their size to the network. */
export class Bodies {
  readonly #engine: WireSource
  /** Whether the server accepts metas. */
  readonly #metas: boolean
  /** Whether it accepts texts as changes of earlier ones. */
  readonly #deltas: boolean
  /** Whether it accepts them as changes of texts that it has; `false` once it lacked one. */
  #bases: boolean
  readonly #signal: AbortSignal | undefined
  /** The server's limit, within reason. */
  readonly #limit: number
  /** The known limit of proxies in between. */
  readonly #between: BodyLimit
  readonly #refused = new BodyLimit()
  #size: number
  /** Average bytes of a revision: on the wire, or of its data if that is more, since the server unpacks it. */
  #average = guess

  constructor(
    engine: WireSource,
    { maxBodyBytes: limit, bases = false }: Pick<State, 'maxBodyBytes' | 'bases'>,
    { limit: between, metas, deltas }: Pick<Client, 'limit' | 'metas' | 'deltas'>,
    signal: AbortSignal | undefined
  ) {
    this.#engine = engine
    this.#metas = metas === true
    this.#deltas = deltas
    this.#bases = deltas && bases && engine.wire !== undefined
    this.#signal = signal
    this.#limit = limit
    this.#between = between
    this.#size = this.#bounded(firstSize)
  }

  /** Makes a body of the first of `refs`; at least one. */
  async next(refs: readonly Ref[]): Promise<Body> {
    this.#size = this.#bounded(this.#size)
    const wanted = Math.min(mostRevisions, Math.max(1, Math.floor(this.#size / this.#average)))
    for (let slice = refs.slice(0, wanted); ; ) {
      const made = await this.#make(slice)
      if (made !== undefined && typeof made !== 'number') return made
      slice = slice.slice(0, made ?? Math.ceil(slice.length / 2))
    }
  }

  /** Makes a body of `refs` if it is so small that asking about them first would cost more. */
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

  /** Records that a request took that many milliseconds. */
  took(milliseconds: number): void {
    if (milliseconds < quick) this.#size = this.#bounded(this.#size * 2)
    if (milliseconds > slow) this.#size = this.#bounded(this.#size / 2)
  }

  /** Records that the server lacked the base of a text. */
  lackedBase(): void {
    this.#bases = false
  }

  /** Records a lost request: a smaller one gets through more easily. */
  wasLost(): void {
    this.#size = this.#bounded(this.#size / 2)
  }

  /**
   * Records that a body was refused for its size, so that less is sent.
   *
   * @throws {HistoError} `HISTO_DENIED` if it has only one revision
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

  /** Most bytes on the wire of a body of several revisions. */
  get #taken(): number {
    return Math.min(this.#refused.most, this.#between.most)
  }

  #bounded(size: number): number {
    const most = Math.max(leastSize, Math.min(mostSize, this.#limit / 2))
    return Math.min(most, this.#taken, Math.max(leastSize, size))
  }

  /** The body of `slice`; if it gets too large, the number of revisions that it should have. */
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
      rest.return?.().catch(() => undefined) // its end does not matter
      const { revisions } = wire.sent()
      this.#average = Math.max(this.#average, wire.weight() / Math.max(1, revisions))
      return revisions > 0 && revisions < slice.length ? revisions : undefined
    }
    this.#average = Math.max(1, wire.weight() / slice.length)
    this.#expectWithin(wire.weight())
    return held(wire, chunks, slice.length)
  }

  /** The body of one revision that is sent as it is read, so that it is held only once. */
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
      rest.return?.().catch(() => undefined) // its end does not matter
    }
    const content = new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
    const { sent, changes, bases } = wire
    return { sent, changes, bases, size: () => wire.size, content, count: 1 }
  }

  #wireOf(slice: readonly Ref[]): Wire {
    let sent: Sent = { revisions: 0, bytes: 0 }
    const onBatch = (revisions: number, bytes: number) => {
      sent = { revisions, bytes }
    }
    const changes = this.#deltas && slice.length > 1
    const [signal, metas] = [this.#signal, this.#metas]
    const bases = this.#bases
    const options = { signal, compress: true, metas, changes, bases, onBatch }
    const chunks = wireOfRefs(this.#engine, slice, options)
    return {
      chunks,
      changes,
      bases,
      size: 0,
      sent: () => sent,
      weight() {
        return Math.max(this.size, sent.bytes)
      }
    }
  }

  /** @throws {HistoError} `HISTO_DENIED` if the server has announced that it would refuse */
  #expectWithin(size: number): void {
    if (size <= this.#limit) return
    const message = `a request would have more than the ${this.#limit} bytes that the server takes`
    throw new HistoError('HISTO_DENIED', message)
  }
}

function held(wire: Wire, chunks: readonly Uint8Array[], count: number): Body {
  const content = Buffer.concat(chunks)
  const { sent, changes, bases } = wire
  return { sent, changes, bases, size: () => content.byteLength, content, count }
}
