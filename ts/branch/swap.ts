/**
 * Compare-and-swap with retry, as `update` and `merge` do it.
 *
 * An attempt that loses to others is repeated without limit. One that loses to itself, because its function writes to its
 * own branch, would lose for ever, so it ends after some attempts.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { type HistoError, hasCode } from '../base/errors.js'
import type { Ref } from '../base/types.js'

/** Most attempts that lost only to their own writes. */
const mostOwnConflicts = 16

/** The heads that a user's function moved while it ran. */
class OwnWrites {
  readonly #writes: Promise<unknown>[] = []
  readonly #outer: OwnWrites | undefined

  /** `outer`: the writes of the function within which this one was called; they include all that this one writes. */
  constructor(outer: OwnWrites | undefined) {
    this.#outer = outer
  }

  add(write: Promise<unknown>): void {
    this.#writes.push(write)
    this.#outer?.add(write)
  }

  /** Whether one of these writes made `head`. */
  async made(head: Ref | null): Promise<boolean> {
    const results = await Promise.allSettled(this.#writes)
    return results.some(
      (result) => result.status === 'fulfilled' && headsIn(result.value).includes(head)
    )
  }
}

/** The functions that are called for the first time: any write of the process may be theirs. */
const recorders = new Set<OwnWrites>()

/** From the second call on, attributes writes to functions. Slows every promise of the process while in use. */
const context = new AsyncLocalStorage<OwnWrites>()
let contexts = 0

/** Records a write for the functions that are running. Does nothing if none is. */
export function noteWrite(write: Promise<unknown>): void {
  if (recorders.size > 0) for (const recorder of recorders) recorder.add(write)
  if (contexts > 0) context.getStore()?.add(write)
}

/** Runs a user's function. */
export type Ask = <D>(call: () => D | Promise<D>) => Promise<D>

/** The outcome of an attempt whose head was moved meanwhile. */
export class Moved {
  readonly error: HistoError

  constructor(error: HistoError) {
    this.error = error
  }
}

/**
 * Repeats `attempt` until nobody moves the head meanwhile. An attempt calls the user's function through `ask`, and
 * returns the result of `unlessMoved`.
 *
 * @throws {HistoError} `HISTO_HEAD_CONFLICT` after it lost to its own writes 16 times
 */
export async function untilUnmoved<R>(attempt: (ask: Ask) => Promise<R | Moved>): Promise<R> {
  for (let own = 0; ; ) {
    const writes = new OwnWrites(contexts > 0 ? context.getStore() : undefined)
    const result = await attempt((call) => recorded(call, writes, own > 0))
    if (!(result instanceof Moved)) return result
    if (await writes.made(result.error.head ?? null)) own += 1
    if (own >= mostOwnConflicts) throw result.error
  }
}

/** Calls the function, and records its writes; `closely` excludes what others write meanwhile. */
async function recorded<D>(
  call: () => D | Promise<D>,
  writes: OwnWrites,
  closely: boolean
): Promise<D> {
  if (closely) contexts += 1
  else recorders.add(writes)
  try {
    return await (closely ? context.run(writes, call) : call())
  } finally {
    recorders.delete(writes)
    if (closely) contexts -= 1
    if (closely && contexts === 0) context.disable()
  }
}

/** The result of a write with `previousHead`, or `Moved` if the head was moved meanwhile. */
export async function unlessMoved<R>(write: Promise<R>): Promise<R | Moved> {
  try {
    return await write
  } catch (error) {
    if (hasCode(error, 'HISTO_HEAD_CONFLICT')) return new Moved(error)
    throw error
  }
}

/** The refs in the result of a write; none if it deleted the head. */
function headsIn(result: unknown): unknown[] {
  if (result === undefined) return [null]
  return Array.isArray(result) ? result : [result]
}
