/**
 * Trying again what the network failed: after a time that doubles, or as long as the server asked for;
 * never what was refused.
 */

import { askedRest, restAfter, wait } from '../../base/backoff.js'
import { HistoError } from '../../base/errors.js'

/** Milliseconds of rest that a server may ask for; who asks for more has failed. */
const longestRest = 60_000

/** How often in a row, and until when. */
export interface Trying {
  readonly retries: number
  readonly signal: AbortSignal | undefined
}

/**
 * Runs `attempt` until it does not fail for a reason that may pass, or has failed so once more than
 * `retries` in a row. It calls what it is given when something of it is done for good: failures count
 * anew from there.
 */
export async function retrying<R>(
  { retries, signal }: Trying,
  attempt: (progressed: () => void) => Promise<R>
): Promise<R> {
  let failures = 0
  const progressed = () => {
    failures = 0
  }
  for (;;) {
    try {
      return await attempt(progressed)
    } catch (error) {
      signal?.throwIfAborted()
      failures += 1
      if (!mayPass(error) || failures > retries || askedRest(error) > longestRest) throw error
      await wait(restAfter(error, failures), signal)
    }
  }
}

/** Of the network, or an answer that broke off. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof HistoError && error.retryable)) return false
  return error.code === 'HISTO_NETWORK' || error.code === 'HISTO_PROTOCOL'
}
