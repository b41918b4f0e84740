/**
 * Binary streams of revisions from and into an embedded database: encoded directly from the store, and
 * decoded by the writer, without becoming JavaScript values.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { counted } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import type { Pace, Received, TakeOptions, Tips, WireEnds, WireOptions } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import {
  type Cut,
  cutsOf,
  encoderOf,
  endOf,
  judgedCuts,
  readyOf,
  usualPending
} from '../wire/wire.js'
import { addFinishFrames, addFrame } from './batch.js'
import type { End, Many, Walks } from './walks.js'
import type { Writes } from './writes.js'

/** At most this many bytes in flight, unless one batch exceeds it alone. */
const mostWeight = 1 << 22
/** A last batch of at most this many bytes is committed together with the remote heads. */
const mostHeld = 1 << 20
/** Refs that are looked up per call. */
const slice = 1024

/** A pace with a turn of the event loop between batches, and no bound. */
const unpaced: Pace = {
  async next() {
    await turn()
    return Number.POSITIVE_INFINITY
  },
  made: () => undefined
}

/** A database, its walks and the way to write to it. */
interface Embedded {
  readonly db: NativeDatabase
  readonly walks: Walks
  readonly writes: Writes
}

/** The streams from and into a database. */
export function wireEnds(embedded: Embedded): WireEnds {
  return {
    difference: (from, to, options) => difference(embedded, from, to, options),
    refs: (refs, options) => inOrder(embedded, refs, options),
    take: (chunks, options) => take(embedded, chunks, options)
  }
}

async function* difference(
  { db, walks }: Embedded,
  from: readonly Ref[],
  to: Tips,
  options: WireOptions
): AsyncGenerator<Uint8Array> {
  const { signal, onBatch, pace = unpaced } = options
  const send = (end?: End) => native.toSend(db, [...from], [to].flat(), end)
  const { count: total, refs: found } = await walks.ask(signal, send, (it): Many => it)
  const encoder = encoderOf(options)
  try {
    yield* readyOf(encoder)
    let [revisions, bytes] = [0, 0]
    let wants: number | undefined
    while (revisions < total) {
      const most = await pace.next(wants)
      signal?.throwIfAborted()
      const start = revisions
      const added = await walks.read(() => native.encodeFound(db, encoder, found, start, most))
      wants = added.wants
      pace.made(added.held)
      revisions += added.count
      bytes += added.payloadBytes
      yield* readyOf(encoder)
      onBatch?.(revisions, bytes, total)
    }
    yield* endOf(encoder)
  } finally {
    native.freeEncoder(encoder)
    native.freeFound(found)
  }
}

async function* inOrder(
  { db, walks }: Embedded,
  refs: readonly Ref[],
  options: WireOptions
): AsyncGenerator<Uint8Array> {
  const { signal, onBatch, pace = unpaced } = options
  const encoder = encoderOf(options)
  try {
    yield* readyOf(encoder)
    let [revisions, bytes] = [0, 0]
    let wants: number | undefined
    while (revisions < refs.length) {
      const most = await pace.next(wants)
      signal?.throwIfAborted()
      const part = refs.slice(revisions, revisions + slice)
      const added = await walks.read(() => native.encodeRefs(db, encoder, part, most))
      wants = added.wants
      pace.made(added.held)
      revisions += added.count
      bytes += added.payloadBytes
      yield* readyOf(encoder)
      onBatch?.(revisions, bytes, refs.length)
    }
    yield* endOf(encoder)
  } finally {
    native.freeEncoder(encoder)
  }
}

function take(
  embedded: Embedded,
  chunks: AsyncIterable<Uint8Array>,
  options: TakeOptions
): Promise<Received> {
  const cuts = cutsOf(chunks, options)
  const { judge } = options
  return takeCuts(embedded, judge ? judgedCuts(embedded.db, cuts, judge, options) : cuts, options)
}

/** Writes the batches of a stream, a bounded number at a time. */
export async function takeCuts(
  { db, writes }: Pick<Embedded, 'db' | 'writes'>,
  cuts: AsyncIterable<Cut>,
  options: TakeOptions
): Promise<Received> {
  const taking = new Taking(db, writes, options)
  try {
    for await (const cut of cuts) await taking.add(cut)
    return await taking.finish()
  } catch (error) {
    throw await taking.fail(error)
  }
}

/** A batch that is being written. */
interface UnderWay {
  readonly written: Promise<void>
  readonly count: number
  readonly weight: number
}

/** Writes the batches of one stream into the store, a bounded number at a time. */
class Taking {
  readonly #writes: Writes
  readonly #options: TakeOptions
  readonly #state: ReturnType<typeof native.wireTaking>
  readonly #mostInFlight = native.maxBatchesInFlight()
  readonly #underWay: UnderWay[] = []
  /** The last batch, kept while it may be committed with the remote heads. */
  #last: Cut | undefined
  #weight = 0
  #revisions = 0
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(db: NativeDatabase, writes: Writes, options: TakeOptions) {
    const { maxRevisionBytes, maxBytes, maxPendingBytes = usualPending } = options
    const { changes = true, bases = false, refusesTombstones: refuses = false } = options
    this.#writes = writes
    this.#options = options
    this.#state = native.wireTaking(
      db,
      maxRevisionBytes,
      maxBytes,
      maxPendingBytes,
      refuses,
      changes,
      bases
    )
  }

  /** Hands a batch to the writer; a batch that may be the last is kept, and the one before it handed over. */
  async add(cut: Cut): Promise<void> {
    const isHeld = this.#options.remotes !== undefined && cut.weight <= mostHeld
    for (const next of [this.#last, isHeld ? undefined : cut]) {
      this.#last = undefined
      if (next !== undefined) await this.#handOver(next)
    }
    if (isHeld) this.#last = cut
  }

  /** Hands a batch over once there is room. */
  async #handOver({ frame, count, weight }: Cut): Promise<void> {
    while (this.#isFull(weight)) await this.#settle()
    if (this.#failure !== undefined) throw this.#failure.error
    addFrame(this.#writes.batch, this.#state, frame)
    this.#note(count, weight)
  }

  /** Writes the last batch together with the remote heads, all or nothing, after all earlier ones. */
  async finish(): Promise<Received> {
    while (this.#underWay.length > 0) await this.#settle()
    this.#options.signal?.throwIfAborted()
    const last = this.#last
    this.#last = undefined
    addFinishFrames(this.#writes.batch, this.#state, last?.frame, this.#options.remotes ?? [])
    if (last === undefined) {
      await this.#writes.submit<void>()
    } else {
      this.#note(last.count, last.weight)
      await this.#settle()
    }
    const tombstones = counted(native.takenTombstones(this.#state))
    native.freeTaking(this.#state)
    return { revisions: this.#revisions, bytes: this.#bytes, ...tombstones }
  }

  /** Waits until the batches that came are written or failed, and reports those written; returns the error to throw. */
  async fail(error: unknown): Promise<unknown> {
    const telling = async () => {
      const last = this.#last
      this.#last = undefined
      if (last !== undefined && this.#failure === undefined) await this.#handOver(last)
      while (this.#underWay.length > 0) await this.#settle()
    }
    await telling().catch(() => undefined) // an earlier error is reported below
    await Promise.allSettled(this.#underWay.map(({ written }) => written))
    native.freeTaking(this.#state)
    return this.#failure?.error ?? error
  }

  #note(count: number, weight: number): void {
    const written = this.#writes.submit<void>()
    written.catch((error: unknown) => {
      this.#failure ??= { error }
    })
    this.#weight += weight
    this.#underWay.push({ written, count, weight })
  }

  #isFull(weight: number): boolean {
    const count = this.#underWay.length
    return count >= this.#mostInFlight || (count > 0 && this.#weight + weight > mostWeight)
  }

  /** Waits for the oldest batch. */
  async #settle(): Promise<void> {
    const oldest = this.#underWay[0]
    if (oldest === undefined) return
    await oldest.written
    this.#underWay.shift()
    this.#weight -= oldest.weight
    this.#revisions += oldest.count
    this.#bytes += native.takenBytes(this.#state)
    this.#options.onBatch?.(this.#revisions, this.#bytes)
  }
}
