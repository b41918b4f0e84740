/**
 * The operations of a handler about many branches as calls of a client; each answer is checked.
 */

import { isName } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import type { HeadMoved } from '../../sync/delegate.js'
import { decodeBits, decodeRefs, encodeRefs } from '../../wire/wire-refs.js'
import { decodeNames, encodeNames } from '../compare.js'
import {
  type BranchesHead,
  broken,
  bytesType,
  jsonType,
  mostJsonBytes,
  mostRefsAsked,
  parseBranchesHead,
  parseObject
} from '../protocol.js'
import { joined, partsOf } from '../sections.js'
import { split } from '../split.js'
import { type Calls, flag } from './calls.js'
import type { Reply } from './client.js'
import { type BodyLimit, halves, ifItFits, inParts } from './oversized.js'

/** Most bytes of one part of an answer: 32,768 names of 255 bytes, or refs. */
const mostPart = 1 << 25
const mostBytesOfList = mostRefsAsked * 514
/** Most branches whose deletion is checked in one request. */
const mostGone = 4096

/** The subject of a call. */
export interface BranchesAsked {
  readonly prefix: string
  /** For a writer, the name under which the server records its branches. */
  readonly remote: string | undefined
  readonly signal: AbortSignal | undefined
  /** Whether texts may come as changes of texts in this database. */
  readonly bases?: boolean
}

/** The beginning of every answer of `branches`. */
export type BranchesState = Pick<
  BranchesHead,
  'name' | 'heads' | 'maxBodyBytes' | 'bases' | 'count' | 'sum' | 'tombstones'
>

/** A list of branches with their heads, and whether there are more. */
interface BranchList {
  readonly listed: ReadonlyMap<string, Ref>
  readonly more: boolean
}

/** An answer of `branches`. */
export type BranchesAnswer = BranchesState &
  (
    | { readonly is: 'same' }
    | { readonly is: 'parts'; readonly parts: number; readonly sums: Uint8Array }
    | ({ readonly is: 'list' } & BranchList)
    | {
        readonly is: 'changed'
        readonly known: readonly boolean[]
        readonly listed: BranchList['listed']
      }
  )

/** Reads the stream of revisions missing below the heads in an answer; `isWhole`: below all heads that were asked about. */
export type ReadStream = (
  answer: BranchesAnswer,
  reply: Reply,
  stream: AsyncIterable<Uint8Array>,
  isWhole?: boolean
) => Promise<void>

/** How an answer of `branches` is read. */
interface BranchesReading {
  readonly asked?: number
  readonly read?: ReadStream | undefined
  readonly before?: BranchesState | undefined
}

/** The calls about many branches over one connection. */
export class BranchCalls {
  readonly #calls: Calls

  constructor(calls: Calls) {
    this.#calls = calls
  }

  /** The most that a request may have, as far as that is known. */
  get limit(): BodyLimit {
    return this.#calls.client.limit
  }

  /**
   * Compares heads, or lists them. `asked`: how many short hashes are in the body; `before`: an answer of this run, which this
   * one need not repeat. Where a stream follows `read` takes it.
   */
  branches(
    { prefix, remote, signal, bases }: BranchesAsked,
    parameters: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
    { asked = 0, read, before }: BranchesReading = {}
  ): Promise<BranchesAnswer> {
    const call = {
      operation: 'branches',
      parameters: {
        prefix,
        remote,
        for: remote === undefined ? undefined : 'write',
        compress: '1',
        bases: flag(bases === true && read !== undefined),
        brief: flag(before !== undefined),
        ...parameters
      },
      body,
      signal
    } as const
    return this.#calls.client.ask(call, async (reply) => {
      reply.expectType(bytesType)
      const { first, rest } = await split(reply.chunks())
      const { follows, ...state } = parseBranchesHead(first, before)
      const chunks = { rest }
      const answer = await answerOf(state, chunks, asked)
      if (follows && read === undefined) throw broken('a stream follows that was not asked for')
      if (follows) await read?.(answer, reply, chunks.rest)
      return answer
    })
  }

  /** Lets `read` read what the branches reach and no ref of the body does; or, as `revisions`, exactly these. */
  stream<R>(
    operation: 'branches-pull' | 'branches-revisions',
    { prefix, signal, bases }: BranchesAsked,
    body: Uint8Array,
    read: (reply: Reply) => Promise<R>
  ): Promise<R> {
    const isPull = operation === 'branches-pull'
    const parameters = { prefix, compress: '1', bases: flag(isPull && bases) }
    return this.#calls.client.ask({ operation, parameters, body, signal }, (reply) => {
      reply.expectType(bytesType)
      return read(reply)
    })
  }

  /** Whether one of the branches reaches each of `refs`. */
  async has(
    asked: BranchesAsked,
    names: readonly string[],
    refs: readonly Ref[],
    wantsData = false
  ): Promise<boolean[]> {
    const all: boolean[] = []
    for (let at = 0; at < refs.length; at += mostRefsAsked) {
      const part = refs.slice(at, at + mostRefsAsked)
      for (const bit of await this.#hasOf(asked, names, part, wantsData)) all.push(bit)
    }
    return all
  }

  /** Like `has`. If the request is too large, asks for each half of the names or refs, whichever have more bytes. */
  async #hasOf(
    asked: BranchesAsked,
    names: readonly string[],
    refs: readonly Ref[],
    wantsData: boolean
  ): Promise<boolean[]> {
    const [first, second] = [encodeNames(names), encodeRefs(refs)]
    const splitsNames = names.length > 1 && first.length > second.length
    const { prefix, signal } = asked
    const parameters = { prefix, cut: '1', data: wantsData ? '1' : undefined }
    const body = joined([first, second])
    const call = { operation: 'branches-has', parameters, body, signal } as const
    const isLeast = !splitsNames && refs.length <= 1
    const send = () => this.#calls.client.ask(call, (reply) => bitsOf(reply, refs.length))
    const fits = await ifItFits(body, isLeast, send, this.limit)
    if (fits !== undefined) return fits.answer
    if (splitsNames) {
      const [one, other] = halves(names)
      const there = await this.#hasOf(asked, one, refs, wantsData)
      const rest = await this.#hasOf(asked, other, refs, wantsData)
      return there.map((isThere, place) => isThere || rest[place] === true)
    }
    const [one, other] = halves(refs)
    const there = await this.#hasOf(asked, names, one, wantsData)
    return [...there, ...(await this.#hasOf(asked, names, other, wantsData))]
  }

  /**
   * Those of the `gone` branches, given with their last heads, that are missing because they were deleted from these or
   * from later ones. None if the server cannot tell.
   */
  async deleted({ prefix, signal }: BranchesAsked, gone: Heads): Promise<Set<string>> {
    const deleted = new Set<string>()
    const { client } = this.#calls
    const bodyOf = (part: Heads) => joined(pairs(part))
    const send = async (body: Uint8Array, part: Heads) => {
      const call = { operation: 'branches-deleted', parameters: { prefix }, body, signal } as const
      const bits = await client.ask(call, (reply) => bitsOf(reply, part.length))
      for (const [place, [name]] of part.entries()) if (bits[place]) deleted.add(name)
    }
    if (!client.deletedFrom) return deleted
    try {
      for (let at = 0; at < gone.length; at += mostGone) {
        await inParts(gone.slice(at, at + mostGone), bodyOf, send, client.limit)
      }
    } catch (error) {
      if (client.deletedFrom) throw error
      deleted.clear() // the answer came from an older server behind the same address
    }
    return deleted
  }

  /** The sum of the heads, once it is not `sum`, or after `seconds`. */
  changes({ prefix, signal }: BranchesAsked, sum: string, seconds: number): Promise<string> {
    const parameters = { prefix, sum, wait: String(seconds) }
    const rest = seconds * 1000
    const call = { operation: 'branches-changes', parameters, rest, signal } as const
    return this.#calls.client.ask(call, async (reply) => {
      const { sum: now } = parseObject(await reply.bytes(jsonType, mostJsonBytes))
      if (typeof now === 'string') return now
      throw broken('the answer has no sum')
    })
  }

  /** Sets remote heads of this client's name, and deletes others: in one commit, if one request can hold them. */
  async note(
    asked: BranchesAsked,
    heads: ReadonlyMap<string, Ref>,
    gone: readonly string[]
  ): Promise<void> {
    const all: [string, Ref | null][] = [...heads]
    for (const name of gone) all.push([name, null])
    const bodyOf = (part: readonly [string, Ref | null][]) => {
      const noted = part.filter((entry): entry is [string, Ref] => entry[1] !== null)
      const forgotten = part.filter(([, ref]) => ref === null).map(([name]) => name)
      return joined([...pairs(noted), encodeNames(forgotten)])
    }
    await this.#write('branches-noted', asked, all, bodyOf, async (reply) => {
      parseObject(await reply.bytes(jsonType, mostJsonBytes))
    })
  }

  /** Moves heads of branches forward; returns the outcome of each. */
  async move(
    asked: BranchesAsked,
    heads: ReadonlyMap<string, Ref>
  ): Promise<Map<string, HeadMoved>> {
    const moved = new Map<string, HeadMoved>()
    const bodyOf = (part: Heads) => joined(pairs(part))
    await this.#write('branches-head', asked, [...heads], bodyOf, async (reply, part) => {
      const [numbers, refs] = partsOf(await reply.bytes(bytesType, mostBytesOfList), 2)
      const names = part.map(([name]) => name)
      const outcomes = movedOf(names, numbers ?? none, decodeRefs(refs ?? none, mostRefsAsked))
      for (const [name, outcome] of outcomes) moved.set(name, outcome)
    })
    return moved
  }

  /** Deletes branches that have these heads; returns which. */
  async remove(asked: BranchesAsked, heads: ReadonlyMap<string, Ref>): Promise<boolean[]> {
    const bits: boolean[][] = []
    const bodyOf = (part: Heads) => joined(pairs(part))
    await this.#write('branches-delete', asked, [...heads], bodyOf, async (reply, part) => {
      bits.push(await bitsOf(reply, part.length))
    })
    return bits.flat()
  }

  /** Changes heads of the server, in the name of this client's database, in as few requests as the server accepts. */
  async #write<Item>(
    operation: 'branches-noted' | 'branches-head' | 'branches-delete',
    { prefix, remote, signal }: BranchesAsked,
    items: readonly Item[],
    bodyOf: (part: readonly Item[]) => Uint8Array,
    read: (reply: Reply, part: readonly Item[]) => Promise<void>
  ): Promise<void> {
    const send = (body: Uint8Array, part: readonly Item[]) => {
      const call = { operation, parameters: { prefix, remote }, body, signal } as const
      return this.#calls.client.ask(call, (reply) => read(reply, part))
    }
    await inParts(items, bodyOf, send, this.#calls.client.limit)
  }
}

type Heads = readonly (readonly [string, Ref])[]

const none = new Uint8Array()

function pairs(heads: Heads): Uint8Array[] {
  return [encodeNames(heads.map(([name]) => name)), encodeRefs(heads.map(([, ref]) => ref))]
}

async function bitsOf(reply: Reply, count: number): Promise<boolean[]> {
  return decodeBits(await reply.bytes(bytesType, mostRefsAsked), count)
}

async function answerOf(
  state: Omit<BranchesHead, 'follows'>,
  chunks: { rest: AsyncGenerator<Uint8Array, void> },
  asked: number
): Promise<BranchesAnswer> {
  const next = async () => {
    const { first, rest } = await split(chunks.rest, mostPart)
    chunks.rest = rest
    return first
  }
  const { is, parts, more, ...common } = state
  if (is === 'same') return { ...common, is }
  if (is === 'parts') return { ...common, is, parts, sums: await next() }
  if (is === 'list') return { ...common, is, more, listed: headsOf(await next(), await next()) }
  const known = decodeBits(await next(), asked)
  return { ...common, is, known, listed: headsOf(await next(), await next()) }
}

function headsOf(names: Uint8Array, refs: Uint8Array): Map<string, Ref> {
  const [branches, heads] = [decodeNames(names), decodeRefs(refs, mostRefsAsked)]
  if (branches.length !== heads.length || !branches.every(isName)) {
    throw broken('the server told other names than heads')
  }
  return new Map(branches.map((name, place) => [name, heads[place] ?? '']))
}

function movedOf(
  names: readonly string[],
  numbers: Uint8Array,
  apart: readonly Ref[]
): Map<string, HeadMoved> {
  if (numbers.length !== names.length) throw broken('the server told other outcomes than asked for')
  const refs = [...apart].reverse()
  const moved = new Map<string, HeadMoved>()
  for (const [place, name] of names.entries()) moved.set(name, outcomeOf(numbers[place], refs))
  return moved
}

function outcomeOf(number: number | undefined, refs: Ref[]): HeadMoved {
  if (number === 0) return { is: 'moved' }
  if (number === 1) return { is: 'ahead' }
  if (number === 3) return { is: 'fixed', reason: 'denied' }
  const there = refs.pop()
  if (number !== 2 || there === undefined) throw broken('the server told no outcome of a head')
  return { is: 'apart', there: there === '-' ? null : there }
}
