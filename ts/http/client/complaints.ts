/**
 * Turns an unsuccessful answer into an error: by the handler's complaint, or by the status if a proxy or a
 * framework answered.
 */

import { isRecord, shortened } from '../../base/arguments.js'
import { askRest } from '../../base/backoff.js'
import { errorCodes, HistoError, type HistoErrorCode } from '../../base/errors.js'
import { broken, jsonType, mostJsonBytes, parseHead, parseObject } from '../protocol.js'
import { Oversized } from './oversized.js'
import { retryAfter } from './retry-after.js'

/** Most characters of a server's message to pass on. */
const longestMessage = 500

/** The codes that a server may report. */
const speakable = new Set<HistoErrorCode>([
  'HISTO_CORRUPT',
  'HISTO_DENIED',
  'HISTO_HEAD_CONFLICT',
  'HISTO_MISSING_ANCESTOR',
  'HISTO_NETWORK',
  'HISTO_NOT_FOUND',
  'HISTO_PROTOCOL',
  'HISTO_SHALLOW'
])

/** Statuses of temporary failures; so are those from `leastOfEdges` on, of CDNs that do not reach the server. */
const passing = new Set([408, 425, 429, 502, 503, 504])
const leastOfEdges = 520
const refusing = new Set([401, 402, 403, 407, 413, 414, 431, 451])

/** The parts of an answer that are read. */
interface Answer {
  header(name: string): string | null
  bytes(type: string, most: number): Promise<Uint8Array>
}

/** The error for an answer with `status`, with its `Retry-After`. */
export async function failureOf(
  answer: Answer,
  status: number,
  isOurs: boolean,
  place: string
): Promise<unknown> {
  const told = isOurs && status < 500 ? await complaintOf(answer, place) : undefined
  if (status === 413 && told?.ref === undefined)
    return new Oversized(told?.message ?? refusedWith(status, place), told === undefined)
  const failure = told ?? failureBy(status, isOurs, place)
  if (failure.retryable)
    askRest(
      failure,
      retryAfter((name) => answer.header(name))
    )
  return failure
}

function failureBy(status: number, isOurs: boolean, place: string): HistoError {
  if (refusing.has(status)) {
    return new HistoError('HISTO_DENIED', refusedWith(status, place))
  }
  if (passing.has(status) || status >= 500) {
    const retryable = passing.has(status) || status >= leastOfEdges
    return new HistoError('HISTO_NETWORK', `${place} failed with status ${status}`, { retryable })
  }
  // A router that has lost its server for a moment sends this too.
  const retryable = status === 404 && !isOurs
  return broken(`at ${place} there is no histo-revisions server: status ${status}`, { retryable })
}

function refusedWith(status: number, place: string): string {
  return `${place} refused with status ${status}`
}

/** @returns `undefined` if the body is not a complaint */
async function complaintOf(answer: Answer, place: string): Promise<HistoError | undefined> {
  const { error } = parseObject(await answer.bytes(jsonType, mostJsonBytes))
  if (!isRecord(error)) return undefined
  const { code, message, ref, head, expected } = error
  if (!isSpeakable(code) || typeof message !== 'string') return undefined
  if (code === 'HISTO_HEAD_CONFLICT') {
    return new HistoError(code, 'head conflict', {
      head: parseHead(head),
      expected: parseHead(expected),
      retryable: true
    })
  }
  const about = typeof ref === 'string' ? ref : undefined
  const told = naming(message.slice(0, longestMessage), about)
  return new HistoError(code, `${place}: ${told}`, {
    ref: about,
    retryable: code === 'HISTO_NETWORK'
  })
}

/** The message with the ref that it is about. */
function naming(message: string, ref: string | undefined): string {
  if (ref === undefined || message.includes(ref)) return message
  return `${message}: ${shortened(ref)}`
}

function isSpeakable(code: unknown): code is HistoErrorCode {
  return errorCodes.some((known) => known === code) && speakable.has(code as HistoErrorCode)
}
