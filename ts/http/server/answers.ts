/**
 * A handler's answers: JSON, bytes, streams and failures. A client is told no more than it may know.
 */

import {
  abilities,
  abilitiesHeader,
  bytesType,
  jsonType,
  protocolVersion,
  versionHeader
} from '../protocol.js'
import { Credit } from './credit.js'
import { isBusy, refusalOf } from './refusals.js'
import type { Hold, Visit } from './visit.js'

type ExtraHeaders = Readonly<Record<string, string>>

/** Headers of every answer: it must not be cached, sniffed or changed on its way. */
const common = {
  [versionHeader]: protocolVersion,
  [abilitiesHeader]: abilities,
  'cache-control': 'no-store, no-transform',
  'x-content-type-options': 'nosniff'
}

/** An answer, before it becomes a `Response` or is written to `node:http`, which needs none. */
export interface Answer {
  readonly status: number
  readonly headers: ExtraHeaders
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null
}

/** The answer for fetch. */
export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body as ConstructorParameters<typeof Response>[0], { status, headers })
}

/** A JSON answer. */
export function jsonAnswer(value: unknown, status = 200, headers: ExtraHeaders = {}): Answer {
  const body = Buffer.from(JSON.stringify(value))
  return answerOf(body, { ...headers, 'content-type': jsonType }, status)
}

/** An answer of a few bytes. */
export function bytesAnswer(bytes: Uint8Array): Answer {
  return answerOf(bytes, { 'content-type': bytesType })
}

function answerOf(body: Answer['body'], headers: ExtraHeaders, status = 200): Answer {
  return { status, headers: { ...common, ...headers }, body }
}

/** An answer of bytes in memory, which may be many. */
export async function listAnswer(
  bytes: Uint8Array,
  visit: Visit,
  headers: ExtraHeaders = {}
): Promise<Answer> {
  visit.hold.release('lookups') // waiting for room must not hold up other look-ups
  if (bytes.length > mostWhole) await visit.hold.claim('answers', bytes.length)
  return await streamAnswer(pieces(bytes), visit, () => headers)
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += mostWhole) {
    yield await Promise.resolve(bytes.subarray(at, at + mostWhole))
  }
}

/** Most bytes of an answer that is sent whole. */
const mostWhole = 1 << 16

/**
 * Streams `chunks`, each when the client wants it; sends a short answer whole. A failure in the first 64 KiB is thrown; a
 * later one breaks the answer off, and so does a client that reads too slowly. `begun` is awaited after the first chunks
 * were read.
 */
export async function streamAnswer(
  chunks: AsyncIterable<Uint8Array>,
  { settings, hold }: Pick<Visit, 'settings' | 'hold'>,
  headers: () => ExtraHeaders = () => ({}),
  begun: () => Promise<void> = () => Promise.resolve()
): Promise<Answer> {
  const outgoing = new Outgoing(chunks[Symbol.asyncIterator](), settings.timeout, hold)
  const body = await outgoing.begin(begun)
  const all = { ...headers(), 'content-type': bytesType }
  return answerOf(body, all)
}

type Controller = ReadableStreamDefaultController<Uint8Array>

/** The chunks of a streamed answer. */
class Outgoing {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #credit: Credit
  readonly #hold: Hold
  /** Chunks read before the answer begins. */
  readonly #first: IteratorResult<Uint8Array>[] = []
  #timer: NodeJS.Timeout | undefined
  /** What was read and is not given to the client yet. */
  #rest: Uint8Array = new Uint8Array(0)
  /** Bytes given to the client last, which it has read once it wants more. */
  #given = 0
  #fail: (error: unknown) => void = () => undefined

  constructor(chunks: AsyncIterator<Uint8Array>, timeout: number, hold: Hold) {
    this.#chunks = chunks
    this.#credit = new Credit(timeout)
    this.#hold = hold
  }

  /** Reads the first 64 KiB, whose failures still get a status. Returns the bytes if that is all, otherwise a stream. */
  async begin(begun: () => Promise<void>): Promise<Uint8Array | ReadableStream<Uint8Array>> {
    const bytes: Uint8Array[] = []
    try {
      for (let size = 0; size <= mostWhole; ) {
        const step = await this.#chunks.next()
        if (step.done === true) return Buffer.concat(bytes)
        this.#first.push(step)
        bytes.push(step.value)
        size += step.value.byteLength
      }
      await begun()
    } catch (error) {
      this.#chunks.return?.().catch(() => undefined) // its failure is reported already
      throw error
    }
    return this.#stream()
  }

  #stream(): ReadableStream<Uint8Array> {
    this.#hold.stream()
    const start = (controller: Controller) => {
      this.#fail = (error) => controller.error(error)
      this.#hold.signal.addEventListener('abort', this.#aborted, { once: true })
      this.#wait()
    }
    const pull = (controller: Controller) => this.#pull(controller)
    return new ReadableStream({ start, pull, cancel: () => this.#end() }, { highWaterMark: 0 })
  }

  async #pull(controller: Controller): Promise<void> {
    clearTimeout(this.#timer)
    this.#credit.moved(this.#given)
    this.#hold.touch()
    try {
      const bytes = await this.#next()
      if (bytes === undefined) {
        this.#end()
        controller.close()
      } else {
        controller.enqueue(bytes)
        this.#given = bytes.byteLength
        this.#wait()
      }
    } catch (error) {
      this.#end()
      throw error
    }
  }

  /** What the client gets next: a chunk, or a piece of one. */
  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest.byteLength === 0) {
      const step = this.#first.shift() ?? (await this.#chunks.next())
      if (step.done === true) return undefined
      this.#rest = step.value
    }
    const { piece } = this.#credit
    const next = this.#rest.subarray(0, piece)
    this.#rest = this.#rest.subarray(piece)
    return next
  }

  /** Waits for the client to want more. */
  #wait(): void {
    clearTimeout(this.#timer)
    const cut = () => this.#cut(new Error('the answer was not read'))
    this.#timer = setTimeout(cut, this.#credit.wait()).unref()
  }

  readonly #aborted = (): void => this.#cut(this.#hold.signal.reason)

  #cut(reason: unknown): void {
    this.#end()
    this.#fail(reason)
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#hold.signal.removeEventListener('abort', this.#aborted)
    this.#chunks.return?.().catch(() => undefined) // how it ended does not matter
    this.#hold.end()
  }
}

/** The answer to a failed request; `isBare`: it gives no reason. */
export function failureAnswer(error: unknown): {
  readonly answer: Answer
  readonly isBare: boolean
} {
  const { status, complaint } = refusalOf(error)
  if (isBusy(error)) {
    return { answer: answerOf(null, { 'retry-after': '1' }, status), isBare: false }
  }
  if (complaint !== undefined)
    return { answer: jsonAnswer({ error: complaint }, status), isBare: false }
  return { answer: answerOf(null, {}, status), isBare: true }
}
