/**
 * The protocol of both ends of HTTP: operations, headers, statuses, bounds and the shapes of JSON. `docs/protocol.md`
 * describes it, and changes first.
 *
 * Checks everything that the other end sent: any other shape is `HISTO_PROTOCOL`.
 */

import { isRecord } from '../base/arguments.js'
import { HistoError, type HistoErrorCode } from '../base/errors.js'
import { nameArgument, remoteNameArgument } from '../base/names.js'
import { parseJson } from '../base/parse.js'
import type { Ref } from '../base/types.js'

/** The version of the protocol, in a header of every request and response. */
export const protocolVersion = '1'
export const versionHeader = 'histo-revisions'

/**
 * A second header of every request and response: the abilities of its sender that were added since the first release of
 * this version, separated by commas. Unknown ones are ignored.
 */
export const abilitiesHeader = 'histo-revisions-can'
/**
 * All abilities of this code. `deltas`: accepts streams whose texts come as changes of earlier ones; `meta`: accepts
 * streams with metas; `deleted-from`: `branches-deleted` takes refs too.
 */
export const abilities = 'deltas, meta, deleted-from'

/** Whether the sender of such a header has an ability; without the header it has none. */
export function isAble(
  header: string | null,
  ability: 'deltas' | 'meta' | 'deleted-from'
): boolean {
  return header?.split(',').some((told) => told.trim() === ability) === true
}

/**
 * The header with the number of revisions in a response to `pull`, if the server knew it before the first; or of refs in
 * all pages of a `difference`.
 */
export const totalHeader = 'histo-revisions-total'

/** The media type of responses that are refs, bits or revisions, and of every request body. */
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
  head: 'POST',
  branches: 'POST',
  'branches-has': 'POST',
  'branches-pull': 'POST',
  'branches-revisions': 'POST',
  'branches-deleted': 'POST',
  'branches-changes': 'GET',
  'branches-noted': 'POST',
  'branches-head': 'POST',
  'branches-delete': 'POST'
} as const

export type Operation = keyof typeof operations

/** Whether an operation may be for many branches: then the request has a `prefix` of their names. */
export function isForMany(operation: Operation): boolean {
  return operation.startsWith('branches') || operation === 'push'
}

/** Most refs in a request for bits, and in one for revisions. */
export const mostRefsAsked = 65_536
/** Most refs in a page of `difference`. */
export const mostRefsOfPage = 32_768
/** Most refs in all pages of `difference`; more would not fit into memory. */
export const mostRefsAnswered = 50_000_000
/** Most bytes of JSON in either direction. */
export const mostJsonBytes = 65_536
/** Most seconds that `changes` may be asked to wait. */
export const longestWait = 55

/** Whether a handler lets heads be moved. */
export type HeadsPolicy = 'never' | 'fast-forward'

/** The response of `state`. */
export interface State {
  readonly name: string
  readonly head: Ref | null
  /** The remote head of the requested remote; absent if none was requested. */
  readonly remoteHead?: Ref | null
  readonly heads: HeadsPolicy
  readonly maxBodyBytes: number
  /** Whether pushes may have changes of texts that the server has. */
  readonly bases?: boolean
  /**
   * The fingerprint of tombstones, absent if there are none: for a writer, of those whose data is wanted; in `news`, of
   * all that the head reaches.
   */
  readonly tombstones?: string
}

/** The first part of the response of `news`: the state, and whether a stream of missing revisions follows. */
export interface News extends State {
  readonly follows: boolean
}

/** An error as a server reports it. */
export interface Complaint {
  readonly code: HistoErrorCode
  readonly message: string
  readonly ref?: string
  readonly head?: Ref | null
  readonly expected?: Ref | null
}

/** A requested move of the head, and the expected head; `undefined`: any. */
interface HeadRequest {
  readonly ref: Ref
  readonly previousHead: Ref | null | undefined
}

/** The error for anything that violates the protocol. */
export function broken(
  message: string,
  details: { readonly cause?: unknown; readonly retryable?: boolean } = {}
): HistoError {
  return new HistoError('HISTO_PROTOCOL', message, details)
}

/** Parses `bytes` as a JSON object. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isRecord(value)) return value
  } catch (cause) {
    throw broken('the body is not JSON', { cause })
  }
  throw broken('the body is not a JSON object')
}

/** Parses a state. */
export function parseState(bytes: Uint8Array): State {
  return stateIn(parseObject(bytes))
}

/** Parses the first part of `news`. */
export function parseNews(bytes: Uint8Array): News {
  const object = parseObject(bytes)
  const follows = object['follows'] === true
  const state = stateIn(object)
  if (follows && state.head === null) throw broken('a stream follows a head that is none')
  return { ...state, follows }
}

/** The kinds of what follows in a response of `branches`. */
const branchesAnswers = ['same', 'parts', 'list', 'changed'] as const

/** The first part of a response of `branches`. */
export interface BranchesHead {
  readonly is: (typeof branchesAnswers)[number]
  readonly name: string
  readonly heads: HeadsPolicy
  readonly maxBodyBytes: number
  /** Whether pushes may have changes of texts that the server has. */
  readonly bases: boolean
  /** How many branches there are, and the sum of their hashes. */
  readonly count: number
  readonly sum: string
  /** For a writer, the print of the revisions whose data is wanted. */
  readonly tombstones?: string
  /** How many parts sums follow of. */
  readonly parts: number
  /** Whether a list has further pages. */
  readonly more: boolean
  /** Whether a stream of revisions follows. */
  readonly follows: boolean
}

/** The part of an answer that repeats the one before it. */
type Repeated = Pick<BranchesHead, 'heads' | 'maxBodyBytes' | 'bases' | 'sum'>

function repeated(before: Repeated | undefined): Repeated | undefined {
  if (before === undefined) return undefined
  const { heads, maxBodyBytes, bases, sum } = before
  return { heads, maxBodyBytes, bases, sum }
}

/** Parses the first part of an answer of `branches`; `before`: what one before it said, which it may leave out. */
export function parseBranchesHead(bytes: Uint8Array, before?: Repeated): BranchesHead {
  const object: Readonly<Record<string, unknown>> = { ...repeated(before), ...parseObject(bytes) }
  const { name, heads, maxBodyBytes, count, sum, tombstones, parts = 0 } = object
  const is = branchesAnswers.find((each) => each === object['is'])
  if (is === undefined) throw broken('an answer about branches is of an unknown kind')
  if (heads !== 'never' && heads !== 'fast-forward') throw broken('it has no policy of heads')
  const numbers = [maxBodyBytes, count, parts]
  if (!numbers.every(Number.isSafeInteger)) throw broken('it lacks a number')
  if (typeof sum !== 'string') throw broken('it has no sum')
  return {
    is,
    name: parseName(name, 'the name of the database'),
    heads: heads as HeadsPolicy,
    maxBodyBytes: maxBodyBytes as number,
    bases: object['bases'] === true,
    count: count as number,
    sum,
    ...(typeof tombstones === 'string' ? { tombstones } : {}),
    parts: parts as number,
    more: object['more'] === true,
    follows: object['follows'] === true
  }
}

function stateIn(object: Readonly<Record<string, unknown>>): State {
  const { name, head, remoteHead, heads, maxBodyBytes, bases, tombstones } = object
  if (heads !== 'never' && heads !== 'fast-forward')
    throw broken('the state has no policy of heads')
  if (!Number.isSafeInteger(maxBodyBytes)) throw broken('the state has no maxBodyBytes')
  return {
    name: parseDatabase(name),
    head: parseHead(head),
    ...(remoteHead === undefined ? {} : { remoteHead: parseHead(remoteHead) }),
    heads,
    maxBodyBytes: maxBodyBytes as number,
    ...(bases === true ? { bases } : {}),
    ...(typeof tombstones === 'string' ? { tombstones } : {})
  }
}

/** Parses the name of a database or a remote. */
export function parseName(value: unknown, what: string): string {
  try {
    return nameArgument(value, what)
  } catch (cause) {
    throw broken(`${what} is none`, { cause })
  }
}

/** Parses the name of a database, or of a branch of one. */
function parseDatabase(value: unknown): string {
  try {
    return remoteNameArgument(value, 'name')
  } catch (cause) {
    throw broken('the name of the database is none', { cause })
  }
}

/** Parses the name of a remote, which may be that of a branch of a database. */
export function parseRemote(value: unknown): string {
  try {
    return remoteNameArgument(value, 'remote')
  } catch (cause) {
    throw broken('remote is none', { cause })
  }
}

export function parseRef(value: unknown): Ref {
  if (typeof value === 'string' && value !== '') return value
  throw broken('there is no ref where one belongs')
}

/** Parses a ref or `null`. */
export function parseHead(value: unknown): Ref | null {
  return value === null ? null : parseRef(value)
}

/** Parses a requested move. */
export function parseHeadRequest(bytes: Uint8Array): HeadRequest {
  const { ref, previousHead } = parseObject(bytes)
  return {
    ref: parseRef(ref),
    previousHead: previousHead === undefined ? undefined : parseHead(previousHead)
  }
}
