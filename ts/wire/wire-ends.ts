/**
 * Binary streams of revisions as engines make and take them: the seam between `wire.ts` and an engine
 * that needs no values for them.
 */

import type { Ref } from '../base/types.js'
import type { Payload, Received } from '../engine.js'

/** One revision of a binary stream. */
export interface WireItem {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly payload: Payload
}

/** Says when a stream's next batch may be made, where there is not room for all that streams could take. */
export interface Pace {
  /**
   * Resolves when there is room for a batch, with the bytes of the largest payload that it may have. `wants`
   * is what the next payload has, where that was more.
   */
  next(wants: number | undefined): Promise<number>
  /** So many bytes are made and wait to be taken; they are when `next` is called again. */
  made(bytes: number): void
}

/** How a binary stream of revisions is made. */
export interface WireOptions {
  readonly signal: AbortSignal | undefined
  /** Whether its batches of 4 KiB and more are compressed (zstd) where that makes them smaller. */
  readonly compress: boolean
  /** Called after each batch: revisions and bytes of payloads so far, and how many revisions come in all. */
  readonly onBatch?: (revisions: number, bytes: number, total: number) => void
  readonly pace?: Pace
}

/** What a remote's head is to be remembered as. */
export interface RemoteHead {
  readonly name: string
  readonly ref: Ref
}

/** How a binary stream of revisions is taken in. */
export interface TakeOptions {
  readonly signal: AbortSignal | undefined
  /** Most bytes of a revision's payload. */
  readonly maxRevisionBytes: number
  /** Most bytes of the whole stream, decompressed. */
  readonly maxBytes: number
  /** Most bytes of what waits for ancestors: 256 MiB where it is missing. */
  readonly maxPendingBytes?: number
  /** Called after each commit: revisions and bytes of payloads so far. */
  readonly onBatch?: (revisions: number, bytes: number) => void
  /** Whether a stream fails that has revisions without their data, which was erased. */
  readonly refusesTombstones?: boolean
  /**
   * A remote head that is set when the stream has come whole, where the engine can in the commit of the
   * last batch: both or neither.
   */
  readonly remote?: RemoteHead | undefined
}

/** The ends of binary streams of revisions at an engine that needs no values for them. */
export interface WireEnds {
  /** What `to` reaches and none of `from` does, ancestors first. */
  difference(from: readonly Ref[], to: Ref, options: WireOptions): AsyncIterable<Uint8Array>
  refs(refs: readonly Ref[], options: WireOptions): AsyncIterable<Uint8Array>
  take(chunks: AsyncIterable<Uint8Array>, options: TakeOptions): Promise<Received>
}
