/**
 * Streams of a remote database for hand-written sides, with revisions as values, in both directions.
 */

import { isUint8Array } from 'node:util/types'
import { ancestorsArgument, isRecord, refArgument } from '../../base/arguments.js'
import { HistoError, hasCode } from '../../base/errors.js'
import type { RevisionSource, StreamItem } from '../../base/options.js'
import { parseJson } from '../../base/parse.js'
import { abortable } from '../../base/signal.js'
import type { Meta, Ref, Revision } from '../../base/types.js'
import { incoming } from '../../branch/incoming.js'
import { metaText } from '../../branch/meta.js'
import { payloadOf } from '../../branch/payload.js'
import { feedOf } from '../../branch/source.js'
import { native } from '../../native.js'
import { refOf } from '../../ref-of.js'
import { type WireItem, type WireOptions, wireOfItems } from '../../wire/wire.js'
import { ancestorsFirst } from './ancestors-first.js'
import type { CallOptions, Calls } from './calls.js'
import { inParts } from './oversized.js'

/** Revisions in one request. */
const fetchedAtOnce = 256

/** A request is sent once it has this many revisions, or bytes or UTF-16 units of data. */
const [batchRevisions, batchWeight] = [1024, 1024 * 1024]

/** A simple-stream source of the revisions of `refs`, in their order. */
export function streamFrom<T>(calls: Calls, refs: readonly Ref[]): RevisionSource<T> {
  const controller = new AbortController()
  const { signal } = controller
  let at = 0
  let waiting: WireItem[] = []
  const next = async (): Promise<Revision<unknown> | undefined> => {
    if (waiting.length === 0 && at < refs.length) {
      const slice = refs.slice(at, at + fetchedAtOnce)
      waiting = await calls.retrying(signal, () => calls.revisions(slice, signal))
      waiting.reverse()
      at += slice.length
    }
    const item = waiting.pop()
    return item === undefined ? undefined : revisionOf(item)
  }
  const feed = feedOf<Revision<unknown>>(next, () => controller.abort())
  return feed.source as RevisionSource<T>
}

function revisionOf({ ref, ancestors, payload, meta }: WireItem): Revision<unknown> {
  const data = isUint8Array(payload) ? payload : parseJson(payload)
  if (meta === undefined) return { ref, ancestors, data }
  return { ref, ancestors, data, meta: parseJson(meta) as Meta }
}

/**
 * Sends the revisions of `stream`, in any order, in requests of about 1 MiB. Those whose ancestors the remote lacks
 * wait here for them, at most `maxPendingBytes` in all.
 *
 * @throws {HistoError} `HISTO_MISSING_ANCESTOR` if ancestors do not come; `HISTO_TOO_LARGE` if too many bytes wait
 */
export async function writeTo(
  calls: Calls,
  stream: unknown,
  maxPendingBytes: number,
  options: CallOptions
): Promise<void> {
  const source = incoming(stream)
  const writing = new Writing(calls, maxPendingBytes, options)
  try {
    for (;;) {
      const step = await abortable(options.signal, async () => source.read())
      if (step.done === true) break
      await writing.add(itemOf(step.value))
    }
    await writing.finish()
  } catch (error) {
    source.cancel()
    throw error
  }
}

/** Collects revisions and sends them. */
class Writing {
  readonly #calls: Calls
  readonly #maxPendingBytes: number
  readonly #options: CallOptions
  #items: WireItem[] = []
  #weight = 0
  /** The number to collect before the next try: more than those that lacked an ancestor. */
  #revisions = batchRevisions
  #bytes = batchWeight

  constructor(calls: Calls, maxPendingBytes: number, options: CallOptions) {
    this.#calls = calls
    this.#maxPendingBytes = maxPendingBytes
    this.#options = options
  }

  async add(item: WireItem): Promise<void> {
    this.#items.push(item)
    this.#weight += item.payload.length + (item.meta?.length ?? 0)
    if (this.#items.length < this.#revisions && this.#weight < this.#bytes) return
    if (await this.#send()) return
    if (this.#weight > this.#maxPendingBytes) throw tooMuch(this.#maxPendingBytes)
    this.#revisions = this.#items.length * 2
    this.#bytes = this.#weight * 2
  }

  async finish(): Promise<void> {
    if (this.#items.length > 0) await this.#send({ isLast: true })
  }

  /** Sends; returns false while an ancestor is still to come. */
  async #send({ isLast = false } = {}): Promise<boolean> {
    const { signal } = this.#options
    const { client } = this.#calls
    const push = (body: Uint8Array) =>
      this.#calls.retrying(signal, () => this.#calls.push(body, this.#options))
    const items = ancestorsFirst(this.#items)
    const hasMetas = items.some(({ meta }) => meta !== undefined)
    if (hasMetas && client.metas === undefined) await this.#ask()
    const options = { signal, compress: true, metas: client.metas === true }
    try {
      await inParts(items, (part) => bodyOf(part, options), push, client.limit)
    } catch (error) {
      if (isLast || !hasCode(error, 'HISTO_MISSING_ANCESTOR')) throw error
      return false
    }
    this.#items = []
    this.#weight = 0
    this.#revisions = batchRevisions
    this.#bytes = batchWeight
    return true
  }

  /** Asks the server for its abilities. */
  async #ask(): Promise<void> {
    const { signal } = this.#options
    await this.#calls.retrying(signal, () => this.#calls.state(this.#options, true))
  }
}

function tooMuch(most: number): HistoError {
  return new HistoError('HISTO_TOO_LARGE', `more than ${most} bytes wait for their ancestors`)
}

async function bodyOf(items: readonly WireItem[], options: WireOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of wireOfItems(once(items), options)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* once<R>(value: R): AsyncGenerator<R> {
  yield await Promise.resolve(value)
}

function itemOf(value: unknown): WireItem {
  if (!isRecord(value)) throw new TypeError('a stream must bring { ref?, ancestors, data, meta? }')
  const { ref, ancestors, data, meta } = value as Partial<
    Record<keyof StreamItem<unknown>, unknown>
  >
  const direct = ancestorsArgument(ancestors)
  if (direct === undefined) throw new TypeError('a revision of a stream must have its ancestors')
  const item = {
    ancestors: direct,
    payload: payloadOf(data),
    meta: metaText(meta, undefined, false)
  }
  const given = ref === undefined ? undefined : refArgument(ref, 'the ref of a revision')
  return { ref: given ?? builtInRef(item), ...item }
}

/** The built-in ref; a revision with another one must bring it along. */
function builtInRef({ payload, ancestors, meta }: Omit<WireItem, 'ref'>): Ref {
  return refOf(native.textOf(payload, ancestors as Ref[], 2 ** 31 - 1, meta))
}
