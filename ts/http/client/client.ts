/**
 * One request to a handler, from its URL to a readable answer: headers, timeouts, and the errors of statuses. Never
 * retries, and knows no operation.
 */

import { HistoError } from '../../base/errors.js'
import { abortable } from '../../base/signal.js'
import type { ConnectSettings } from '../options.js'
import {
  abilities,
  abilitiesHeader,
  broken,
  bytesType,
  isAble,
  jsonType,
  type Operation,
  operations,
  protocolVersion,
  versionHeader
} from '../protocol.js'
import { failureOf } from './complaints.js'
import { BodyLimit } from './oversized.js'
import { type Asked, isMisled, redirected, responseOf } from './redirects.js'
import { Timeout } from './timeout.js'

/** Fewest bytes sent in a second; a slower request counts as stuck. */
const slowest = 16_384

/** One request. */
export interface Call {
  readonly operation: Operation
  readonly parameters?: Readonly<Record<string, string | undefined>>
  /** The body of a `POST`. A stream is sent as it comes, and never in JSON. */
  readonly body?: Uint8Array | ReadableStream<Uint8Array>
  /** Milliseconds that the server may wait before it answers, beyond the timeout. */
  readonly rest?: number
  readonly signal: AbortSignal | undefined
}

/** Sends requests to a handler below one URL. */
export class Client {
  readonly settings: ConnectSettings
  readonly limit: BodyLimit = new BodyLimit()
  /** The URL for messages, without parts that may be secret. */
  readonly place: string
  /** Whether the server accepts metas, according to its last answer; `undefined` before the first. */
  metas: boolean | undefined
  /** Whether the server accepts texts as changes of earlier ones. */
  deltas = false
  /** Whether the server tells deletions by the head that was deleted, according to its last answer or refusal. */
  deletedFrom = false
  readonly #url: URL
  readonly #ownHeaders: Readonly<Record<string, string>>
  /** Whether the server accepts only JSON bodies, the default of some frameworks. */
  #onlyJson = false

  constructor(url: URL, ownHeaders: Readonly<Record<string, string>>, settings: ConnectSettings) {
    this.settings = settings
    this.place = `${url.origin}${url.pathname}`
    this.#url = url
    this.#ownHeaders = ownHeaders
  }

  /**
   * Sends a request and lets `read` read the answer; then drops the rest of it.
   *
   * @throws {HistoError} `HISTO_NETWORK`, `HISTO_DENIED`, `HISTO_PROTOCOL`, or the error that the server reports
   */
  async ask<R>(call: Call, read: (answer: Reply) => Promise<R>): Promise<R> {
    const timeout = new Timeout(call.signal, this.settings.timeout)
    let answer: Reply | undefined
    try {
      answer = new Reply(this, await this.#respond(call, timeout), timeout)
      const can = answer.header(abilitiesHeader)
      if (answer.isOurs) this.deletedFrom = isAble(can, 'deleted-from')
      await answer.expectSuccess()
      this.metas = isAble(can, 'meta')
      this.deltas = isAble(can, 'deltas')
      return await answer.held(read)
    } catch (error) {
      call.signal?.throwIfAborted()
      throw error
    } finally {
      timeout.end(answer?.isRead !== true)
    }
  }

  async #respond(call: Call, timeout: Timeout): Promise<Response> {
    const response = await this.#fetch(call, timeout, this.#onlyJson)
    if (response.status !== 415 || this.#onlyJson || !(call.body instanceof Uint8Array))
      return response
    this.#onlyJson = true
    await response.body?.cancel().catch(() => undefined)
    return this.#fetch(call, timeout, true)
  }

  async #fetch(call: Call, timeout: Timeout, asJson: boolean): Promise<Response> {
    const { operation, body, rest = 0 } = call
    const headers = await this.#headers(timeout.signal)
    const size = body instanceof Uint8Array ? body.byteLength : 0
    const wrap = asJson && body instanceof Uint8Array
    if (body !== undefined) headers['content-type'] = wrap ? jsonType : bytesType
    const { redirects, fetch } = this.settings
    const init: RequestInit = {
      method: operations[operation],
      headers,
      signal: timeout.signal,
      redirect: 'manual',
      ...(body === undefined
        ? {}
        : { body: wrap ? inJson(body) : sent(body, timeout), duplex: 'half' })
    }
    const ask = async ({ url, init }: Asked) =>
      responseOf(await abortable(timeout.signal, () => fetch(url, init)))
    const asked = { url: this.#urlOf(call), init }
    timeout.begin(rest + (size / slowest) * 1000)
    try {
      return await redirected(asked, redirects, ask)
    } catch (error) {
      throw this.lost(error, timeout.signal)
    } finally {
      timeout.rest()
    }
  }

  async #headers(signal: AbortSignal): Promise<Record<string, string>> {
    const { headers: source } = this.settings
    const given =
      typeof source === 'function'
        ? new Headers((await abortable(signal, async () => source())) as Record<string, string>)
        : source
    const own = given instanceof Headers ? Object.fromEntries(given) : given
    const headers = { ...this.#ownHeaders, ...own }
    return { ...headers, [versionHeader]: protocolVersion, [abilitiesHeader]: abilities }
  }

  #urlOf({ operation, parameters = {} }: Call): string {
    const url = new URL(this.#url)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${operation}`
    const given = Object.entries(parameters).filter(
      (it): it is [string, string] => it[1] !== undefined
    )
    if (given.length === 0) return url.href
    const all = new URLSearchParams(url.search)
    for (const [name, value] of given) all.set(name, value)
    url.search = all.toString() // once: each change of a URL parses it
    return url.href
  }

  /** The error for a network failure. */
  lost(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason
    if (isMisled(error)) return error
    const message = `no connection to ${this.place}`
    return new HistoError('HISTO_NETWORK', message, { retryable: true, cause: error })
  }
}

/** A server's answer. */
export class Reply {
  readonly #client: Client
  readonly #response: Response
  readonly #timeout: Timeout
  /** The network's failure, whatever its reader made of it. */
  #failure: { readonly error: unknown } | undefined
  #isRead = false

  constructor(client: Client, response: Response, timeout: Timeout) {
    this.#client = client
    this.#response = response
    this.#timeout = timeout
  }

  header(name: string): string | null {
    return this.#response.headers.get(name)
  }

  /** Whether a handler of this version answered. */
  get isOurs(): boolean {
    return this.header(versionHeader) === protocolVersion
  }

  /** @throws {HistoError} the error of the status; `HISTO_PROTOCOL` if no handler answered */
  async expectSuccess(): Promise<void> {
    const { status } = this.#response
    if (this.isOurs && status === 200) return
    if (status === 200) throw this.#stranger(this.header(versionHeader))
    throw await failureOf(this, status, this.isOurs, this.#client.place)
  }

  /** Whether the whole body was read. */
  get isRead(): boolean {
    return this.#isRead
  }

  /** Returns what `read` returns; throws the network's failure, if there is one. */
  async held<R>(read: (answer: Reply) => Promise<R>): Promise<R> {
    try {
      return await read(this)
    } catch (error) {
      throw this.#failure === undefined ? error : this.#failure.error
    }
  }

  /** The body's bytes as they come. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    const reader = this.#response.body?.getReader()
    const { signal } = this.#timeout
    while (reader !== undefined) {
      this.#timeout.begin()
      let step: Awaited<ReturnType<typeof reader.read>>
      try {
        step = await abortable(signal, () => reader.read())
      } catch (error) {
        this.#failure = { error: this.#client.lost(error, signal) }
        throw this.#failure.error
      } finally {
        this.#timeout.rest()
      }
      if (step.done) break
      yield bytesOf(step.value)
    }
    this.#isRead = true
  }

  /** The whole body, of the media type `type`. */
  async bytes(type: string, most: number): Promise<Uint8Array> {
    this.expectType(type)
    return await joined(this.chunks(), most)
  }

  expectType(type: string): void {
    const given = this.header('content-type') ?? 'nothing'
    if (given.startsWith(type)) return
    throw broken(`${this.#client.place} sent ${given} instead of ${type}`)
  }

  #stranger(version: string | null): HistoError {
    const { place } = this.#client
    if (version === null) return broken(`at ${place} there is no histo-revisions server`)
    return broken(`${place} speaks version ${version} of the protocol, not ${protocolVersion}`)
  }
}

/** Prepares a body; each chunk of a streamed one restarts the timeout. */
function sent(
  body: Uint8Array | ReadableStream<Uint8Array>,
  timeout: Timeout
): Uint8Array | ReadableStream<Uint8Array> {
  if (body instanceof Uint8Array) return body
  const reader = body.getReader()
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    try {
      const step = await reader.read()
      timeout.begin()
      if (step.done) controller.close()
      else controller.enqueue(step.value)
    } catch (error) {
      timeout.fail(error)
      throw error
    }
  }
  return new ReadableStream(
    { pull, cancel: (reason) => reader.cancel(reason) },
    { highWaterMark: 0 }
  )
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw broken('the body of an answer is not bytes')
}

async function joined(chunks: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > most) throw broken(`an answer has more than ${most} bytes`)
    all.push(chunk)
  }
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all)
}

function inJson(body: Uint8Array): string {
  return JSON.stringify({ base64: Buffer.from(body).toString('base64') })
}
