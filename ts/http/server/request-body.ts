/**
 * A request's body, as a handler reads it: bounded in bytes and in time, and the same whether it
 * came as it is or, past a framework that takes nothing but JSON, as base64.
 */

import { abortable } from '../../base/signal.js'
import type { HandlerSettings } from '../options.js'
import { broken, jsonType } from '../protocol.js'
import { base64Of } from './base64-body.js'
import { Credit } from './credit.js'
import { bodyTaken, limitExceeded, tooSlow } from './refusals.js'

/** What a body is held to. */
export type BodyLimits = Pick<HandlerSettings, 'maxBodyBytes' | 'timeout'>

/** What base64 and its JSON take beside the bytes, at most: a third, escapes, and some space. */
const [wider, around] = [1.5, 1024]

/** The bytes of a request as they come, at most `most` of them, in a body that is no longer than it may be. */
export async function* chunksOf(
  request: Request,
  limits: BodyLimits,
  signal: AbortSignal,
  most: number = limits.maxBodyBytes
): AsyncGenerator<Uint8Array, void> {
  const isJson = isInJson(request)
  const encoded = isJson ? most * wider + around : most
  const maxBodyBytes = Math.min(encoded, limits.maxBodyBytes)
  if (toldLength(request) > maxBodyBytes) throw tooLong(maxBodyBytes)
  const chunks = bounded(request, { ...limits, maxBodyBytes }, signal)
  if (!isJson) return yield* chunks
  let bytes = 0
  for await (const chunk of base64Of(chunks)) {
    bytes += chunk.byteLength
    if (bytes > most) throw tooLong(most)
    yield chunk
  }
}

/** All the bytes of a request, at most `most`. */
export async function bytesOf(
  request: Request,
  limits: BodyLimits,
  most: number,
  signal: AbortSignal
): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunksOf(request, limits, signal, most)) all.push(chunk)
  return all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all)
}

/** How long a body says that it is; 0 where it says nothing. */
export function toldLength(request: Request): number {
  return Number(request.headers.get('content-length') ?? 0)
}

/** Whether a body is JSON and has its bytes as base64. */
export function isInJson(request: Request): boolean {
  return request.headers.get('content-type')?.startsWith(jsonType) === true
}

async function* bounded(
  request: Request,
  { maxBodyBytes, timeout }: BodyLimits,
  signal: AbortSignal
): AsyncGenerator<Uint8Array, void> {
  if (request.bodyUsed || request.body?.locked === true) throw bodyTaken()
  const reader = request.body?.getReader()
  if (reader === undefined) return
  const credit = new Credit(timeout)
  let bytes = 0
  try {
    for (;;) {
      const step = await within(credit.wait(), signal, () => reader.read())
      if (step.done) return
      const chunk: unknown = step.value
      if (!(chunk instanceof Uint8Array)) throw broken('the body is not made of bytes')
      credit.moved(chunk.byteLength)
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
    timer = setTimeout(() => reject(tooSlow()), milliseconds)
  })
  try {
    return await abortable(signal, () => Promise.race([read(), late]))
  } finally {
    clearTimeout(timer)
  }
}

/** More than a request may have. */
export function tooLong(most: number): Error {
  return limitExceeded(`the request has more than the ${Math.floor(most)} bytes that it may have`)
}
