/**
 * Queries of the addon that may take long: it returns the result at once, or a promise while its walkers work. Many refs
 * are taken in chunks with a turn of the event loop in between.
 */

import { types } from 'node:util'
import type { Ref } from '../base/types.js'
import type { Awaitable } from '../engine.js'
import {
  errorOf,
  type Failure,
  fromNative,
  isBehind,
  type NativeDatabase,
  native
} from '../native.js'
import { inSlices } from './ref-chunks.js'

/** Ends the queries of a signal. */
export type End = ReturnType<typeof native.withdrawal>

/** Many refs that a query found; they must be freed. */
export type Many = Awaited<ReturnType<typeof native.toSend>>

/** The object that ends the queries of a signal, and how many of them are pending. */
interface Ending {
  readonly end: End
  readonly listener: () => void
  waiting: number
}

const endings = new WeakMap<AbortSignal, Ending>()
/** An `End` that belongs to no signal yet. */
let spare: End | undefined

/** The pending queries of one database. */
export class Walks {
  readonly #db: NativeDatabase
  readonly #path: string | undefined
  readonly #underWay = new Set<Promise<unknown>>()

  /** `path` is the database's, for its errors. */
  constructor(db: NativeDatabase, path: string | undefined) {
    this.#db = db
    this.#path = path
  }

  /** Reads: at once or, if another process wrote much, when the walkers have loaded that. */
  read<R>(call: () => R | Promise<R>): Awaitable<R> {
    return this.ask(undefined, call, (answer) => answer)
  }

  /** As `read`, for a call that never returns a promise: costs nothing besides it, unless it fails and is made again. */
  readNow<A, R>(call: (db: NativeDatabase, argument: A) => R, argument: A): Awaitable<R> {
    try {
      return call(this.#db, argument)
    } catch {
      return this.read(() => call(this.#db, argument))
    }
  }

  /** Queries, and converts the result; synchronous if the addon is. */
  ask<N, R>(
    signal: AbortSignal | undefined,
    call: (end: End | undefined) => N | Promise<N>,
    take: (answer: N) => Awaitable<R>
  ): Awaitable<R> {
    const again = () => this.ask(signal, call, take)
    return fromNative(this.#path, () => {
      try {
        const answer = call(endOf(signal))
        const taken = types.isPromise(answer)
          ? this.#later(answer, signal, take, again)
          : take(answer as N)
        return types.isPromise(taken) ? this.track(taken) : taken
      } catch (error) {
        if (!isBehind(error)) throw error
        return this.track(this.#takeIn().then(again))
      }
    })
  }

  /** Resolves when none is pending; `undefined` if none is. */
  settled(): Promise<unknown> | undefined {
    return this.#underWay.size === 0 ? undefined : Promise.allSettled(this.#underWay)
  }

  /** Makes closing wait for `promise`, work of several steps. */
  track<R>(promise: Promise<R>): Promise<R> {
    this.#underWay.add(promise)
    const forget = () => this.#underWay.delete(promise)
    promise.then(forget, forget)
    return promise
  }

  async #later<N, R>(
    answer: Promise<N>,
    signal: AbortSignal | undefined,
    take: (answer: N) => Awaitable<R>,
    again: () => Awaitable<R>
  ): Promise<R> {
    let found: N
    try {
      found = await settle(answer, signal, this.#path)
    } catch (error) {
      if (!isBehind(error)) throw error
      await this.#takeIn()
      return await again()
    }
    signal?.throwIfAborted()
    return await fromNative(this.#path, () => take(found))
  }

  /** Makes the walkers load what others wrote. */
  #takeIn(): Promise<void> {
    return settle(native.takeIn(this.#db), undefined, this.#path)
  }
}

/**
 * Waits for a result of the addon. The signal ends the wait, and its reason is thrown. Must be called in the same turn in
 * which `endOf(signal)` was passed to the addon.
 */
export async function settle<N>(
  answer: Promise<N>,
  signal: AbortSignal | undefined,
  path: string | undefined
): Promise<N> {
  const forget = endOnAbort(signal)
  try {
    return await answer
  } catch (failure) {
    signal?.throwIfAborted()
    throw isBehind(failure) ? failure : errorOf(failure as Failure, path)
  } finally {
    forget()
  }
}

/** The refs that a query found, in order. */
export function refsOf(found: Ref[] | Many, signal: AbortSignal | undefined): Awaitable<Ref[]> {
  return Array.isArray(found)
    ? found
    : freed(found, () => someRefsOf(found, signal, 0, found.count))
}

/** `limit` of the refs that a query found, from number `start` on. */
export function someRefsOf(
  { count, refs }: Many,
  signal: AbortSignal | undefined,
  start: number,
  limit: number
): Promise<Ref[]> {
  const write = (place: number, room: Uint8Array) => native.refsOf(refs, start + place, room)
  return inSlices(Math.min(limit, count - start), write, signal)
}

/** Calls `take`, and then frees the refs. */
export async function freed<R>({ refs }: Many, take: () => R | Promise<R>): Promise<R> {
  try {
    return await take()
  } finally {
    native.freeFound(refs)
  }
}

/**
 * The object that ends the queries of a signal, for one call of the addon. Making one takes longer than a short query, so
 * a spare one is passed, which becomes the signal's own only if a promise is awaited.
 */
export function endOf(signal: AbortSignal | undefined): End | undefined {
  if (signal === undefined) return undefined
  const known = endings.get(signal)?.end
  if (known !== undefined) return known
  spare ??= native.withdrawal()
  return spare
}

/** Makes the object that was passed to the last call the signal's own. */
function endingOf(signal: AbortSignal): Ending {
  const known = endings.get(signal)
  if (known !== undefined) return known
  const end = spare ?? native.withdrawal()
  spare = undefined
  const ending = { end, listener: () => native.withdraw(end), waiting: 0 }
  endings.set(signal, ending)
  return ending
}

/** Listens to a signal once for all its queries, while one of them is pending. */
function endOnAbort(signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined
  const ending = endingOf(signal)
  if (signal.aborted) {
    ending.listener()
    return () => undefined
  }
  if (ending.waiting === 0) signal.addEventListener('abort', ending.listener, { once: true })
  ending.waiting += 1
  return () => {
    ending.waiting -= 1
    if (ending.waiting === 0) signal.removeEventListener('abort', ending.listener)
  }
}
