/**
 * A request's body, as a handler reads it: bounded in bytes and in time, and the same whether it
 * came as it is or, past a framework that takes nothing but JSON, as base64.
 */

import { abortable } from '../../base/signal.js'
import type { HandlerSettings } from '../options.js'
import { broken, jsonType, parseObject } from '../protocol.js'
import { limitExceeded, tooSlow } from './refusals.js'

/** Bytes a second that a body must come with, once it has used up the time that it may rest. */
const slowest = 4096

/** The bytes of a request as they come. */
export async function* chunksOf(
  request: Request,
  limits: Pick<HandlerSettings, 'maxBodyBytes' | 'timeout'>,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void> {
  const told = Number(request.headers.get('content-length') ?? 0)
  if (told > limits.maxBodyBytes) throw tooLong(limits.maxBodyBytes)
  const isJson = request.headers.get('content-type')?.startsWith(jsonType) === true
  if (!isJson) return yield* bounded(request, limits, signal)
  const { base64 } = parseObject(await joined(bounded(request, limits, signal)))
  if (typeof base64 !== 'string') throw broken('a JSON body must be { "base64": "…" }')
  yield Buffer.from(base64, 'base64')
}

/** All the bytes of a request, at most `most`. */
export function bytesOf(
  request: Request,
  limits: Pick<HandlerSettings, 'maxBodyBytes' | 'timeout'>,
  most: number,
  signal: AbortSignal
): Promise<Uint8Array> {
  const maxBodyBytes = Math.min(most, limits.maxBodyBytes)
  return joined(chunksOf(request, { ...limits, maxBodyBytes }, signal))
}

async function* bounded(
  request: Request,
  { maxBodyBytes, timeout }: Pick<HandlerSettings, 'maxBodyBytes' | 'timeout'>,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void> {
  const reader = request.body?.getReader()
  if (reader === undefined) return
  const begun = performance.now()
  let bytes = 0
  try {
    for (;;) {
      const left = begun + timeout + (bytes / slowest) * 1000 - performance.now()
      const step = await within(Math.min(left, timeout), signal, () => reader.read())
      if (step.done) return
      const chunk: unknown = step.value
      if (!(chunk instanceof Uint8Array)) throw broken('the body is not made of bytes')
      bytes += chunk.byteLength
      if (bytes > maxBodyBytes) throw tooLong(maxBodyBytes)
      yield chunk
    }
  } finally {
    reader.cancel().catch(() => undefined) // it may have broken by itself
  }
}

/** What `read` answers within so many milliseconds. */
async function within<R>(
  milliseconds: number,
  signal: AbortSignal,
  read: () => Promise<R>
): Promise<R> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow()), Math.max(0, milliseconds))
  })
  try {
    return await abortable(signal, () => Promise.race([read(), late]))
  } finally {
    clearTimeout(timer)
  }
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all)
}

function tooLong(most: number): Error {
  return limitExceeded(`the request has more than the ${most} bytes that it may have`)
}
