/**
 * The queue of writes over user stores: they run and settle in the order of the calls.
 *
 * Holds the queue, the chains and the outcomes; each write is given as a function. One write, or one run of puts,
 * runs at a time, so that heads move one after another.
 */

import { HistoError, hasCode } from '../base/errors.js'
import { listenTo } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Awaitable, Draft, HeadMove } from '../engine.js'

/** A revision whose payload is put again, and the meta of the new one. */
export interface Restored {
  readonly ref: Ref
  readonly meta: string | undefined
}

/** A waiting put; several of one branch without conditions are written together. */
export interface QueuedPut {
  readonly branch: string
  readonly drafts: readonly Draft[]
  /** In place of drafts: the revision whose payload is put again, to be read in its turn. */
  readonly restored?: Restored
  readonly move: HeadMove
  /** Its link in the branch's chain; `undefined` if it is not chained. */
  readonly link: ChainLink | undefined
  readonly resolve: (refs: Ref[]) => void
  readonly reject: (error: unknown) => void
}

/** Any other waiting write. */
export interface QueuedCall {
  readonly call: () => Awaitable<void>
  readonly reject: (error: unknown) => void
}

/** The error for a write that is chained on a failed one. */
export function chainedFailure(cause: unknown): HistoError {
  const message = 'the write that this one was chained on failed'
  return new HistoError('HISTO_CHAINED', message, { cause })
}

/** A queue whose operations cost the same whatever its length. */
export class Queue<E> {
  #entries: E[] = []
  #next = 0

  push(entry: E): void {
    this.#entries.push(entry)
  }

  /** Takes the first. */
  take(): E | undefined {
    const entry = this.#entries[this.#next]
    if (entry !== undefined) this.#drop(1)
    return entry
  }

  /** Takes entries from the front for as long as they are accepted. */
  takeWhile<A extends E>(accepts: (entry: E) => entry is A): A[] {
    const taken: A[] = []
    for (let at = this.#next; at < this.#entries.length; at += 1) {
      const entry = this.#entries[at]
      if (entry === undefined || !accepts(entry)) break
      taken.push(entry)
    }
    this.#drop(taken.length)
    return taken
  }

  takeAll(): E[] {
    const taken = this.#entries.slice(this.#next)
    this.#drop(taken.length)
    return taken
  }

  /** Frees taken entries once they are half of the array. */
  #drop(count: number): void {
    this.#next += count
    if (this.#next * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#next)
    this.#next = 0
  }
}

/** Chains a write on the latest unsettled one of its branch. */
export class ChainLink {
  #before: ChainLink | undefined
  /** Whether its caller still waits. */
  isUnsettled = true
  /** Its failure, once it has ended. */
  ended: unknown
  readonly #deafen: (() => void) | undefined

  /**
   * @param before the link that it follows, if that is unsettled
   * @param signal ends it for its caller, and for later writes
   */
  constructor(before: ChainLink | undefined, signal: AbortSignal | undefined) {
    if (before?.isUnsettled) this.#before = before
    if (signal === undefined) return
    this.#deafen = listenTo(signal, () => {
      this.isUnsettled = false
    })
  }

  /** The failure of the write that it is chained on, if any. */
  failure(): unknown {
    return this.#before?.ended
  }

  /** Notes how it ended. Misuse and a refusal count as no call: later writes are chained on the one before it. */
  settled(failure: unknown): void {
    this.#deafen?.()
    this.isUnsettled = false
    this.ended = isOutside(failure) ? this.failure() : failure
    this.#before = undefined
  }
}

/** The chains of a database's branches. */
export class Chains {
  readonly #latest = new Map<string, ChainLink>()

  /** Begins a write of a branch; if it `leads`, later ones are chained on it. */
  lead(branch: string, leads: boolean, signal?: AbortSignal): ChainLink | undefined {
    if (!leads) return undefined
    const link = new ChainLink(this.#latest.get(branch), signal)
    this.#latest.set(branch, link)
    return link
  }
}

/** Whether a failure breaks no chain. */
export function isOutside(failure: unknown): boolean {
  return failure instanceof TypeError || failure instanceof Refusal
}

/** Whether a put is chained on the writes under way in its branch. */
export function follows({ drafts }: QueuedPut): boolean {
  return drafts[0]?.ancestors === undefined
}

/** Why a put was refused before it was tried, as if at the call: nothing is chained on it. */
export class Refusal {
  readonly reason: unknown

  constructor(reason: unknown) {
    this.reason = reason
  }
}

/** The end of one put of a run; its error may be a `Refusal`. */
export interface Outcome {
  readonly put: QueuedPut
  readonly refs?: Ref[]
  readonly error?: unknown
}

/** Runs one put, unless it is chained on a failed one, and reports its outcome. */
export async function settle(put: QueuedPut, write: () => Promise<Ref[]>): Promise<void> {
  const chained = follows(put) ? put.link?.failure() : undefined
  try {
    if (chained !== undefined) throw chainedFailure(chained)
    report({ put, refs: await write() })
  } catch (error) {
    report({ put, error })
  }
}

/** Settles a put as it ended. A put that follows a failed one of its run is chained on it. */
export function report({ put, refs, error }: Outcome): void {
  if (refs !== undefined) {
    put.link?.settled(undefined)
    put.resolve(refs)
    return
  }
  if (error instanceof Refusal) {
    put.link?.settled(error)
    put.reject(error.reason)
    return
  }
  const cause = follows(put) ? put.link?.failure() : undefined
  const failure =
    cause === undefined || hasCode(error, 'HISTO_CHAINED') ? error : chainedFailure(cause)
  put.link?.settled(failure)
  put.reject(failure)
}
