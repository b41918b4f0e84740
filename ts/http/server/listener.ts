/**
 * `createListener`: the handler for `node:http` and frameworks on top of it.
 *
 * Turns a request of `node:http` into one of fetch and writes the answer, with backpressure in both directions. Aborts the
 * request's signal when the client disconnects.
 */

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Jsonable } from '../../base/jsonify.js'
import { refuseSecondOptions } from '../../base/known.js'
import type { DB } from '../../db.js'
import { type HandlerOptions, handlerSettings, listenerCall } from '../options.js'
import { bytesType, jsonType } from '../protocol.js'
import { type Answer, failureAnswer } from './answers.js'
import { Credit } from './credit.js'
import { answererOf } from './handler.js'
import { bodyTaken, misplaced } from './refusals.js'
import { Stagger } from './stagger.js'

/**
 * Most bytes, and most ms, for which the body of a refused request is still read, since a client that is sending does not
 * read the answer.
 */
const [mostDrained, longestDrained] = [16 * 1024 * 1024, 10_000]

/** Methods that `fetch` does not know. */
const unaskable = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** Unwanted bodies are read a chunk in each turn of the event loop, over all requests. */
const drains = new Stagger()

/**
 * The requests whose unwanted bodies are being read, and the most of them: each holds 64 KiB. Beyond that the first of them
 * is cut off.
 */
const [draining, mostDraining] = [new Set<IncomingMessage>(), 256]

/** A request of `node:http`, Express or (`raw`) Fastify; with its parsed body, if a parser came first. */
export type ListenerRequest = (IncomingMessage | { readonly raw: IncomingMessage }) & {
  readonly body?: unknown
}

/** An answer of `node:http`, Express or (`raw`) Fastify. */
export type ListenerResponse =
  | ServerResponse
  | { readonly raw: ServerResponse; readonly hijack: () => unknown }

/** Answers one request; the promise resolves when that is over, and never rejects. */
export type Listener = (request: ListenerRequest, response: ListenerResponse) => Promise<void>

/**
 * Makes the handler of `createHandler` for `node:http` (`createServer(createListener(db))`), Express
 * (`app.use('/db', createListener(db))`) and Fastify (`app.all('/db/*', createListener(db))`).
 *
 * @throws {TypeError} as `createHandler` does
 */
export function createListener<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: HandlerOptions
): Listener
export function createListener<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: HandlerOptions,
  ...surplus: unknown[]
): Listener {
  refuseSecondOptions('createListener', surplus)
  const { timeout } = handlerSettings(options, listenerCall)
  return listenerOf(answererOf(db, options, listenerCall), timeout)
}

/** What answers requests, for `node:http`; `timeout`: ms in which the end of an answer must be read. */
export function listenerOf(
  handler: (request: Request) => Promise<Answer>,
  timeout: number
): Listener {
  return async (request, response) => {
    if ('hijack' in response) response.hijack()
    const incoming = 'raw' in request ? request.raw : request
    const outgoing = 'raw' in response ? response.raw : response
    try {
      await listen(handler, { incoming, parsed: request.body }, outgoing, timeout)
    } catch (error) {
      outgoing.destroy(error instanceof Error ? error : undefined)
    }
  }
}

/** A request, and its body as an earlier parser left it. */
interface Received {
  readonly incoming: IncomingMessage & { readonly originalUrl?: string }
  readonly parsed: unknown
}

async function listen(
  handler: (request: Request) => Promise<Answer>,
  received: Received,
  outgoing: ServerResponse,
  timeout: number
): Promise<void> {
  const gone = new AbortController()
  const close = () => gone.abort(new Error('the client is gone'))
  outgoing.on('close', close)
  try {
    const { method = 'GET' } = received.incoming
    const answer = unaskable.has(method)
      ? failureAnswer(misplaced(405, `no operation has the method ${method}`)).answer
      : await handler(requestOf(received, gone.signal))
    await write(answer, outgoing, timeout, gone.signal)
    endInTime(outgoing, timeout)
    await drain(received.incoming)
  } finally {
    outgoing.off('close', close)
  }
}

function requestOf(received: Received, signal: AbortSignal): Request {
  const { incoming } = received
  const { method = 'GET' } = incoming
  const headers = headersOf(incoming)
  const init: RequestInit = { method, headers, signal }
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(received, headers)
  if (body === undefined) return new Request(urlOf(incoming), init)
  return new Request(urlOf(incoming), { ...init, body, duplex: 'half' })
}

function urlOf({ headers, originalUrl, url = '/' }: Received['incoming']): URL {
  const path = originalUrl ?? url
  const host = headers.host ?? headers[':authority']
  try {
    return new URL(path, `http://${String(host)}`)
  } catch {
    return new URL(path.replace(/^[^/]*:\/\/|^\/+/, '/'), 'http://localhost')
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue
    all[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return all
}

/**
 * The body as it comes; if a parser has read it, its result, which is of use only for JSON.
 */
function bodyOf(
  { incoming, parsed }: Received,
  headers: Record<string, string>
): ReadableStream | Uint8Array | string | undefined {
  if (!incoming.readableDidRead) return streamOf(incoming)
  if (parsed instanceof Uint8Array) return parsed
  const isInBytes = headers['content-type']?.startsWith(bytesType) === true
  if (isInBytes || parsed === undefined || parsed === null) return takenBody()
  if (typeof parsed === 'string') return parsed
  headers['content-type'] = jsonType
  delete headers['content-length']
  return JSON.stringify(parsed)
}

/** A body that fails when it is read. */
function takenBody(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.error(bodyTaken()) })
}

/** A stream that does not destroy the request when cancelled: an answer is still to be sent. */
function streamOf(incoming: IncomingMessage): ReadableStream {
  const chunks: AsyncIterator<Uint8Array> = incoming.iterator({ destroyOnReturn: false })
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const step = await chunks.next()
    if (step.done === true) controller.close()
    else controller.enqueue(step.value)
  }
  const cancel = () => {
    chunks.return?.().catch(() => undefined) // a pending read ends it later
  }
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 })
}

/** Writes an answer: a short one at once, with its head in one packet. */
async function write(
  { status, headers, body }: Answer,
  outgoing: ServerResponse,
  timeout: number,
  gone: AbortSignal
): Promise<void> {
  if (body instanceof Uint8Array) {
    outgoing.writeHead(status, { ...headers, 'content-length': body.byteLength })
    outgoing.end(await allButLast(body, outgoing, timeout, gone))
    return
  }
  outgoing.writeHead(status, headers)
  const reader = body?.getReader()
  const broken = reader?.closed
  broken?.catch(() => undefined) // the next read reports it too
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read()
      if (done) break
      if (outgoing.write(value)) continue
      await Promise.race([once(outgoing, 'drain', { signal: gone }), broken])
    }
    outgoing.end()
  } catch (error) {
    await reader?.cancel(error).catch(() => undefined)
    throw error
  }
}

/** Writes a whole body but for its last piece, which it returns; cuts off a client that reads too slowly. */
async function allButLast(
  body: Uint8Array,
  outgoing: ServerResponse,
  timeout: number,
  gone: AbortSignal
): Promise<Uint8Array> {
  const credit = new Credit(timeout)
  const { piece } = credit
  let rest = body
  for (; rest.byteLength > piece; rest = rest.subarray(piece)) {
    if (outgoing.write(rest.subarray(0, piece))) continue
    const timer = setTimeout(() => outgoing.destroy(), credit.wait()).unref()
    try {
      await once(outgoing, 'drain', { signal: gone })
    } finally {
      clearTimeout(timer)
    }
    credit.moved(piece)
  }
  return rest
}

/** Cuts off a client that does not read the end of its answer. */
function endInTime(outgoing: ServerResponse, timeout: number): void {
  if (outgoing.writableFinished) return
  const timer = setTimeout(() => outgoing.destroy(), timeout).unref()
  outgoing.once('close', () => clearTimeout(timer))
  outgoing.once('finish', () => clearTimeout(timer))
}

/** Reads the rest of an unwanted body. */
async function drain(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return
  let bytes = 0
  incoming.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength
    if (bytes > mostDrained) incoming.destroy()
    incoming.pause()
    void drains.turn(false).then(() => incoming.resume())
  })
  incoming.resume()
  const timer = setTimeout(() => incoming.destroy(), longestDrained)
  makeRoom()
  draining.add(incoming)
  try {
    await once(incoming, 'close')
  } finally {
    clearTimeout(timer)
    draining.delete(incoming)
  }
}

/** Cuts off the request that was drained for the longest time, if there are too many. */
function makeRoom(): void {
  const [first] = draining
  if (draining.size < mostDraining || first === undefined) return
  draining.delete(first)
  first.destroy()
}
