/**
 * Compare-and-swap with retry, as `update` and `merge` do it.
 */

import { HistoError } from '../base/errors.js'

/** Tries until the head was not moved meanwhile. `attempt` answers `undefined` where it was. */
export async function untilUnmoved<R>(attempt: () => Promise<R | undefined>): Promise<R> {
  for (;;) {
    const result = await attempt()
    if (result !== undefined) return result
  }
}

/** The result of a write with `previousHead`; `undefined` where the head was moved meanwhile. */
export async function unlessMoved<R>(write: Promise<R>): Promise<R | undefined> {
  try {
    return await write
  } catch (error) {
    if (error instanceof HistoError && error.code === 'HISTO_HEAD_CONFLICT') return undefined
    throw error
  }
}
