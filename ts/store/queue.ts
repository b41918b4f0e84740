/**
 * Writes over stores of the user's: queued in the order of the calls, settled in that order.
 *
 * Holds the queue and the chains; what one write does is given as a function. One write, or one run
 * of puts, is under way at a time, so that heads are moved one after another.
 */

import { HistoError } from '../base/errors.js'
import { listenTo } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Awaitable, Draft, HeadMove } from '../engine.js'

/** A put that waits; several of one branch without conditions go out together. */
export interface QueuedPut {
  readonly branch: string
  readonly drafts: readonly Draft[]
  readonly move: HeadMove
  /** What later writes of the branch are chained on, and what this one is; none: it stands outside. */
  readonly link: ChainLink | undefined
  readonly resolve: (refs: Ref[]) => void
  readonly reject: (error: unknown) => void
}

/** Any other write that waits. */
export interface QueuedCall {
  readonly call: () => Awaitable<void>
  readonly reject: (error: unknown) => void
}

/** The error for a write that is chained on a failed one. */
export function chainedFailure(cause: unknown): HistoError {
  const message = 'the write that this one was chained on failed'
  return new HistoError('HISTO_CHAINED', message, { cause })
}

/** A queue that costs the same a turn however long it is. */
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

  /** Takes those at the front that are accepted. */
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

  /** What was taken is let go once it is half of what is held. */
  #drop(count: number): void {
    this.#next += count
    if (this.#next * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#next)
    this.#next = 0
  }
}

/** How a write is chained: on the latest unsettled one of its branch. */
export class ChainLink {
  #before: ChainLink | undefined
  /** Until it has ended, for its caller. */
  isUnsettled = true
  /** What it failed with, once it has ended. */
  ended: unknown
  readonly #deafen: (() => void) | undefined

  /**
   * @param before the one that it follows, if that is unsettled
   * @param signal ends it for its caller, and for those that come later
   */
  constructor(before: ChainLink | undefined, signal: AbortSignal | undefined) {
    if (before?.isUnsettled) this.#before = before
    if (signal === undefined) return
    this.#deafen = listenTo(signal, () => {
      this.isUnsettled = false
    })
  }

  /** The error of what it is chained on, once that has failed. */
  failure(): unknown {
    return this.#before?.ended
  }

  /** Notes how it ended. Misuse counts as never asked for: what follows is chained on what was before it. */
  settled(failure: unknown): void {
    this.#deafen?.()
    this.isUnsettled = false
    this.ended = failure instanceof TypeError ? this.failure() : failure
    this.#before = undefined
  }
}

/** The chains of a database's branches. */
export class Chains {
  readonly #latest = new Map<string, ChainLink>()

  /** A write of a branch begins; later ones are chained on it where it moves the head. */
  lead(branch: string, leads: boolean, signal?: AbortSignal): ChainLink | undefined {
    if (!leads) return undefined
    const link = new ChainLink(this.#latest.get(branch), signal)
    this.#latest.set(branch, link)
    return link
  }
}

/** Whether a put is chained on what its branch has under way. */
export function follows({ drafts }: QueuedPut): boolean {
  return drafts[0]?.ancestors === undefined
}

/** How one put of a run ended. */
export interface Outcome {
  readonly put: QueuedPut
  readonly refs?: Ref[]
  readonly error?: unknown
}

/** Runs one put, unless it is chained on a failed one, and reports how it ended. */
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
  const cause = follows(put) ? put.link?.failure() : undefined
  const isChained = error instanceof HistoError && error.code === 'HISTO_CHAINED'
  const failure = cause === undefined || isChained ? error : chainedFailure(cause)
  put.link?.settled(failure)
  put.reject(failure)
}
