/**
 * How puts over stores of the user's end: told to the caller and to what is chained on them.
 */

import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import { chainedFailure, type QueuedPut } from './queue.js'

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

/** The error of a compare-and-swap that met another head. */
export function conflict(head: Ref | null, expected: Ref | null): HistoError {
  return new HistoError('HISTO_HEAD_CONFLICT', 'head conflict', {
    head,
    expected,
    retryable: true
  })
}

/** Runs one put, unless it is chained on a failed one, and tells how it ended. */
export async function settle(put: QueuedPut, write: () => Promise<Ref[]>): Promise<void> {
  const chained = follows(put) ? put.link?.failure() : undefined
  try {
    if (chained !== undefined) throw chainedFailure(chained)
    report({ put, refs: await write() })
  } catch (error) {
    report({ put, error })
  }
}

/** Tells how a put ended. What follows a failed one of its run is chained on it. */
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
