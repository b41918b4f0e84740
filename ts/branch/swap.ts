/**
 * Compare-and-swap with retry, as `update` and `merge` do it.
 *
 * An attempt that loses to others is repeated without end. One that loses to itself, since its function writes to its
 * own branch, would do so for ever: that ends after some attempts.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'

/** Most attempts in which only itself was in the way. */
const mostOwnConflicts = 16

/** Heads that a function of the user's moved while it ran. */
class OwnWrites {
  readonly #writes: Promise<unknown>[] = []
  readonly #outer: OwnWrites | undefined

  /** `outer` are those of a function that this one was asked by: all that is written here is its too. */
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

/** The functions that are being asked for the first time: any write of the process may be theirs. */
const recorders = new Set<OwnWrites>()

/** From the second time on, whose writes are whose. Costs every promise of the process while it is used. */
const context = new AsyncLocalStorage<OwnWrites>()
let contexts = 0

/** Notes a write, for the functions that run meanwhile. Does nothing while none runs. */
export function noteWrite(write: Promise<unknown>): void {
  if (recorders.size > 0) for (const recorder of recorders) recorder.add(write)
  if (contexts > 0) context.getStore()?.add(write)
}

/** Runs a function of the user's. */
export type Ask = <D>(call: () => D | Promise<D>) => Promise<D>

/** The head was moved meanwhile. */
export class Moved {
  readonly error: HistoError

  constructor(error: HistoError) {
    this.error = error
  }
}

/**
 * Tries until the head was not moved meanwhile. An attempt asks the user's function through `ask`, and
 * returns what `unlessMoved` does.
 *
 * @throws {HistoError} `HISTO_HEAD_CONFLICT` once only its own writes were in the way 16 times
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

/** Calls the function, and notes what it writes; `closely` leaves out what others write meanwhile. */
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

/** The result of a write with `previousHead`, or that the head was moved meanwhile. */
export async function unlessMoved<R>(write: Promise<R>): Promise<R | Moved> {
  try {
    return await write
  } catch (error) {
    if (error instanceof HistoError && error.code === 'HISTO_HEAD_CONFLICT') return new Moved(error)
    throw error
  }
}

/** The heads that a write's result names: its ref, its refs; none where it took the head away. */
function headsIn(result: unknown): unknown[] {
  if (result === undefined) return [null]
  return Array.isArray(result) ? result : [result]
}
