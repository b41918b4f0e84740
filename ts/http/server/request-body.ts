/**
 * Reads a request's body, bounded in bytes and in time; it comes raw or, through a framework that accepts only
 * JSON, as base64 in JSON.
 */

import { within } from '../../base/backoff.js'
import { abortable } from '../../base/signal.js'
import type { HandlerSettings } from '../options.js'
import { broken, jsonType } from '../protocol.js'
import { base64Of } from './base64-body.js'
import { Credit } from './credit.js'
import { bodyTaken, limitExceeded, tooSlow } from './refusals.js'

/** The limits of a body. */
type BodyLimits = Pick<HandlerSettings, 'maxBodyBytes' | 'timeout'>

/** Most overhead of base64 in JSON: a third, escapes, and some space. */
const [wider, around] = [1.5, 1024]

/** Yields the bytes of a request as they come, at most `most`, within the limits of a body. */
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

/** Reads all bytes of a request, at most `most`. */
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

/** The declared length of a body; 0 if there is none. */
export function toldLength(request: Request): number {
  return Number(request.headers.get('content-length') ?? 0)
}

/** Whether a body is base64 in JSON. */
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
      const read = () => within(credit.wait(), reader.read(), () => Promise.reject(tooSlow()))
      const step = await abortable(signal, read)
      if (step.done) return
      const chunk: unknown = step.value
      if (!(chunk instanceof Uint8Array)) throw broken('the body is not bytes')
      credit.moved(chunk.byteLength)
      bytes += chunk.byteLength
      if (bytes > maxBodyBytes) throw tooLong(maxBodyBytes)
      yield chunk
    }
  } finally {
    reader.cancel().catch(() => undefined) // it may have broken by itself
  }
}

/** The request exceeds its limit. */
export function tooLong(most: number): Error {
  return limitExceeded(`the request has more than the ${Math.floor(most)} bytes that it may have`)
}
