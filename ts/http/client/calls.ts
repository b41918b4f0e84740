/**
 * The operations of a handler as calls of a client; each answer is checked. They do not retry: only their
 * callers know what may be sent twice.
 */

import { HistoError, headConflict } from '../../base/errors.js'
import type { Ref } from '../../base/types.js'
import type { WireItem } from '../../wire/wire.js'
import { itemsOf } from '../../wire/wire.js'
import { decodeBits, decodeRefs, encodeRefs } from '../../wire/wire-refs.js'
import {
  broken,
  bytesType,
  jsonType,
  mostJsonBytes,
  mostRefsAnswered,
  mostRefsAsked,
  mostRefsOfPage,
  parseHead,
  parseNews,
  parseObject,
  parseState,
  type State,
  totalHeader
} from '../protocol.js'
import { split } from '../split.js'
import type { Call, Client, Reply } from './client.js'
import { inParts } from './oversized.js'
import { retrying } from './retries.js'
import type { Named } from './tips.js'
import { Waits } from './waits.js'

/** The remote in whose name a call is made, its signal, and variants. */
export interface CallOptions {
  readonly signal: AbortSignal | undefined
  /** The name of the writing database; `undefined`: nothing is written. */
  readonly remote?: string | undefined
  /** For a push for many branches: the beginning of their names. */
  readonly prefix?: string | undefined
  /** Whether revisions that were cut away count as present. */
  readonly countsCut?: boolean
  /** Whether revisions without their data count as missing. */
  readonly wantsData?: boolean
}

/** Options of a request for a part of the history. */
interface HistoryOptions {
  readonly signal: AbortSignal | undefined
  /** Whether texts may come as changes of texts in this database. */
  readonly bases?: boolean
}

/** Most bytes of a list of refs in an answer: 64 characters a ref on average. */
const mostBytesOfRefs = mostRefsAnswered * 80

/** The calls over one connection. */
export class Calls {
  readonly client: Client
  readonly branch: string | undefined
  readonly waits: Waits = new Waits()
  /** The last pushed head, or the sum of many, with the print of wanted revisions, if none of those was here. */
  offered = ''

  /** @param branch the branch of all calls; `undefined`: the server's default */
  constructor(client: Client, branch?: string) {
    this.client = client
    this.branch = branch
  }

  #ask<R>(call: Call, read: (answer: Reply) => Promise<R>): Promise<R> {
    const { branch } = this
    if (branch === undefined) return this.client.ask(call, read)
    return this.client.ask({ ...call, parameters: { ...call.parameters, branch } }, read)
  }

  /** Retries `attempt` after network failures, as often as the client's settings allow. */
  retrying<R>(
    signal: AbortSignal | undefined,
    attempt: (progressed: () => void) => Promise<R>
  ): Promise<R> {
    return retrying({ retries: this.client.settings.retries, signal }, attempt)
  }

  /** The database's state; with `isForWriting` also the remote head of `remote`. */
  state({ signal, remote }: CallOptions, isForWriting: boolean): Promise<State> {
    const parameters = { remote, for: isForWriting ? 'write' : undefined }
    return this.#ask({ operation: 'state', parameters, signal }, async (answer) => {
      const state = parseState(await answer.bytes(jsonType, mostJsonBytes))
      if (isForWriting && state.remoteHead === undefined)
        throw broken('the state has no remoteHead')
      return state
    })
  }

  /** The state, and the stream of missing revisions if the `named` refs determine them; `read` gets both. */
  news<R>(
    { refs, bounds }: Named,
    { signal, bases }: HistoryOptions,
    read: (news: State, answer: Reply, stream: AsyncIterable<Uint8Array> | undefined) => Promise<R>
  ): Promise<R> {
    const parameters = { bounds: bounds?.toString(), compress: '1', bases: flag(bases) }
    const call = { operation: 'news', parameters, body: encodeRefs(refs), signal } as const
    return this.#ask(call, async (answer) => {
      answer.expectType(bytesType)
      const { first, rest } = await split(answer.chunks())
      const news = parseNews(first)
      return await read(news, answer, news.follows ? rest : undefined)
    })
  }

  /** Whether each of `refs` exists: anywhere in the database for a writer, otherwise below its head. */
  async has(refs: readonly Ref[], options: CallOptions): Promise<boolean[]> {
    const { signal, remote, countsCut, wantsData } = options
    const purpose = remote === undefined ? undefined : 'write'
    const cut = countsCut === true ? '1' : undefined
    const data = wantsData === true ? '1' : undefined
    const parameters = { remote, for: purpose, cut, data }
    const all: boolean[][] = []
    const send = async (body: Uint8Array, part: readonly Ref[]) => {
      const read = async (answer: Reply) =>
        decodeBits(await answer.bytes(bytesType, mostRefsAsked), part.length)
      all.push(await this.#ask({ operation: 'has', parameters, body, signal }, read))
    }
    for (let at = 0; at < refs.length; at += mostRefsAsked) {
      const asked = refs.slice(at, at + mostRefsAsked)
      await inParts(asked, encodeRefs, send, this.client.limit)
    }
    return all.flat()
  }

  /** The refs whose data the database wants, from number `from` on; 65,536, or fewer at the end. */
  lacking(from: number, { signal, remote, prefix }: CallOptions): Promise<Ref[]> {
    const parameters = { remote, prefix, from: String(from) }
    return this.#ask({ operation: 'lacking', parameters, signal }, async (answer) =>
      decodeRefs(await answer.bytes(bytesType, mostRefsAsked * 80), mostRefsAsked)
    )
  }

  /** The refs that `to` and none of `from` reach, newest first, requested page by page. */
  async difference(from: readonly Ref[], to: Ref, signal: AbortSignal | undefined): Promise<Ref[]> {
    const all: Ref[] = []
    const body = encodeRefs([to, ...from])
    for (;;) {
      const parameters = { limit: String(mostRefsOfPage), after: all.at(-1) }
      const call = { operation: 'difference', parameters, body, signal } as const
      const { page, total } = await this.#ask(call, async (answer) => ({
        page: decodeRefs(await answer.bytes(bytesType, mostBytesOfRefs), mostRefsAnswered),
        total: Number(answer.header(totalHeader) ?? 0)
      }))
      for (const ref of page) all.push(ref)
      if (all.length >= total) return all
      if (page.length === 0) throw broken('the server has fewer refs than it announced')
      if (all.length > mostRefsAnswered) throw broken(`it has over ${mostRefsAnswered} refs`)
    }
  }

  /** Fetches revisions, each of them once. */
  async revisions(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<WireItem[]> {
    const asked = [...new Set(refs)]
    const items = await this.#revisionsOnce(asked, signal)
    if (asked.length === refs.length) return items
    const byRef = new Map(items.map((item) => [item.ref, item]))
    return refs.flatMap((ref) => byRef.get(ref) ?? [])
  }

  #revisionsOnce(refs: readonly Ref[], signal: AbortSignal | undefined): Promise<WireItem[]> {
    return this.stream('revisions', refs, { signal }, async (answer) => {
      const { maxRevisionBytes } = this.client.settings
      const maxBytes = Number.MAX_SAFE_INTEGER
      const items: WireItem[] = []
      const batches = itemsOf(answer.chunks(), { signal, maxRevisionBytes, maxBytes })
      for await (const batch of batches) items.push(...batch)
      if (items.length === refs.length && items.every(({ ref }, place) => ref === refs[place])) {
        return items
      }
      throw broken('the server sent other revisions than those asked for')
    })
  }

  /** Lets `read` read these `revisions`, or those that a `pull` of these refs brings. */
  stream<R>(
    operation: 'revisions' | 'pull',
    refs: readonly Ref[],
    { signal, bases }: HistoryOptions,
    read: (answer: Reply) => Promise<R>
  ): Promise<R> {
    const parameters = { compress: '1', bases: flag(bases) }
    return this.#ask({ operation, parameters, body: encodeRefs(refs), signal }, (answer) => {
      answer.expectType(bytesType)
      return read(answer)
    })
  }

  /** Sends revisions; with `head` the server then records it as the remote head. `changes`: their texts may be
   * changes of earlier ones, `bases`: of texts that the server has. */
  push(
    body: Uint8Array | ReadableStream<Uint8Array>,
    { signal, remote, prefix }: CallOptions,
    { head, changes, bases }: { head?: Ref | undefined; changes?: boolean; bases?: boolean } = {}
  ): Promise<void> {
    const parameters = { remote, prefix, head, changes: flag(changes), bases: flag(bases) }
    return this.#ask({ operation: 'push', parameters, body, signal }, settled)
  }

  setRemoteHead(ref: Ref, { signal, remote }: CallOptions): Promise<void> {
    const body = inJson({ ref })
    return this.#ask({ operation: 'remote-head', parameters: { remote }, body, signal }, settled)
  }

  /** Moves the head, from `previousHead` if that is given. A conflict names the branch, if this side does. */
  async setHead(
    ref: Ref,
    previousHead: Ref | null | undefined,
    { signal, remote }: CallOptions
  ): Promise<void> {
    const body = inJson({ ref, previousHead })
    try {
      await this.#ask({ operation: 'head', parameters: { remote }, body, signal }, settled)
    } catch (error) {
      const isConflict = error instanceof HistoError && error.code === 'HISTO_HEAD_CONFLICT'
      const { branch } = this
      if (!isConflict || branch === undefined) throw error
      throw headConflict(branch, error.head ?? null, error.expected ?? null)
    }
  }

  /** The head, once it is not `since`, or after `seconds`. */
  changes(
    since: Ref | null,
    seconds: number,
    signal: AbortSignal | undefined
  ): Promise<Ref | null> {
    const parameters = { since: since ?? '', wait: String(seconds) }
    const call = { operation: 'changes', parameters, rest: seconds * 1000, signal } as const
    return this.#ask(call, async (answer) =>
      parseHead(parseObject(await answer.bytes(jsonType, mostJsonBytes))['head'])
    )
  }
}

/** A parameter that says yes, or is left out. */
export function flag(isSet: boolean | undefined): '1' | undefined {
  return isSet === true ? '1' : undefined
}

function inJson(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** Reads an answer that only confirms success. */
async function settled(answer: Reply): Promise<void> {
  parseObject(await answer.bytes(jsonType, mostJsonBytes))
}
