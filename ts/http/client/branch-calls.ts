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

/** Most bytes of one part of an answer: 32,768 names of 255 bytes, or refs. */
const mostPart = 1 << 25
const mostBytesOfList = mostRefsAsked * 514

/** What a call is about. */
export interface BranchesAsked {
  readonly prefix: string
  /** For a writer, the name under which its branches are remembered. */
  readonly remote: string | undefined
  readonly signal: AbortSignal | undefined
  /** Whether texts may come as changes of those here. */
  readonly bases?: boolean
}

/** What every answer of `branches` begins with. */
export type BranchesState = Pick<
  BranchesHead,
  'name' | 'heads' | 'maxBodyBytes' | 'bases' | 'count' | 'sum'
>

/** A list of branches with their heads, and whether there are more. */
export interface BranchList {
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

/** Reads the stream of what is missing of the heads that an answer tells. */
export type ReadStream = (
  answer: BranchesAnswer,
  reply: Reply,
  stream: AsyncIterable<Uint8Array>
) => Promise<void>

/** The calls about many branches over one connection. */
export class BranchCalls {
  readonly #calls: Calls

  constructor(calls: Calls) {
    this.#calls = calls
  }

  /**
   * Compares heads, or lists them. `body`: the parts of the request; `asked`: how many short hashes are in it. Where a stream
   * follows `read` takes it.
   */
  branches(
    { prefix, remote, signal, bases }: BranchesAsked,
    parameters: Readonly<Record<string, string | undefined>>,
    body: readonly Uint8Array[],
    { asked = 0, read }: { readonly asked?: number; readonly read?: ReadStream | undefined } = {}
  ): Promise<BranchesAnswer> {
    const call = {
      operation: 'branches',
      parameters: {
        prefix,
        remote,
        for: remote === undefined ? undefined : 'write',
        compress: '1',
        bases: flag(bases === true && read !== undefined),
        ...parameters
      },
      body: joined(body),
      signal
    } as const
    return this.#calls.client.ask(call, async (reply) => {
      reply.expectType(bytesType)
      const { first, rest } = await split(reply.chunks())
      const { follows, ...state } = parseBranchesHead(first)
      const chunks = { rest }
      const answer = await answerOf(state, chunks, asked)
      if (follows && read === undefined) throw broken('a stream follows that was not asked for')
      if (follows) await read?.(answer, reply, chunks.rest)
      return answer
    })
  }

  /** Has `read` take what the branches reach and none of `refs` does; or, as `revisions`, just these. */
  stream<R>(
    operation: 'branches-pull' | 'branches-revisions',
    { prefix, signal, bases }: BranchesAsked,
    names: readonly string[],
    refs: readonly Ref[],
    read: (reply: Reply) => Promise<R>
  ): Promise<R> {
    const body = joined([encodeNames(names), encodeRefs(refs)])
    const isPull = operation === 'branches-pull'
    const parameters = { prefix, compress: '1', bases: flag(isPull && bases) }
    return this.#calls.client.ask({ operation, parameters, body, signal }, (reply) => {
      reply.expectType(bytesType)
      return read(reply)
    })
  }

  /** Whether one of the branches reaches each of `refs`. */
  async has(
    { prefix, signal }: BranchesAsked,
    names: readonly string[],
    refs: readonly Ref[],
    wantsData = false
  ): Promise<boolean[]> {
    const all: boolean[] = []
    for (let at = 0; at < refs.length; at += mostRefsAsked) {
      const part = refs.slice(at, at + mostRefsAsked)
      const body = joined([encodeNames(names), encodeRefs(part)])
      const parameters = { prefix, cut: '1', data: wantsData ? '1' : undefined }
      const call = { operation: 'branches-has', parameters, body, signal } as const
      const bits = await this.#calls.client.ask(call, (reply) => bitsOf(reply, part.length))
      for (const bit of bits) all.push(bit)
    }
    return all
  }

  /** Which branches are not there since they were deleted. */
  deleted({ prefix, signal }: BranchesAsked, names: readonly string[]): Promise<boolean[]> {
    const body = joined([encodeNames(names)])
    const call = { operation: 'branches-deleted', parameters: { prefix }, body, signal } as const
    return this.#calls.client.ask(call, (reply) => bitsOf(reply, names.length))
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

  /** Sets remote heads of this client's name, and forgets others. */
  note(
    asked: BranchesAsked,
    heads: ReadonlyMap<string, Ref>,
    gone: readonly string[]
  ): Promise<void> {
    const parts = [...pairs(heads), encodeNames(gone)]
    return this.#write('branches-noted', asked, parts, async (reply) => {
      parseObject(await reply.bytes(jsonType, mostJsonBytes))
    })
  }

  /** Moves heads of branches forward; what became of each. */
  move(asked: BranchesAsked, heads: ReadonlyMap<string, Ref>): Promise<Map<string, HeadMoved>> {
    return this.#write('branches-head', asked, pairs(heads), async (reply) => {
      const [numbers, refs] = partsOf(await reply.bytes(bytesType, mostBytesOfList), 2)
      return movedOf([...heads.keys()], numbers ?? none, decodeRefs(refs ?? none, mostRefsAsked))
    })
  }

  /** Deletes branches that stand at these heads; which of them. */
  remove(asked: BranchesAsked, heads: ReadonlyMap<string, Ref>): Promise<boolean[]> {
    return this.#write('branches-delete', asked, pairs(heads), (reply) => bitsOf(reply, heads.size))
  }

  /** A call that changes heads of the server, in the name of this client's database. */
  #write<R>(
    operation: 'branches-noted' | 'branches-head' | 'branches-delete',
    { prefix, remote, signal }: BranchesAsked,
    parts: readonly Uint8Array[],
    read: (reply: Reply) => Promise<R>
  ): Promise<R> {
    const call = { operation, parameters: { prefix, remote }, body: joined(parts), signal } as const
    return this.#calls.client.ask(call, read)
  }
}

const none = new Uint8Array()

function pairs(heads: ReadonlyMap<string, Ref>): Uint8Array[] {
  return [encodeNames([...heads.keys()]), encodeRefs([...heads.values()])]
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
