/**
 * What both ends of HTTP agree on: operations, headers, statuses, bounds and the shapes of what is
 * JSON. `docs/protocol.md` says it in words, and is changed first.
 *
 * Reads what the other end sent and believes nothing: what is not of its shape is `HISTO_PROTOCOL`.
 */

import { isRecord } from '../base/arguments.js'
import { HistoError, type HistoErrorCode } from '../base/errors.js'
import { nameArgument } from '../base/names.js'
import { parseJson } from '../base/parse.js'
import type { Ref } from '../base/types.js'

/** Of the protocol; told in a header of every request and every answer. */
export const protocolVersion = '1'
export const versionHeader = 'histo-revisions'

/**
 * How many revisions an answer of `pull` has, where the server knew that before it sent the first; how many
 * refs all pages of a `difference` have.
 */
export const totalHeader = 'histo-revisions-total'

/** The media type of bodies that are refs, bits or revisions, and of every request's body. */
export const bytesType = 'application/vnd.histo-revisions'
export const jsonType = 'application/json'

/** Each operation and its method; it is the last segment of the path. */
export const operations = {
  state: 'GET',
  changes: 'GET',
  news: 'POST',
  has: 'POST',
  lacking: 'GET',
  difference: 'POST',
  revisions: 'POST',
  pull: 'POST',
  push: 'POST',
  'remote-head': 'POST',
  head: 'POST'
} as const

export type Operation = keyof typeof operations

/** Refs in a request for bits, and in one for revisions. */
export const mostRefsAsked = 65_536
/** Refs in a page of `difference`. */
export const mostRefsOfPage = 32_768
/** Refs in all pages of `difference`, from which more would be no answer that fits into memory. */
export const mostRefsAnswered = 50_000_000
/** Bytes of JSON in either direction. */
export const mostJsonBytes = 65_536
/** Seconds that `changes` may be asked to wait. */
export const longestWait = 55

/** How a handler lets heads be moved. */
export type HeadsPolicy = 'never' | 'fast-forward'

/** What `state` answers. */
export interface State {
  readonly name: string
  readonly head: Ref | null
  /** The remembered head of the remote that was asked about; not there for others. */
  readonly remoteHead?: Ref | null
  readonly heads: HeadsPolicy
  readonly maxBodyBytes: number
  /**
   * The print of tombstones, not there where there are none: for whoever writes of those whose data is wanted, in `news`
   * of all that the head reaches.
   */
  readonly tombstones?: string
}

/** What `news` answers before revisions: the state, and whether a stream of what is missing follows. */
export interface News extends State {
  readonly follows: boolean
}

/** What went wrong, as a server tells it. */
export interface Complaint {
  readonly code: HistoErrorCode
  readonly message: string
  readonly ref?: string
  readonly head?: Ref | null
  readonly expected?: Ref | null
}

/** A head that is to be moved, and what it must be; `undefined`: whatever it is. */
export interface HeadRequest {
  readonly ref: Ref
  readonly previousHead: Ref | null | undefined
}

/** The failure of something that is not as the protocol has it. */
export function broken(
  message: string,
  details: { readonly cause?: unknown; readonly retryable?: boolean } = {}
): HistoError {
  return new HistoError('HISTO_PROTOCOL', message, details)
}

/** `bytes` as JSON, an object. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isRecord(value)) return value
  } catch (cause) {
    throw broken('the body is no JSON', { cause })
  }
  throw broken('the body is no JSON object')
}

/** What a server says of itself. */
export function parseState(bytes: Uint8Array): State {
  return stateIn(parseObject(bytes))
}

/** The same, and what else `news` says. */
export function parseNews(bytes: Uint8Array): News {
  const object = parseObject(bytes)
  const follows = object['follows'] === true
  const state = stateIn(object)
  if (follows && state.head === null) throw broken('a stream follows a head that is none')
  return { ...state, follows }
}

function stateIn(object: Readonly<Record<string, unknown>>): State {
  const { name, head, remoteHead, heads, maxBodyBytes, tombstones } = object
  if (heads !== 'never' && heads !== 'fast-forward')
    throw broken('the state has no policy of heads')
  if (!Number.isSafeInteger(maxBodyBytes)) throw broken('the state has no maxBodyBytes')
  return {
    name: parseName(name, 'the name of the database'),
    head: parseHead(head),
    ...(remoteHead === undefined ? {} : { remoteHead: parseHead(remoteHead) }),
    heads,
    maxBodyBytes: maxBodyBytes as number,
    ...(typeof tombstones === 'string' ? { tombstones } : {})
  }
}

/** A name of a database or a remote. */
export function parseName(value: unknown, what: string): string {
  try {
    return nameArgument(value, what)
  } catch (cause) {
    throw broken(`${what} is none`, { cause })
  }
}

export function parseRef(value: unknown): Ref {
  if (typeof value === 'string' && value !== '') return value
  throw broken('there is no ref where one belongs')
}

/** A ref or `null`. */
export function parseHead(value: unknown): Ref | null {
  return value === null ? null : parseRef(value)
}

/** Which head to move to what. */
export function parseHeadRequest(bytes: Uint8Array): HeadRequest {
  const { ref, previousHead } = parseObject(bytes)
  return {
    ref: parseRef(ref),
    previousHead: previousHead === undefined ? undefined : parseHead(previousHead)
  }
}
