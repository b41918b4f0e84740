/**
 * Revisions as a binary stream between databases (`docs/protocol.md`): made from an engine or from values; written into
 * an engine or read as values. Encoding, decoding and verifying are native.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { HistoError, type HistoErrorDetails } from '../base/errors.js'
import { tombstoneRefused } from '../base/tombstones.js'
import type { Ref } from '../base/types.js'
import { payloadOf, textOfJson } from '../branch/payload.js'
import type {
  Arrival,
  EngineQuestions,
  EngineReads,
  EngineTransfer,
  EngineWrites,
  Pace,
  Received,
  TakeOptions,
  Tips,
  WireItem,
  WireOptions
} from '../engine.js'
import { fromNative, type NativeDatabase, native } from '../native.js'

export type { Pace, TakeOptions, WireItem, WireOptions }

/** Revisions read per call if they become values. */
const readBatch = 256
/** Most bytes of one chunk. */
const piece: number = 1 << 18
/** Bytes that may wait for ancestors, by default. */
export const usualPending: number = 256 * 1024 * 1024

/** The limits of a stream. */
type Limits = Pick<TakeOptions, 'signal' | 'maxRevisionBytes' | 'maxBytes' | 'changes' | 'bases'>

/** A stream being made. */
type Encoder = ReturnType<typeof native.wireEncoder>

/** The parts of a stream of known revisions. */
export type WireSource = Pick<EngineReads, 'revisions'> & Pick<EngineTransfer, 'wire' | 'items'>

/** The parts of an engine that receives a stream. */
type WireTarget = Pick<EngineTransfer, 'wire' | 'reorderBuffer'> &
  Pick<EngineWrites, 'setRemoteHeads'>

/** A received batch. */
export interface Cut {
  readonly frame: Parameters<typeof native.openWire>[1]
  /** How many revisions it has. */
  readonly count: number
  /** Bytes of memory that it takes, encoded and decoded. */
  readonly weight: number
}

/**
 * The revisions that some of `to` and none of `from` reach, ancestors first, as a stream. Reads ahead by at most a
 * batch.
 *
 * @throws {HistoError} `HISTO_NOT_FOUND` for a ref that does not exist; errors of reading
 */
export function wireOf(
  engine: WireSource & EngineQuestions,
  from: readonly Ref[],
  to: Tips,
  options: WireOptions
): AsyncIterable<Uint8Array> {
  return engine.wire?.difference(from, to, options) ?? differenceOf(engine, from, to, options)
}

/** Exactly these revisions, in this order, as a stream. */
export function wireOfRefs(
  engine: WireSource,
  refs: readonly Ref[],
  options: WireOptions
): AsyncIterable<Uint8Array> {
  return (
    engine.wire?.refs(refs, options) ??
    wireOfItems(itemsOfRefs(engine, refs, options), options, refs.length)
  )
}

/**
 * Revisions given as values, as a stream.
 *
 * @param total how many come in all, for `onBatch`; by default the number so far
 */
export async function* wireOfItems(
  batches: AsyncIterable<readonly WireItem[]>,
  { signal, compress, metas, changes, onBatch, pace }: WireOptions,
  total?: number
): AsyncGenerator<Uint8Array> {
  const encoder = encoderOf({ compress, metas, changes })
  try {
    yield* readyOf(encoder)
    let [revisions, bytes] = [0, 0]
    for await (const batch of batches) {
      signal?.throwIfAborted()
      const refs = batch.map(({ ref }) => ref)
      const ancestors = batch.map((item) => [...item.ancestors])
      const payloads = batch.map(({ payload }) => payload)
      const given = batch.map(({ meta }) => meta)
      const added = fromNative(undefined, () =>
        native.encodeItems(encoder, refs, ancestors, payloads, given)
      )
      pace?.made(added.held)
      revisions += added.count
      bytes += added.payloadBytes
      yield* readyOf(encoder)
      onBatch?.(revisions, bytes, total ?? revisions)
    }
    yield* endOf(encoder)
  } finally {
    native.freeEncoder(encoder)
  }
}

/**
 * Decodes a stream, verifies each ref, and writes batch by batch as they come. Each batch is committed whole, once all its
 * ancestors exist. Committed revisions stay if the stream breaks off.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` (broken, cut short, over a bound of the format), `HISTO_CORRUPT`
 *   (forged), `HISTO_TOO_LARGE` (over `maxRevisionBytes`, or too many bytes wait for ancestors),
 *   `HISTO_DENIED` (over `maxBytes`), `HISTO_MISSING_ANCESTOR`; rethrows what `chunks` throws
 */
export function takeIn(
  engine: WireTarget,
  chunks: AsyncIterable<Uint8Array>,
  options: TakeOptions
): Promise<Received> {
  return engine.wire?.take(chunks, options) ?? takeAsValues(engine, chunks, options)
}

/**
 * The revisions of a stream, in batches as they came. A ref that is not the built-in one is not verified:
 * the caller has to check it against the revision.
 *
 * @throws {HistoError} as `takeIn`, except for errors of writing
 */
export async function* itemsOf(
  chunks: AsyncIterable<Uint8Array>,
  limits: Limits
): AsyncGenerator<WireItem[]> {
  const { maxRevisionBytes, maxBytes } = limits
  const opener = native.wireOpener(maxRevisionBytes, maxBytes, true)
  try {
    for await (const { frame } of cutsOf(chunks, limits)) {
      // All have their data, since opening fails otherwise.
      yield fromNative(undefined, () => native.openWire(opener, frame)) as WireItem[]
    }
  } finally {
    native.freeOpener(opener)
  }
}

/** The batches of a stream into `db`, each after `judge` has accepted its revisions. */
export async function* judgedCuts(
  db: NativeDatabase,
  cuts: AsyncIterable<Cut>,
  judge: NonNullable<TakeOptions['judge']>,
  { maxRevisionBytes, maxBytes, changes = true, bases = false }: Limits
): AsyncGenerator<Cut> {
  const opener = native.wireOpener(maxRevisionBytes, maxBytes, changes)
  const known = bases ? db : undefined
  try {
    for await (const cut of cuts) {
      await judge(fromNative(undefined, () => native.lookAtWire(opener, cut.frame, known)))
      yield cut
    }
  } finally {
    native.freeOpener(opener)
  }
}

/** Details of the error for a stream that was cut short: it may come whole next time. */
const cutShort: HistoErrorDetails = { retryable: true }

/** Cuts a stream into its batches; fails if it was not whole. */
export async function* cutsOf(
  chunks: AsyncIterable<Uint8Array>,
  { signal, maxRevisionBytes, maxBytes, changes = true, bases = false }: Limits
): AsyncGenerator<Cut> {
  const framer = native.wireFramer(maxRevisionBytes, maxBytes, changes || bases)
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted()
      for (let start = 0; start < chunk.length; ) {
        const { taken, frame, count, weight } = fromNative(undefined, () =>
          native.cutWire(framer, chunk, start)
        )
        start += taken
        if (frame !== undefined) yield { frame, count, weight }
      }
    }
    signal?.throwIfAborted()
    fromNative(undefined, () => native.finishWire(framer), cutShort)
  } finally {
    native.freeFramer(framer)
  }
}

/** Starts a stream. */
export function encoderOf({
  compress,
  metas = true,
  changes = false,
  bases = false
}: Pick<WireOptions, 'compress' | 'metas' | 'changes' | 'bases'>): Encoder {
  return fromNative(undefined, () => native.wireEncoder(compress, { metas, changes, bases }))
}

/** The bytes that are ready to send. */
export function* readyOf(encoder: Encoder): Generator<Uint8Array> {
  const take = () => fromNative(undefined, () => native.takeWire(encoder, piece))
  for (let bytes = take(); bytes !== null; bytes = take()) yield bytes
}

/** The last bytes. */
export function* endOf(encoder: Encoder): Generator<Uint8Array> {
  fromNative(undefined, () => native.endWire(encoder, true))
  yield* readyOf(encoder)
}

async function* differenceOf(
  engine: WireSource & EngineQuestions,
  from: readonly Ref[],
  to: Tips,
  options: WireOptions
): AsyncGenerator<Uint8Array> {
  const refs = (await engine.refDifference(from, to, options.signal)).toReversed()
  yield* wireOfItems(itemsOfRefs(engine, refs, options), options, refs.length)
}

async function* itemsOfRefs(
  engine: WireSource,
  refs: readonly Ref[],
  { signal, pace }: WireOptions
): AsyncGenerator<readonly WireItem[]> {
  for (let at = 0; at < refs.length; at += readBatch) {
    await pace?.next(undefined)
    signal?.throwIfAborted()
    const part = refs.slice(at, at + readBatch)
    yield (await engine.items?.(part, signal)) ?? (await itemsByValue(engine, part))
    await turn()
  }
}

async function itemsByValue(engine: WireSource, refs: readonly Ref[]): Promise<WireItem[]> {
  const revisions = await engine.revisions(refs)
  return revisions.map(({ ref, ancestors, data, meta }) => {
    const payload = payloadOf(data)
    return {
      ref,
      ancestors,
      payload,
      ...(meta === undefined ? {} : { meta: textOfJson(meta, false) })
    }
  })
}

/** The error that ends a stream with tombstones for a reader of values. */
function refused(error: unknown, { refusesTombstones }: TakeOptions): unknown {
  if (refusesTombstones !== true || !(error instanceof HistoError)) return error
  return error.code === 'HISTO_SHALLOW' ? tombstoneRefused(error.ref, error) : error
}

/** Writes a stream through the engine's reorder buffer, one batch after the other. */
async function takeAsValues(
  engine: WireTarget,
  chunks: AsyncIterable<Uint8Array>,
  options: TakeOptions
): Promise<Received> {
  const reorderBuffer = engine.reorderBuffer(options.maxPendingBytes ?? usualPending)
  let [revisions, bytes] = [0, 0]
  try {
    for await (const items of itemsOf(chunks, options)) {
      await options.judge?.(items)
      await reorderBuffer.add(items satisfies readonly Arrival[])
      revisions += items.length
      for (const { payload } of items) bytes += Buffer.byteLength(payload)
      options.onBatch?.(revisions, bytes)
    }
    await reorderBuffer.finish()
  } catch (error) {
    reorderBuffer.abort()
    throw refused(error, options)
  }
  options.signal?.throwIfAborted()
  const { remotes = [] } = options
  if (remotes.length > 0) await engine.setRemoteHeads(remotes)
  return { revisions, bytes }
}
